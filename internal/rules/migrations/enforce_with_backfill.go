package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var enforceWithBackfill = rule.Rule{
	ID:      "enforce-with-backfill",
	Title:   "Constraint enforced in the file that fills the rows",
	Sees:    "A write over the rows of an existing table, and later in the same file SET NOT NULL, a validated constraint or a unique index on it.",
	Why:     "Rows that running code writes between the two break the constraint: the release fails. In one transaction the scan adds to the lock.",
	Silent:  "NOT VALID constraints. New tables, and tables known to be tiny.",
	Fix:     "Enforce in a later deploy, after the backfill was counted complete.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		behind := map[catalog.OID]write{}
		for _, s := range statementsOf(file) {
			for _, w := range backfills(c, s) {
				if w.a.Table != nil && existing(c, s, w.a.Table) && w.mayTouch(c) {
					behind[w.a.Table.OID] = w
				}
			}
			for _, a := range onExisting(c, s, ddl.SetNotNull, ddl.AddConstraint, ddl.ValidateConstr, ddl.CreateIndex) {
				if a.Table == nil {
					continue
				}
				w, filled := behind[a.Table.OID]
				if !filled || a.Constraint != nil && !a.Constraint.Valid && a.Verb == ddl.AddConstraint || a.Verb == ddl.CreateIndex && (a.Index == nil || a.Index.Index == nil || !a.Index.Index.Unique) {
					continue
				}
				f := c.Sized(s, a.Table, finding.Medium)
				act, after := "fills the rows", "backfill"
				if w.word == "DELETE" {
					act, after = "deletes rows", "DELETE"
				}
				f.Title = redact.Sprintf("%s is enforced in the file that %s (%s)", enforced(a), act, at(s, w.s))
				f.Detail = redact.Sprintf("Rows that the running code writes after the %s can break it, and then the release fails here.", after)
				if first := heldBefore(w.s, a.Table); first != nil && w.s.Tx == s.Tx {
					f.Detail = redact.Sprintf("No row of the running code comes between, as the table is locked from %s on, but its writes wait until both are done.", at(s, first))
				}
				f.Fix = redact.Plain("Enforce it in a later deploy, after the backfill was counted complete.")
				found(f)
				return
			}
		}
	},
}

func enforced(a *ddl.Action) string {
	switch a.Verb {
	case ddl.SetNotNull:
		return "NOT NULL of " + actionColumn(a)
	case ddl.CreateIndex:
		return "A unique index"
	}
	return "The " + constraintWords(a.Constraint)
}
