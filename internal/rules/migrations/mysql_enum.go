package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlEnum = rule.Rule{
	ID:      "mysql-enum",
	Title:   "MySQL: ENUM column",
	Sees:    "A new column of type ENUM.",
	Why:     "A new member is instant only at the end, and a member can never be dropped or moved without a copy of the table.",
	Silent:  "Other types.",
	Fix:     "Use a table of the values with a foreign key, if the list changes.",
	Sources: []string{mysqlManual + "enum.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Tables:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, col := range newMySQLColumns(s) {
			if col.Type.Name != "enum" {
				continue
			}
			f := aboutColumn(c, s, col, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("Column %s.%s is an ENUM: its list of values is hard to change", s.Dialect.Table, col.Name)
			f.Detail = redact.Plain("A new member is instant only at the end. To drop or move one copies the table.")
			f.Decide("Will the list change?", "the people who know the values", "keep the ENUM if it will not.")
			f.Fix = redact.Plain("Use a table of the values with a foreign key, if the list changes.")
			found(f)
		}
	},
}
