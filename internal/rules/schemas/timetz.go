package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var timetz = rule.Rule{
	ID:      "timetz",
	Title:   "Time of day with a time zone",
	Sees:    "A column of type time with time zone.",
	Why:     "An offset without a date cannot follow summer time. The documentation advises against the type.",
	Silent:  "time, timestamptz.",
	Fix:     "Use timestamptz for a moment, or time and the name of the time zone for a daily time.",
	Sources: []string{manual + "datatype-datetime.html", "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_timetz"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if base.Name != "time with time zone" {
				return
			}
			f := c.InSchema(t, finding.Confirmed, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s is time with time zone", columnOf(t, col.Name))
			f.Detail = redact.Plain("An offset without a date cannot follow summer time.")
			f.Fix = redact.Plain("Use timestamptz for a moment, or time and the name of the time zone for a daily time.")
			found(f)
		})
	},
}
