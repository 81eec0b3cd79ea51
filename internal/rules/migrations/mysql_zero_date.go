package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlZeroDate = rule.Rule{
	ID:      "mysql-zero-date",
	Title:   "MySQL: zero date as a default",
	Sees:    "A new column with a default of 0000-00-00.",
	Why:     "In strict mode with NO_ZERO_DATE, the default, the server refuses the statement. Otherwise, drivers read the date as NULL or fail.",
	Silent:  "Real dates.",
	Fix:     "Make the column nullable, or give it a real date.",
	Sources: []string{mysqlManual + "sql-mode.html#sqlmode_no_zero_date"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Tables:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, col := range newMySQLColumns(s) {
			if !strings.Contains(col.Default, "0000-00-00") {
				continue
			}
			f := aboutColumn(c, s, col, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("The default of column %s.%s is a zero date", s.Dialect.Table, col.Name)
			f.Detail = redact.Plain("With the default sql_mode the server refuses the statement.")
			f.Fix = redact.Plain("Make the column nullable, or give it a real date.")
			found(f)
		}
	},
}
