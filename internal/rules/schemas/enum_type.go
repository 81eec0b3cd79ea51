package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var enumType = rule.Rule{
	ID:      "enum-type",
	Title:   "Enum type",
	Sees:    "A column of an enum type.",
	Why:     "Values can be added, also in between, and renamed. None can be removed without a new type and a rewrite of every column that uses it.",
	Silent:  "A CHECK, a lookup table. A large schema in which most fixed sets of values are enums: that is decided.",
	Fix:     "Keep it for sets that only grow. For sets that change, use text with a CHECK, or a lookup table with a foreign key.",
	Sources: []string{manual + "datatype-enum.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		eachColumn(t, func(col *catalog.Column, base catalog.TypeRef) {
			typ := t.Schema.Type(catalog.Name{Schema: col.Type.Schema, Name: col.Type.Name})
			if typ == nil || typ.Kind != 'e' || isHabit(t.Schema, "enum") {
				return
			}
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s is the enum %s", columnOf(t, col.Name), typ.Name.Short())
			f.Detail = redact.Plain("Values can be added and renamed, but none can be removed without a new type and a rewrite of each table that uses it.")
			f.Fix = redact.Plain("For a set that changes, use text with a CHECK, or a lookup table with a foreign key.")
			f.Decide("Does this set of values only ever grow?", "how it changed so far", "keep the enum.")
			found(f)
		})
	},
}

// habitTables is from how many tables on most of the schema's fixed sets tell a decision.
const habitTables = 30

// isHabit reports whether most fixed sets of values of a large schema are done in a way.
func isHabit(s *design.Schema, way string) bool {
	return len(s.Tables) >= habitTables && slices.ContainsFunc(s.Conventions.Types, func(c design.Convention) bool { return c.Kind == "fixed values" && c.Value == way })
}
