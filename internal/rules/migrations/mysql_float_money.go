package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlFloatMoney = rule.Rule{
	ID:      "mysql-float-money",
	Title:   "MySQL: money in FLOAT or DOUBLE",
	Sees:    "A new column of type FLOAT or DOUBLE with a name for money: price, amount, total, balance, cost, fee, salary, tax.",
	Why:     "FLOAT and DOUBLE are not exact: sums are off by a cent, and comparisons fail.",
	Silent:  "DECIMAL. Other names.",
	Fix:     "Use DECIMAL(12,2) or an integer of cents.",
	Sources: []string{mysqlManual + "problems-with-float.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Tables:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, col := range newMySQLColumns(s) {
			if col.Type.Name != "float" && col.Type.Name != "double" || !moneyWord.MatchString(col.Name) {
				continue
			}
			f := aboutColumn(c, s, col, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("Column %s.%s holds money as %s", s.Dialect.Table, col.Name, col.Type)
			f.Detail = redact.Plain("FLOAT and DOUBLE are not exact. Sums are off by a cent.")
			f.Fix = redact.Plain("Use DECIMAL(12,2) or an integer of cents.")
			found(f)
		}
	},
}
