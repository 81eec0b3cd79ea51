package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var exclusionConstraint = rule.Rule{
	ID:      "exclusion-constraint",
	Title:   "Exclusion constraint on an existing table",
	Sees:    "ADD CONSTRAINT ... EXCLUDE on a table that was there before the migration.",
	Why:     "The index is built under ACCESS EXCLUSIVE: reads and writes wait for it. There is no concurrent form and no USING INDEX.",
	Silent:  "The table is new in this migration. On a table known to be tiny, the finding is minor.",
	Fix:     "Create a new table with the constraint, copy the rows in batches with a trigger that keeps both, and swap the names.",
	Sources: []string{docAlter, manual + "ddl-constraints.html#DDL-CONSTRAINTS-EXCLUSION"},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range added(c, s, catalog.Exclusion) {
			f := c.Blocking(s, a.Table, finding.High)
			f.Title = redact.Sprintf("The exclusion constraint blocks reads and writes of %s while its index is built", named(c, s, a.Table))
			f.Detail = redact.Plain("ALTER TABLE holds ACCESS EXCLUSIVE for the build, and an exclusion constraint has no concurrent form.")
			f.Fix = redact.Plain("On a small table, run it in a quiet hour with lock_timeout. Otherwise create a new table with the constraint, copy in batches, and swap the names.")
			found(f)
		}
	},
}
