package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var enumAddNoPosition = rule.Rule{
	ID:      "enum-add-no-position",
	Title:   "Enum value added at the end",
	Sees:    "ALTER TYPE ... ADD VALUE without BEFORE or AFTER.",
	Why:     "ORDER BY and comparisons go by the order of the values, and the position cannot be changed later.",
	Silent:  "BEFORE or AFTER is given. The type is new.",
	Fix:     "Give BEFORE or AFTER if queries order by the column.",
	Sources: []string{docType},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.AlterEnum) {
			if addsValue(a) == "" || a.Node.Get("newValNeighbor").String() != "" || a.Type != nil && a.Type.Since > 0 {
				continue
			}
			f := c.About(s, nil, finding.Concern, finding.Nit)
			f.Title = redact.Sprintf("The new value of enum %s sorts last", a.Name)
			f.Detail = redact.Plain("The position cannot be changed later.")
			f.Decide("Does any query order by the column or compare it with < or >?", "the queries on the column", "leave it at the end.")
			f.Fix = redact.Plain("Give BEFORE or AFTER if the order matters.")
			found(f)
		}
	},
}
