package schemas

import (
	"regexp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	numberPattern = regexp.MustCompile(`^\(*'-?\d+(\.\d+)?'`)
	numberCheck   = regexp.MustCompile(`'\^\(?-?\??(\[0-9\]|\\d|\[\[:digit:\]\])|::\s*(numeric|integer|bigint)`)
)

var numberAsText = rule.Rule{
	ID:      "number-as-text",
	Title:   "Number stored as text",
	Sees:    "A text column whose name says that it holds a number: quantity, amount, price, count, age.",
	Why:     "Text sorts 10 before 9, sums need a cast of every row, and values that are no numbers are stored.",
	Silent:  "Identifiers, codes, phone and card numbers. With a CHECK or a default that shows a number, it is confirmed.",
	Fix:     "Change the type to numeric or bigint.",
	Sources: []string{manual + "datatype-numeric.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if !design.IsText(base) || !oneOf(lastWord(col), "qty quantity amount price count age total subtotal balance salary cost") {
				return
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s looks like a number in a text", columnOf(t, col.Name))
			f.Detail = redact.Plain("Text sorts 10 before 9, and a sum has to cast every row.")
			f.Fix = redact.Plain("Change the type to numeric or bigint.")
			if numberPattern.MatchString(col.Default.Text) || slices.ContainsFunc(t.Checks(), func(k *catalog.Constraint) bool { return k.Mentions(col.Name) && numberCheck.MatchString(k.Expr.Text) }) {
				f.Tag, f.Severity = finding.Confirmed, finding.Medium
				f.Title = redact.Sprintf("%s holds numbers as %s", columnOf(t, col.Name), base)
			} else {
				f.Decide("Are all values numbers?", "the rows WHERE "+quoted(col.Name)+" !~ '^[0-9.]+$'", "change the type.")
			}
			found(f)
		})
	},
}
