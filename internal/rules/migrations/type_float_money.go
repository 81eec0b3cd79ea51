package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var typeFloatMoney = rule.Rule{
	ID:      "type-float-money",
	Title:   "New amount of money as a floating-point number",
	Sees:    "A column of type real or double precision with a name such as price, amount, total, balance, cost, fee, salary or tax, that a migration adds.",
	Why:     "Sums are not exact: 0.1 + 0.2 is not 0.3.",
	Silent:  "Other names, and numeric.",
	Fix:     "Use numeric(12,2), or the smallest unit as bigint.",
	Sources: []string{manual + "datatype-numeric.html#DATATYPE-FLOAT"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for col, on := range newColumns(s) {
			if col.Type.Name != "real" && col.Type.Name != "double precision" || !moneyWord.MatchString(col.Name) {
				continue
			}
			f := c.About(s, on, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("Column %s is %s: sums of money are not exact", quoted(col.Name), col.Type)
			f.Detail = redact.Plain("Floating-point numbers cannot represent most amounts.")
			f.Fix = redact.Plain("Use numeric(12,2), or the smallest unit as bigint.")
			found(f)
		}
	},
}
