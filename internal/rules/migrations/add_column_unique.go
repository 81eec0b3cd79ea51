package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var addColumnUnique = rule.Rule{
	ID:      "add-column-unique",
	Title:   "UNIQUE or PRIMARY KEY inside ADD COLUMN",
	Sees:    "ADD COLUMN ... UNIQUE or PRIMARY KEY on a table that was there before.",
	Why:     "The index is built under ACCESS EXCLUSIVE: reads and writes wait for the build. A constant default makes it fail from the second row on.",
	Silent:  "The table is new. On a table known to be tiny, the finding is minor.",
	Fix:     "Add the column alone, run CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT ... USING INDEX.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.AddColumn) {
			kinds := inlineConstraints(a)
			if !slices.Contains(kinds, "CONSTR_UNIQUE") && !slices.Contains(kinds, "CONSTR_PRIMARY") {
				continue
			}
			f := c.Blocking(s, a.Table, finding.High)
			f.Title = redact.Sprintf("ADD COLUMN %s builds a unique index on %s under ACCESS EXCLUSIVE", actionColumn(a), named(c, s, a.Table))
			f.Detail = redact.Plain("Reads and writes wait until the index is built.")
			f.Fix = redact.Plain("Add the column alone. Then run CREATE UNIQUE INDEX CONCURRENTLY, and ADD CONSTRAINT ... USING INDEX.")
			found(f)
		}
	},
}
