package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sqliteDropColumnRestriction = rule.Rule{
	ID:      "sqlite-drop-column-restriction",
	Title:   "SQLite: DROP COLUMN that SQLite refuses",
	Sees:    "DROP COLUMN of a column in the primary key, a UNIQUE, CHECK or FOREIGN KEY constraint of the table, an index, a generated column, a view or a trigger.",
	Why:     "The statement fails, and the migration stops there.",
	Silent:  "The schema is not given. A foreign key or CHECK behind the column itself.",
	Fix:     "Drop the index, view or trigger first, or copy the table without the column.",
	Sources: []string{sqliteAlter},
	Rank:    rule.RankChange,
	Engine:  sqliteEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil || e.Limit == "" || e.Changes[0].Verb != dialect.DropColumn {
			return
		}
		f := aboutTable(c, s, e.Table, finding.Confirmed, finding.High)
		f.Title = redact.Sprintf("DROP COLUMN %s fails: %s", e.Changes[0].Name, e.Limit)
		f.Detail = redact.Plain("SQLite refuses the statement, and the migration stops there.")
		f.Fix = redact.Plain("Drop what names the column first, and create it again without the column. For a constraint of the table, create a new table and copy the rows.")
		found(f)
	},
}
