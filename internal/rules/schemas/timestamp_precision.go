package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var timestampPrecision = rule.Rule{
	ID:      "timestamp-precision",
	Title:   "Timestamp rounded to seconds",
	Sees:    "A column of type timestamp(0) or timestamptz(0).",
	Why:     "The fraction is rounded, not cut off: a value can be up to half a second in the future, and rows of one second have no order.",
	Silent:  "Other precisions.",
	Fix:     "Use timestamptz, and date_trunc where seconds are shown.",
	Sources: []string{manual + "datatype-datetime.html", "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_timestamp.280.29_or_timestamptz.280.29"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if base.Name != "timestamp without time zone" && base.Name != "timestamp with time zone" || base.Array || len(base.Mods) != 1 || base.Mods[0] != 0 {
				return
			}
			f := c.InSchema(t, finding.Confirmed, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s is rounded to seconds", columnOf(t, col.Name))
			f.Detail = redact.Plain("The fraction is rounded and not cut off: a value can be half a second in the future, and rows of one second have no order.")
			f.Fix = redact.Plain("Use the type without (0), and date_trunc where seconds are shown.")
			if base.Name == "timestamp with time zone" { // otherwise see timestamp-without-tz
				retype(&f, t, col, base.Name, "", "")
			}
			found(f)
		})
	},
}
