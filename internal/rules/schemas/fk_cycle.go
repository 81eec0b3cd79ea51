package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var fkCycle = rule.Rule{
	ID:      "fk-cycle",
	Title:   "Tables that require each other",
	Sees:    "Tables that refer to each other in a ring, by columns that are NOT NULL.",
	Why:     "No first row can be written: each needs the other. Only a deferred check lets both be written in one transaction. A dump of data alone cannot be restored in any order.",
	Silent:  "One of the columns may be NULL. A table that refers to itself.",
	Fix:     "Let one of the columns be NULL, or move the reference into a table of its own.",
	Sources: []string{manual + "app-pgdump.html", manual + "sql-set-constraints.html"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		rings := c.Schema.Rings(isRequired)
		for _, group := range rings {
			last := len(group.Links) - 1
			ring := append(group.Links[last:], group.Links[:last]...)
			first := ring[0]
			var names []string
			deferred := false
			for _, l := range ring {
				names = append(names, l.Table.Name.Short())
				deferred = deferred || l.Key.Deferrable
			}
			f := c.InSchema(first.Table, finding.Concern, finding.Low)
			f.AtConstraint(first.Key)
			f.Since = newest(ring)
			if len(rings) == 1 {
				f.Places = placesOf(c, ring)
			}
			f.Title = redact.Sprintf("%s require each other", rule.Words(names))
			f.Detail = redact.Plain("No first row can be written: each needs a row of the other, and no foreign key is deferrable.")
			if deferred {
				f.Detail = redact.Plain("A first row can be written only with the check deferred to COMMIT.")
			}
			f.Fix = redact.Plain("Let one of the columns be NULL, or move the reference into a table of its own.")
			f.Decide("Which of the rows is there first?", "how the application writes the first rows", "let "+columnOf(first.Table, first.Key.Columns[0])+" be NULL")
			f.AddDDL("ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL", first.Table.Name.Short(), quoted(first.Key.Columns[0]))
			found(f)
		}
	},
}

// isRequired reports whether no column of a foreign key may be NULL.
func isRequired(t *design.Table, k *catalog.Constraint) bool {
	return !slices.ContainsFunc(k.Columns, func(name string) bool { col := t.Column(name); return col == nil || !col.NotNull })
}
