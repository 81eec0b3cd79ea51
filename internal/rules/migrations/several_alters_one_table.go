package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var severalAltersOneTable = rule.Rule{
	ID:      "several-alters-one-table",
	Title:   "Several scans of one table that could be one",
	Sees:    "Two or more ALTER TABLE of one file that each read or rewrite the same table.",
	Why:     "One ALTER TABLE with several actions reads or rewrites the table once.",
	Silent:  "All but one of them read nothing. A foreign key or a new index, which read the table by themselves in any case. The table is new or known to be tiny.",
	Fix:     "Combine them into one ALTER TABLE, if the lock is acceptable at all.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Posture: true,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		first := map[catalog.OID]*migration.Statement{}
		told := map[catalog.OID]bool{}
		for _, s := range file.Statements {
			if s.Tree.Kind != "AlterTableStmt" || len(done(s, ddl.ValidateConstr)) > 0 {
				continue
			}
			for _, r := range scannedByAlter(s) {
				if first[r.OID] == nil {
					first[r.OID] = s
					continue
				}
				if told[r.OID] || c.ExtentOf(r).Size() == rule.Tiny {
					continue
				}
				told[r.OID] = true
				f := c.About(s, r, finding.Concern, finding.Low)
				f.Title = redact.Sprintf("%s is read again, after %s", named(c, s, r), at(s, first[r.OID]))
				f.Detail = redact.Plain("One ALTER TABLE with both actions reads or rewrites the table once.")
				f.Decide("Is the lock of one longer statement acceptable?", "the size of the table", "use the forms that read nothing under a strong lock.")
				f.Fix = redact.Plain("Combine them into one ALTER TABLE.")
				found(f)
			}
		}
	},
}

// scannedByAlter returns the tables that a statement reads in the one scan that all
// actions of an ALTER TABLE share. The check of a foreign key and the build of an
// index are scans of their own.
func scannedByAlter(s *migration.Statement) []*catalog.Relation {
	if !slices.ContainsFunc(done(s), func(a *ddl.Action) bool {
		return a.Rewrites || a.Reads && (a.Constraint == nil || a.Constraint.Type == catalog.Check)
	}) {
		return nil
	}
	return s.Effect.Reads
}
