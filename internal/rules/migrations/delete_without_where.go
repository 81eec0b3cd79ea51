package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var deleteWithoutWhere = rule.Rule{
	ID:      "delete-without-where",
	Title:   "DELETE without WHERE",
	Sees:    "DELETE without WHERE from a table that was there before.",
	Why:     "All rows are gone: only a backup brings them back.",
	Silent:  "The table is new or temporary, or a tool notes in it what it applied.",
	Fix:     "Add the condition. If all rows have to go, rename the table away and create an empty one, so that there is a way back.",
	Sources: []string{manual + "sql-delete.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, w := range writesOf(c, s) {
			if w.word != "DELETE" || w.a.Node.Get("whereClause").Exists() {
				continue
			}
			f := c.About(s, w.rows, finding.Critical, finding.Severe)
			lost(&f, s, "every row of "+named(c, s, w.rows))
			f.Title = redact.Sprintf("DELETE without WHERE: all rows of %s are lost", named(c, s, w.rows))
			f.Detail = redact.Plain("Only a backup brings them back.")
			f.Fix = redact.Plain("Add the condition. If all rows have to go, rename the table away and create an empty one.")
			found(f)
		}
	},
}
