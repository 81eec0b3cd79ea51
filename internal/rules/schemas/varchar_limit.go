package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var varcharLimit = rule.Rule{
	ID:      "varchar-limit",
	Title:   "Length limit by habit",
	Sees:    "A varchar with a length that frameworks and habits give: 255, 256, 191, 128, 100, 64, 50.",
	Why:     "The limit means nothing to the data. The day that a longer value arrives, the INSERT fails. It saves no space.",
	Silent:  "Other lengths. UUIDs as text, which are another finding.",
	Fix:     "Use text. If there is a reason for a limit, say it in a CHECK, which can change without a rewrite.",
	Sources: []string{manual + "datatype-character.html", "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_varchar.28n.29_by_default"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			if base.Name != "character varying" || base.Array || len(base.Mods) != 1 || !slices.Contains([]int{255, 256, 191, 128, 100, 64, 50}, base.Mods[0]) || isUUIDText(t, col) {
				return
			}
			f := c.InSchema(t, finding.Confirmed, finding.Nit)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s is limited to %d characters", columnOf(t, col.Name), base.Mods[0])
			f.Detail = redact.Plain("The limit saves no space, and an INSERT of a longer value fails.")
			f.Fix = redact.Plain("Use text. A limit with a reason belongs into a CHECK.")
			retype(&f, t, col, "text", "", "")
			found(f)
		})
	},
}
