package design

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

var (
	// money are the nouns of what is paid, owed or earned.
	money = words("price amount amt total subtotal balance cost fee salary tax wage revenue income profit payment payout refund deposit charge surcharge budget expense fare rent donation debit debt credit cash msrp spend")
	// vague are those of them that can be of something else: the total of points, the cost of a path.
	vague = words("amount amt total balance cost charge credit debit tax budget spend")
	// ofMoney follow such a noun: price_usd, amount_paid, price_min.
	ofMoney = words(`usd eur gbp chf jpy cad aud inr cny sek nok dkk pln brl dollar dollars euro euros pound pounds cent cents net gross value
		due paid owed received refunded requested approved charged invoiced billed outstanding remaining available min max minimum maximum old new original before after excl incl`)
	// otherwise are words of a column that is no money: a fee_rate, the cost_seconds.
	otherwise = words(`percent percentage pct rate ratio share score factor weight count number num time seconds minutes hours days month year latency duration
		water power energy fuel heat quantity qty units points credits memory disk storage cpu gpu run query rows token tokens request requests load work white color colour
		elasticity index rank level distance path edge hit hits vote votes leave vacation battery`)
	// measured are the words of tables of what is measured or counted, where a vague noun is no money.
	measured = words(`metric metrics statistics stats stat statistic measurement measure sample sensor reading telemetry score scoreboard result benchmark ingredient recipe nutrition nutrient food weather dose dosage
		prediction feature embedding simulation experiment game player energy power water fuel usage consumption query plan edge route road segment path graph network link way node vertex trip
		rating vote poll exam grade test quiz course student rate battery job run build node inventory leave absence`)
)

// IsMoney reports whether the name of a column says that it holds money: price,
// total_amount, fee_usd, price_per_unit. A price_id, a tax_rate, has_tax and a
// total_count do not.
func (t *Table) IsMoney(col *catalog.Column) bool {
	words := Words(col.Name)
	if per := slices.Index(words, "per"); per > 0 {
		words = words[:per]
	}
	for len(words) > 1 && (ofMoney[words[len(words)-1]] || isDigits(words[len(words)-1])) {
		words = words[:len(words)-1]
	}
	if len(words) == 0 || len(words) > 1 && asks[words[0]] || slices.ContainsFunc(words, func(w string) bool { return otherwise[w] }) {
		return false
	}
	noun := InSingular(words[len(words)-1])
	if !money[noun] || !vague[noun] {
		return money[noun]
	}
	return !slices.ContainsFunc(Words(t.Name.Name), func(w string) bool { return measured[w] || measured[InSingular(w)] }) &&
		!slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return noun == "amount" && isUnit(c.Name) })
}

// isUnit reports whether a column has the unit of an amount beside it.
func isUnit(column string) bool {
	words := Words(column)
	if len(words) > 1 && words[len(words)-1] == "id" {
		words = words[:len(words)-1]
	}
	return len(words) > 0 && !slices.Contains(words, "per") && slices.Contains([]string{"unit", "units", "uom"}, words[len(words)-1])
}
