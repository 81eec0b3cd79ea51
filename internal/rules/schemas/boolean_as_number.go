package schemas

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var booleanAsNumber = rule.Rule{
	ID:      "boolean-as-number",
	Title:   "Yes or no as a number or a letter",
	Sees:    "A smallint, integer, numeric(1), bit or char(1) column that holds yes or no: named is_, has_ or can_, or ending in active, enabled, verified, deleted, flag; with a default of Y or N. Any such column and any text with a CHECK of the two values.",
	Why:     "Other values than the two are stored, and every query has to know which one means yes.",
	Silent:  "A name that counts or dates, such as has_count and last_active. boolean.",
	Fix:     "Change the type to boolean.",
	Sources: []string{manual + "datatype-boolean.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if !t.IsFlag(col) {
				return
			}
			f := c.InSchema(t, finding.Confirmed, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s holds yes or no as %s", columnOf(t, col.Name), base)
			f.Detail = redact.Plain("Each query has to know which value means yes, and any other value can be stored.")
			f.Fix = redact.Plain("Change the type to boolean. Code that compares with the old values has to change with it.")
			yes, otherwise := quoted(col.Name)+" <> 0", "false"
			switch {
			case design.IsText(base):
				yes = "upper(" + quoted(col.Name) + "::text) IN ('Y', 'YES', 'T', 'TRUE', 'J', '1')"
				if oneOf(strings.ToUpper(firstLiteral(col.Default.Text)), "Y YES T TRUE J 1") {
					otherwise = "true"
				}
			case base.Name == "bit":
				yes = quoted(col.Name) + " = B'1'"
				if firstLiteral(col.Default.Text) == "1" {
					otherwise = "true"
				}
			case strings.Trim(col.Default.Text, "()") == "1" || firstLiteral(col.Default.Text) == "1":
				otherwise = "true"
			}
			if !compared(t, col) {
				retype(&f, t, col, "boolean", yes, otherwise)
			}
			found(f)
		})
	},
}
