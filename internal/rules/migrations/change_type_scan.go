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

var changeTypeScan = rule.Rule{
	ID:      "change-type-scan",
	Title:   "Type change that checks every row again",
	Sees:    "ALTER COLUMN TYPE that rewrites nothing, on a column with a CHECK or a foreign key.",
	Why:     "The constraint is validated again for all rows under ACCESS EXCLUSIVE. With a foreign key, the other table is locked and read too.",
	Silent:  "No constraint mentions the column. The table is new. On a table known to be tiny, the finding is minor.",
	Fix:     "Drop the constraint, change the type, add the constraint with NOT VALID, and validate it in another transaction.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.AlterType) {
			if a.Rewrites || !a.Reads || !isConstrained(a) {
				continue
			}
			f := c.Blocking(s, a.Table, finding.Medium)
			f.Title = redact.Sprintf("The type change of %s reads all of %s to check its constraints again", actionColumn(a), named(c, s, a.Table))
			f.Detail = redact.Plain("Nothing is rewritten, but a constraint on the column is validated for every row under ACCESS EXCLUSIVE.")
			f.Fix = redact.Plain("Drop the constraint first, change the type, add the constraint again with NOT VALID, and validate it in another transaction.")
			found(f)
		}
	},
}

// isConstrained reports whether a constraint mentions the column of an action, which
// is not a key of the table: a key keeps its index.
func isConstrained(a *ddl.Action) bool {
	return a.Table == nil || slices.ContainsFunc(a.Table.Constraints, func(k catalog.Constraint) bool {
		return k.Mentions(columnName(a)) && (k.Type == catalog.Check || k.Type == catalog.ForeignKey)
	}) || len(a.Table.Referrers) > 0
}
