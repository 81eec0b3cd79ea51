package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var jsonNotJSONB = rule.Rule{
	ID:      "json-not-jsonb",
	Title:   "Column of type json",
	Sees:    "A column of type json.",
	Why:     "The text is parsed again for each key that is read, has no equality, so DISTINCT and GROUP BY fail, and cannot be indexed by GIN.",
	Silent:  "jsonb.",
	Fix:     "Change the type to jsonb. Keep json only if the exact text, with its blanks and repeated keys, has to come back.",
	Sources: []string{manual + "datatype-json.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if base.Name != "json" {
				return
			}
			f := c.InSchema(t, finding.Confirmed, finding.Medium)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s is json, not jsonb", columnOf(t, col.Name))
			f.Detail = redact.Plain("The text is parsed for each key that is read. The type has no equality, so DISTINCT and GROUP BY fail, and no GIN index.")
			f.Fix = redact.Plain("Change the type to jsonb, unless the exact text with its blanks and repeated keys has to come back.")
			sized(c, &f, t)
			if !base.Array {
				retype(&f, t, col, "jsonb", quoted(col.Name)+"::jsonb", "")
			}
			found(f)
		})
	},
}
