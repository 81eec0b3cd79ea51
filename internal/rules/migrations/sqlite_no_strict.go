package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var sqliteNoStrict = rule.Rule{
	ID:      "sqlite-no-strict",
	Title:   "SQLite: table without STRICT",
	Sees:    "CREATE TABLE without STRICT. Once per file.",
	Why:     "SQLite then stores any value in any column: a text in an integer column is no error.",
	Silent:  "STRICT. Versions before 3.37, if the version is given. Virtual and temporary tables, copies of tables that were there before.",
	Fix:     "Write STRICT behind the table.",
	Sources: []string{"https://www.sqlite.org/stricttables.html"},
	Rank:    rule.RankChange,
	Engine:  sqliteEngine,
	Tables:  true,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		if file.EngineVersion.Before(3, 37) {
			return
		}
		var first *migration.Statement
		var names []string
		for _, s := range file.Statements {
			e := s.Dialect
			if e == nil || e.Kind != dialect.CreateTable || e.Temp || e.New.Strict || e.New.Virtual || e.New.Partial || isStep(s) {
				continue
			}
			if names = append(names, e.Table); first == nil {
				first = s
			}
		}
		if first == nil {
			return
		}
		f := aboutTable(c, first, first.Dialect.Table, finding.Confirmed, finding.Nit)
		f.Title = redact.Sprintf("No STRICT: %s", rule.Words(names))
		f.Detail = redact.Plain("SQLite stores any value in any column. A text in an integer column is no error.")
		f.Fix = redact.Plain("Write STRICT behind the table.")
		found(f)
	},
}
