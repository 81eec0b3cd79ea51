package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlUTF8MB3 = rule.Rule{
	ID:      "mysql-utf8mb3",
	Title:   "MySQL: character set utf8, which is utf8mb3",
	Sees:    "A new table, an added column or a conversion with the character set utf8 or utf8mb3.",
	Why:     "It holds three bytes of a character. Emoji and rare letters are refused or cut off, and joins with utf8mb4 columns do not use an index.",
	Silent:  "utf8mb4.",
	Fix:     "Use utf8mb4.",
	Sources: []string{mysqlManual + "charset-unicode-utf8mb3.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Tables:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil {
			return
		}
		what, column := "", ""
		if e.Kind == dialect.CreateTable && isUTF8MB3(e.New.Charset) {
			what = "Table " + e.Table
		}
		for _, change := range e.Changes {
			if (change.Verb == dialect.Convert || change.Verb == dialect.Option && change.Name == "charset") && isUTF8MB3(change.To) {
				what = "Table " + e.Table
			}
			if change.Verb == dialect.Modify && isUTF8MB3(change.Column.Charset) {
				what, column = "Column "+e.Table+"."+change.Column.Name, change.Column.Name
			}
		}
		for _, col := range newMySQLColumns(s) {
			if what == "" && isUTF8MB3(col.Charset) {
				what, column = "Column "+e.Table+"."+col.Name, col.Name
			}
		}
		if what == "" {
			return
		}
		f := aboutTable(c, s, e.Table, finding.Confirmed, finding.Medium)
		f.Where.Column = column
		f.Title = redact.Sprintf("%s uses utf8, which is utf8mb3", what)
		f.Detail = redact.Plain("It cannot hold characters of four bytes, such as emoji. In strict mode, such an INSERT fails.")
		f.Fix = redact.Plain("Use utf8mb4.")
		found(f)
	},
}

func isUTF8MB3(charset string) bool { return charset == "utf8" || charset == "utf8mb3" }
