package design

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

var (
	// money are the nouns of what is paid, owed or earned.
	money = words("price amount amt total subtotal balance cost fee salary tax wage revenue income profit payment payout refund deposit charge budget commission turnover invoice bill debit debt credit cash")
	// currencies follow such a noun: price_usd, total_eur.
	currencies = words("usd eur gbp chf jpy cad aud inr cny sek nok dkk pln brl dollar dollars euro euros pound pounds cent cents net gross value")
	// measured are the words of tables of what is measured, where an amount is no money.
	measured = words("metric metrics statistics stats measurement measure sample sensor reading telemetry stat statistic score benchmark ingredient recipe nutrition nutrient food weather dose dosage prediction feature embedding simulation experiment game player energy power water fuel usage consumption query plan")
)

// IsMoney reports whether the name of a column says that it holds money: price,
// total_amount, fee_usd. A price_id, a tax_rate and a total_count do not.
func (t *Table) IsMoney(col *catalog.Column) bool {
	words := Words(col.Name)
	for len(words) > 1 && currencies[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	if len(words) == 0 || hasWord(words, "percent", "pct", "rate", "ratio", "share", "score", "factor", "weight", "count", "time", "water", "power", "energy", "quantity", "qty", "memory", "cpu", "run", "query") {
		return false
	}
	noun := InSingular(words[len(words)-1])
	if !money[noun] {
		return false
	}
	ambiguous := slices.Contains([]string{"amount", "amt", "total", "balance", "cost", "charge", "credit", "value"}, noun)
	return !ambiguous || !slices.ContainsFunc(Words(t.Name.Name), func(w string) bool { return measured[InSingular(w)] }) &&
		!slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return hasWord(Words(c.Name), "unit", "units", "uom") && noun == "amount" })
}
