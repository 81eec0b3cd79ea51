package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var leftoverNotNullCheck = rule.Rule{
	ID:      "leftover-not-null-check",
	Title:   "Auxiliary CHECK left after SET NOT NULL",
	Sees:    "SET NOT NULL on a column with CHECK (column IS NOT NULL), which no later statement drops.",
	Why:     "NOT NULL says the same. Every INSERT and UPDATE still evaluates the CHECK.",
	Silent:  "A later statement or file drops the CHECK.",
	Fix:     "Drop the CHECK after SET NOT NULL.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.SetNotNull) {
			if a.Table == nil {
				continue
			}
			for _, k := range a.Table.Constraints {
				if !isNotNullCheck(k, columnName(a)) || settledDrop(c, s, a, k.Name) {
					continue
				}
				f := c.About(s, a.Table, finding.Confirmed, finding.Nit)
				f.Title = redact.Sprintf("CHECK %s is no longer needed after SET NOT NULL", quoted(k.Name))
				f.Detail = redact.Plain("NOT NULL says the same, and every write still evaluates the CHECK.")
				f.Fix = redact.Sprintf("Run ALTER TABLE %s DROP CONSTRAINT %s; afterwards.", rule.TableWords(a.Table), quoted(k.Name))
				found(f)
			}
		}
	},
}

func settledDrop(c *rule.Case, s *migration.Statement, on *ddl.Action, name string) bool {
	drops := func(b *ddl.Action) bool {
		return b.Verb == ddl.DropConstraint && sameTable(on, b) && (b.Name == name || b.Constraint != nil && b.Constraint.Name == name)
	}
	return slices.ContainsFunc(done(s), drops) || slices.ContainsFunc(afterOn(c, s, on.Table, ddl.DropConstraint), func(d deed) bool { return drops(d.a) })
}
