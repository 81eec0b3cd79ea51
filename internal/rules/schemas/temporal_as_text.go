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
	Sees:    "A text column whose name says that it holds a time: created_at, due_date, expires_on, start_time.",
	Why:     "Text has no calendar: 2026-02-30 is stored, ranges compare by letters, and intervals cannot be added.",
	Silent:  "Names of time zones and formats. With a CHECK or a default that shows a date, it is confirmed.",
	Fix:     "Change the type to timestamptz or date.",
	Sources: []string{manual + "datatype-datetime.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if !design.IsText(base) || !tellsTime(design.Words(col.Name)) {
				return
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s looks like a time in a text", columnOf(t, col.Name))
			f.Detail = redact.Plain("Text has no calendar: a date that does not exist is stored, and ranges compare by letters.")
			f.Fix = redact.Plain("Change the type to timestamptz or date.")
			if datePattern.MatchString(col.Default.Text) || slices.ContainsFunc(t.Checks(), func(k *catalog.Constraint) bool { return k.Mentions(col.Name) && datePattern.MatchString(k.Expr.Text) }) {
				f.Tag, f.Severity = finding.Confirmed, finding.Medium
				f.Title = redact.Sprintf("%s holds times as %s", columnOf(t, col.Name), base)
			} else {
				f.Decide("Are all values dates or times of one format?", "some rows of the column", "change the type.")
			}
			found(f)
		})
	},
}

// happened are the words before on and time that make a moment of these.
const happened = "created updated modified deleted due expires expired expiry starts started start ends ended end published issued joined hired paid closed opened signed sent received open close opening closing arrival departure checkin checkout event login begin birth"

// tellsTime reports whether the words of a name say that it holds a date or a time.
func tellsTime(words []string) bool {
	last := len(words) - 1
	if last < 0 {
		return false
	}
	if last == 0 {
		return oneOf(words[0], "date datetime timestamp birthday birthdate dob")
	}
	switch words[last] {
	case "at":
		return !oneOf(words[last-1], "look looked point aimed works worked")
	case "on", "time":
		return oneOf(words[last-1], happened)
	}
	return oneOf(words[last], "date datetime timestamp birthday birthdate dob")
}
