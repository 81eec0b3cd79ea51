package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlInlineReferencesIgnored = rule.Rule{
	ID:      "mysql-inline-references-ignored",
	Title:   "MySQL: REFERENCES behind a column does nothing",
	Sees:    "A column of a new table, or an added one, with REFERENCES behind it.",
	Why:     "MySQL before 9.0 reads the words and creates no foreign key. Rows that refer to nothing get in.",
	Silent:  "FOREIGN KEY as a constraint of the table. MySQL 9.0 and later.",
	Fix:     "Write FOREIGN KEY (column) REFERENCES table (column) as a constraint of the table.",
	Sources: []string{mysqlManual + "create-table-foreign-keys.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Tables:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if !s.File.EngineVersion.Before(9) {
			return
		}
		for _, col := range newMySQLColumns(s) {
			if col.References == "" {
				continue
			}
			f := aboutColumn(c, s, col, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("No foreign key is created: REFERENCES %s behind column %s.%s does nothing", col.References, s.Dialect.Table, col.Name)
			f.Detail = redact.Sprintf("MySQL before 9.0 reads the words and ignores them. Rows of %s can refer to rows that are not there.", s.Dialect.Table)
			f.Fix = redact.Sprintf("Write FOREIGN KEY (%s) REFERENCES %s (...) as a constraint of the table.", col.Name, col.References)
			found(f)
		}
	},
}
