package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var namingConstraint = rule.Rule{
	ID:      "naming-constraint",
	Title:   "Constraint named otherwise than most",
	Sees:    "A new constraint whose name does not follow the template of at least 4 names and two thirds of its kind in the repository's migrations and schema dump. In a schema, any constraint whose name does not follow that of most.",
	Why:     "An error names the constraint alone. The name tells what failed only if all names are made in one way.",
	Silent:  "There is no such template. The server makes the name up.",
	Fix:     "Name the constraint like the others.",
	Sources: []string{docAlter},
	Rank:    rule.RankText,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.AddConstraint) {
			if a.Constraint == nil {
				continue
			}
			if f, is := misnamed(c, s, a.Table, constraintKinds[a.Constraint.Type], writtenName(a), a.Constraint.Columns); is {
				found(f)
			}
		}
	}, Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, x := range t.Named() {
			if x.Constraint != nil {
				misnamedObject(c, t, x, found)
			}
		}
	},
}
