package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var moneyAsFloat = rule.Rule{
	ID:      "money-as-float",
	Title:   "Money as a floating point number",
	Sees:    "A column of type real or double precision whose name says money: price, amount, total, balance, cost, fee, salary, tax.",
	Why:     "Most decimal fractions have no exact value in binary. Sums drift by cents, and two equal amounts can compare as different.",
	Silent:  "Names of measurements, rates, ratios and scores. Amounts with a unit beside them. Tables of metrics.",
	Fix:     "Change the type to numeric(p,s), or store whole cents as bigint.",
	Sources: []string{manual + "datatype-numeric.html#DATATYPE-FLOAT"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if base.Name != "real" && base.Name != "double precision" || base.Array || !t.IsMoney(col) {
				return
			}
			f := c.InSchema(t, finding.Confirmed, finding.High)
			f.AtColumn(col)
			f.Title = redact.Sprintf("Money in %s is %s", columnOf(t, col.Name), base)
			f.Detail = redact.Plain("Most decimal fractions have no exact binary value: sums drift, and equal amounts can compare as different.")
			f.Fix = redact.Plain("Change the type to numeric with the digits of the currency, or store whole cents as bigint.")
			sized(c, &f, t)
			if retype(&f, t, col, "numeric(14,2)", "round("+quoted(col.Name)+"::numeric, 2)", ""); len(f.Remedies) > 0 {
				f.Fix = redact.Sprintf("%s The statement below assumes two decimal places.", f.Fix)
			}
			found(f)
		})
	},
}
