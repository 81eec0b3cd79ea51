package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sqliteAddColumnRestriction = rule.Rule{
	ID:      "sqlite-add-column-restriction",
	Title:   "SQLite: ADD COLUMN that SQLite refuses",
	Sees:    "ADD COLUMN with PRIMARY KEY, UNIQUE, NOT NULL without a default, a default that is not a constant (CURRENT_TIMESTAMP, an expression), REFERENCES with a default, or GENERATED ... STORED.",
	Why:     "SQLite adds a column without touching the rows. What would need that fails on a table with rows.",
	Silent:  "The migration created the table, unless the column is PRIMARY KEY or UNIQUE.",
	Fix:     "Add the column without it. Fill the rows with UPDATE, and create a UNIQUE index afterwards, or copy the table.",
	Sources: []string{sqliteAlter},
	Rank:    rule.RankChange,
	Engine:  sqliteEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil || e.Limit == "" || e.Changes[0].Verb != dialect.AddColumn {
			return
		}
		f := aboutTable(c, s, e.Table, finding.Confirmed, finding.High)
		f.Title = redact.Sprintf("ADD COLUMN %s fails: %s", e.Changes[0].Name, e.Limit)
		f.Detail = redact.Plain("SQLite refuses the statement on a table with rows, and the migration stops there.")
		f.Fix = redact.Plain("Add the column without it and fill the rows with UPDATE. For UNIQUE, create a unique index afterwards. Otherwise, create a new table and copy the rows.")
		found(f)
	},
}
