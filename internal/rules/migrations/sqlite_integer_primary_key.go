package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sqliteIntegerPrimaryKey = rule.Rule{
	ID:      "sqlite-integer-primary-key",
	Title:   "SQLite: primary key of another integer type than INTEGER",
	Sees:    "CREATE TABLE with a primary key of type INT, BIGINT or the like.",
	Why:     "Only INTEGER PRIMARY KEY is the row's own number. With another name, the key is a second index, is not filled by itself, and takes NULL.",
	Silent:  "INTEGER PRIMARY KEY, WITHOUT ROWID and STRICT tables, keys of other types or of several columns.",
	Fix:     "Write INTEGER PRIMARY KEY.",
	Sources: []string{"https://www.sqlite.org/lang_createtable.html#rowid"},
	Rank:    rule.RankChange,
	Engine:  sqliteEngine,
	Tables:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil || e.Kind != dialect.CreateTable || e.New.WithoutRowid {
			return
		}
		key := e.New.HasKey(dialect.Primary)
		if key == nil || len(key.Columns) != 1 {
			return
		}
		col := e.New.Column(key.Columns[0])
		if col == nil || col.Type.Name == "integer" || !strings.Contains(col.Type.Name, "int") {
			return
		}
		f := aboutColumn(c, s, col, finding.Confirmed, finding.Nit)
		f.Title = redact.Sprintf("Primary key %s.%s is %s, not INTEGER", e.Table, col.Name, strings.ToUpper(col.Type.Name))
		f.Detail = redact.Plain("Only INTEGER PRIMARY KEY is the row's own number. This key is a second index, is not filled by itself, and takes NULL unless NOT NULL is written.")
		f.Fix = redact.Plain("Write INTEGER PRIMARY KEY.")
		found(f)
	},
}
