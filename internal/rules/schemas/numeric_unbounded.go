package schemas

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var numericUnbounded = rule.Rule{
	ID:      "numeric-unbounded",
	Title:   "Money without a scale",
	Sees:    "A numeric column without precision and scale whose name says money.",
	Why:     "Any number of decimal places is stored. What is shown rounded does not add up.",
	Silent:  "Quantities of tokens and of crypto currencies. A CHECK of the scale.",
	Fix:     "Give it the precision and the scale of the currency: numeric(14,2).",
	Sources: []string{manual + "datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if base.Name != "numeric" || len(base.Mods) > 0 || base.Array || !t.IsMoney(col) || isCrypto(t, col) || slices.ContainsFunc(t.Checks(), func(k *catalog.Constraint) bool {
				return k.Mentions(col.Name) && (strings.Contains(k.Expr.Text, "scale(") || strings.Contains(k.Expr.Text, "round(") || strings.Contains(k.Expr.Text, "trunc("))
			}) {
				return
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s has no scale", columnOf(t, col.Name))
			f.Detail = redact.Plain("Any number of decimal places is stored: amounts that are shown rounded do not add up.")
			f.Fix = redact.Plain("Change the type to numeric with the digits of the currency.")
			f.Decide("How many decimal places can the amount have?", "the currencies, and max(scale()) of the column", "numeric(14,2).")
			found(f)
		})
	},
}

// isCrypto reports whether names say that an amount is of a currency of any scale.
func isCrypto(t *design.Table, col *catalog.Column) bool {
	return slices.ContainsFunc(append(design.Words(t.Name.Name), design.Words(col.Name)...), func(w string) bool {
		return oneOf(design.InSingular(w), "token crypto coin wallet wei gwei btc eth blockchain chain onchain swap")
	})
}
