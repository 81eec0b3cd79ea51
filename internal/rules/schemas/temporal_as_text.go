package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var temporalAsText = rule.Rule{
	ID:      "temporal-as-text",
	Title:   "Date or time stored as text",
	Sees:    "A text column whose name ends in at, date, time or timestamp.",
	Why:     "Text has no calendar: 2026-02-30 is stored, ranges compare by letters, and intervals cannot be added.",
	Silent:  "Names of time zones and formats. With a CHECK or a default that shows a date, it is confirmed.",
	Fix:     "Change the type to timestamptz or date.",
	Sources: []string{manual + "datatype-datetime.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			words := design.Words(col.Name)
			if !design.IsText(base) || len(words) < 2 || !oneOf(lastWord(col), "at date datetime timestamp") {
				return
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s looks like a time in a text", columnOf(t, col.Name))
			f.Detail = redact.Plain("Text has no calendar: a date that does not exist is stored, and ranges compare by letters.")
			f.Fix = redact.Plain("Change the type to timestamptz or date.")
			if datePattern.MatchString(col.Default.Text) || slices.ContainsFunc(t.Checks(), func(k *catalog.Constraint) bool { return k.Mentions(col.Name) && datePattern.MatchString(k.Expr.Text) }) {
				f.Tag, f.Severity = finding.Confirmed, finding.Medium
			} else {
				f.Decide("Are all values dates or times of one format?", "some rows of the column", "change the type.")
			}
			found(f)
		})
	},
}
