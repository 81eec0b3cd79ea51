package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var intersectingFK = rule.Rule{
	ID:      "intersecting-fk",
	Title:   "Foreign key that another one implies",
	Sees:    "Two foreign keys to one table, where the columns of one are among those of the other and refer to the same columns.",
	Why:     "Each write checks the same reference twice, and each DELETE of a referenced row runs two actions, which may differ.",
	Silent:  "The targets differ. The columns refer to other columns. A column of the longer key may be NULL, so that it is not always checked.",
	Fix:     "Drop the foreign key that the longer one implies.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-FK"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, short := range t.ForeignKeys() {
			at := slices.IndexFunc(t.ForeignKeys(), func(long *catalog.Constraint) bool { return impliesKey(t, long, short) })
			if at < 0 {
				continue
			}
			long := t.ForeignKeys()[at]
			f := c.InSchema(t, finding.Confirmed, finding.Medium)
			f.AtConstraint(short)
			f.Title = redact.Sprintf("Foreign key %s of %s is implied by %s", quoted(short.Name), t.Name.Short(), quoted(long.Name))
			f.Detail = redact.Sprintf("%s refers to the same row of %s. Each write checks both.", foreignKey(t, long), target(t, long))
			if onDelete(short) != onDelete(long) {
				f.Detail = redact.Sprintf("%s refers to the same row of %s. One says ON DELETE %s, the other ON DELETE %s.", foreignKey(t, long), target(t, long), onDelete(short), onDelete(long))
			}
			f.Fix = redact.Sprintf("Drop %s.", quoted(short.Name))
			f.AddDDL("ALTER TABLE %s DROP CONSTRAINT %s", t.Name.Short(), quoted(short.Name))
			found(f)
		}
	},
}

// impliesKey reports whether a row that satisfies a foreign key satisfies a shorter one
// too.
func impliesKey(t *design.Table, long, short *catalog.Constraint) bool {
	if long.Ref != short.Ref || len(long.Columns) <= len(short.Columns) || long.NotEnforced || !long.Valid {
		return false
	}
	of := pairs(t, long)
	for from, to := range pairs(t, short) {
		if of[from] != to {
			return false
		}
	}
	return !slices.ContainsFunc(long.Columns, func(name string) bool { col := t.Column(name); return col == nil || !col.NotNull })
}
