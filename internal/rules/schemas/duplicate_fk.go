package schemas

import (
	"maps"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var duplicateFK = rule.Rule{
	ID:      "duplicate-fk",
	Title:   "Duplicate foreign key",
	Sees:    "Two foreign keys of a table with the same columns and the same target.",
	Why:     "Every INSERT and every UPDATE of the columns checks both, and every DELETE of a referenced row too. If their actions differ, it is not clear which one is meant.",
	Silent:  "The columns or the target differ.",
	Fix:     "Drop one of the two.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-FK"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		keys := t.ForeignKeys()
		for i, k := range keys {
			for _, first := range keys[:i] {
				if k.Ref != first.Ref || k.RefName.Name != first.RefName.Name || !maps.Equal(pairs(t, k), pairs(t, first)) {
					continue
				}
				f := c.InSchema(t, finding.Confirmed, finding.Medium)
				f.AtConstraint(k)
				f.Title = redact.Sprintf("Foreign keys %s and %s of %s are the same", quoted(first.Name), quoted(k.Name), t.Name.Short())
				f.Detail = redact.Sprintf("Both refer from %s to %s. Each write checks both.", design.ColumnList(k.Columns), target(t, k))
				drop := k
				switch {
				case onDelete(first) == onDelete(k) && !first.Valid && k.Valid:
					drop = first
				case onDelete(first) != onDelete(k):
					f.Detail = redact.Sprintf("Both refer from %s to %s, one with ON DELETE %s and one with ON DELETE %s.", design.ColumnList(k.Columns), target(t, k), onDelete(first), onDelete(k))
					if first.OnDelete == "" {
						drop = first
					}
				}
				f.Fix = redact.Sprintf("Drop %s.", quoted(drop.Name))
				if onDelete(first) != onDelete(k) {
					f.Fix = redact.Sprintf("Decide which action is meant, and drop the other foreign key. The statement below drops %s.", quoted(drop.Name))
				}
				f.AddDDL("ALTER TABLE %s DROP CONSTRAINT %s", t.Name.Short(), quoted(drop.Name))
				found(f)
				break
			}
		}
	},
}
