package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var enumCreated = rule.Rule{
	ID:      "enum-created",
	Title:   "New enum type",
	Sees:    "CREATE TYPE ... AS ENUM.",
	Why:     "Values can be added and renamed, but never removed or moved. Each change is a migration.",
	Silent:  "The files replace an enum by this one (enum-recreated reports this).",
	Fix:     "Use an enum for a list that hardly changes. Otherwise use text with a CHECK, or a lookup table.",
	Sources: []string{manual + "datatype-enum.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.CreateType) {
			if a.Type == nil || a.Type.Kind != 'e' || replacedEnum(c, s) != nil {
				continue
			}
			f := c.About(s, nil, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("Enum %s: its values can never be removed or moved", a.Name)
			f.Detail = redact.Plain("Values can be added and renamed only.")
			f.Decide("Will values of this list ever be removed?", "who owns the list", "use text with a CHECK, or a lookup table.")
			f.Fix = redact.Plain("Use an enum for a list that hardly changes.")
			found(f)
		}
	},
}
