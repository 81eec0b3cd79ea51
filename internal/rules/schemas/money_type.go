package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var moneyType = rule.Rule{
	ID:      "money-type",
	Title:   "Column of type money",
	Sees:    "A column of type money.",
	Why:     "Its digits and its currency sign come from lc_monetary of the server. Another setting reads the same value as another amount.",
	Silent:  "Other types.",
	Fix:     "Change the type to numeric(p,s), and store the currency in a column.",
	Sources: []string{manual + "datatype-money.html", "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_money"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if base.Name != "money" {
				return
			}
			f := c.InSchema(t, finding.Confirmed, finding.Medium)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s is of type money", columnOf(t, col.Name))
			f.Detail = redact.Plain("How many digits it has and in which currency depends on lc_monetary: a restore with another setting changes the amounts.")
			f.Fix = redact.Plain("Change the type to numeric with the digits of the currency.")
			sized(c, &f, t)
			if !base.Array {
				retype(&f, t, col, "numeric(14,2)", quoted(col.Name)+"::numeric", "")
			}
			found(f)
		})
	},
}
