package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var truncate = rule.Rule{
	ID:      "truncate",
	Title:   "TRUNCATE",
	Sees:    "TRUNCATE of a table that was there before the migration.",
	Why:     "All rows are gone at once, under ACCESS EXCLUSIVE: only a backup brings them back. Triggers ON DELETE do not fire.",
	Silent:  "The table is new or temporary.",
	Fix:     "Delete in batches, or rename the table away and create an empty one, so that there is a way back.",
	Sources: []string{manual + "sql-truncate.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.Truncate) {
			f := c.About(s, a.Table, finding.Critical, finding.Severe)
			lost(&f, s, "every row of "+named(c, s, a.Table))
			f.Title = redact.Sprintf("TRUNCATE: all rows of %s are lost", named(c, s, a.Table))
			f.Detail = redact.Plain("Only a backup brings them back. It holds ACCESS EXCLUSIVE until its transaction ends.")
			f.Fix = redact.Plain("Rename the table away and create an empty twin, or delete in batches.")
			found(f)
		}
	},
}
