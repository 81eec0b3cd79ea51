package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var typeMoney = rule.Rule{
	ID:      "type-money",
	Title:   "New column of type money",
	Sees:    "A column of type money that a migration adds.",
	Why:     "Its currency and fraction digits are those of lc_monetary, so a restore with another locale changes the values.",
	Silent:  "numeric.",
	Fix:     "Use numeric(12,2), or the smallest unit as bigint, with the currency beside it.",
	Sources: []string{manual + "datatype-money.html", "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_money"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for col, on := range newColumns(s) {
			if col.Type.Name != "money" {
				continue
			}
			f := c.About(s, on, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("Column %s is money: its currency is a setting of the server", quoted(col.Name))
			f.Detail = redact.Plain("lc_monetary decides currency and fraction digits, not the value.")
			f.Fix = redact.Plain("Use numeric(12,2), or the smallest unit as bigint, with the currency beside it.")
			found(f)
		}
	},
}
