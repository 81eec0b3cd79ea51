package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sqliteUnsupportedAlter = rule.Rule{
	ID:    "sqlite-unsupported-alter",
	Title: "SQLite: ALTER TABLE that SQLite does not have",
	Sees: "ALTER COLUMN, ADD CONSTRAINT, MODIFY and other commands that SQLite's ALTER TABLE does not have, several commands in one, and DROP COLUMN before 3.35 or RENAME COLUMN " +
		"before 3.25 if the version is given.",
	Why:     "The statement is a syntax error, and the migration stops there.",
	Silent:  "RENAME TO, RENAME COLUMN, ADD COLUMN and DROP COLUMN. The version is not known.",
	Fix:     "Create a new table, copy the rows, drop the old table and rename the new one.",
	Sources: []string{sqliteAlter},
	Rank:    rule.RankChange,
	Engine:  sqliteEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil || e.Refused == "" || e.Limit != "" {
			return
		}
		f := aboutTable(c, s, e.Table, finding.Confirmed, finding.High)
		f.Title = redact.Sprintf("ALTER TABLE %s fails: %s", e.Table, e.Refused)
		f.Detail = redact.Plain("The statement is a syntax error, and the migration stops there.")
		f.Fix = redact.Plain("Create a new table with the change, copy the rows with INSERT ... SELECT, drop the old table, and rename the new one. Then create its indexes and triggers again.")
		if e.Refused == "an ALTER TABLE of SQLite has one command" {
			f.Fix = redact.Plain("Write one ALTER TABLE for each command.")
		}
		found(f)
	},
}
