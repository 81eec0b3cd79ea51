package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var fkNotWhole = rule.Rule{
	ID:      "fk-not-whole",
	Title:   "Foreign key over several columns of which one may be NULL",
	Sees:    "A foreign key over several columns without MATCH FULL, and one of them may be NULL.",
	Why:     "As soon as one column is NULL, the others are not checked: they can hold what never was a key.",
	Silent:  "MATCH FULL. A CHECK over the columns that may be NULL. The columns that are NOT NULL have a foreign key of their own, so that NULL in the rest says that there is no reference.",
	Fix:     "Make the columns NOT NULL, or write MATCH FULL if all of them may be NULL together.",
	Sources: []string{manual + "sql-createtable.html#SQL-CREATETABLE-PARMS-REFERENCES"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, k := range t.ForeignKeys() {
			open := unchecked(t, k)
			if len(open) == 0 {
				continue
			}
			f := c.InSchema(t, finding.Confirmed, finding.Medium)
			f.AtConstraint(k)
			f.Where.Column = open[0]
			f.Title = redact.Sprintf("Foreign key %s to %s is not checked if %s is NULL", foreignKey(t, k), target(t, k), rule.Words(quotedAll(open)))
			f.Detail = redact.Plain("With MATCH SIMPLE, one NULL is enough: the other columns can then hold what never was a key.")
			sized(c, &f, t)
			if len(open) == len(k.Columns) {
				f.Title = redact.Sprintf("Foreign key %s to %s is not checked if one of its columns is NULL", foreignKey(t, k), target(t, k))
				f.Fix = redact.Plain("Write MATCH FULL: all columns are NULL, or none is.")
				text := withAction(t, k, "MATCH FULL")
				if k.OnDelete != "" {
					text += " ON DELETE " + k.OnDelete
				}
				f.AddDDL("ALTER TABLE %s DROP CONSTRAINT %s, ADD %s", t.Name.Short(), quoted(k.Name), text)
			} else {
				f.Fix = redact.Sprintf("Make %s NOT NULL, if every row has a reference. Otherwise add a CHECK that says which rows have none.", rule.Words(quotedAll(open)))
				for _, name := range open {
					f.AddDDL("ALTER TABLE %s ALTER COLUMN %s SET NOT NULL", t.Name.Short(), quoted(name))
				}
			}
			found(f)
		}
	},
}

// unchecked returns the columns of a foreign key that leave the others unchecked when
// they are NULL.
func unchecked(t *design.Table, k *catalog.Constraint) []string {
	if len(k.Columns) < 2 || k.MatchFull {
		return nil
	}
	var open, fixed []string
	for _, name := range k.Columns {
		if col := t.Column(name); col != nil && !t.RefusesNull(col) {
			open = append(open, name)
		} else {
			fixed = append(fixed, name)
		}
	}
	checked := func(name string) bool { // by itself
		return slices.ContainsFunc(t.ForeignKeys(), func(other *catalog.Constraint) bool {
			return other.Name != k.Name && slices.Contains(other.Columns, name) && !slices.ContainsFunc(other.Columns, func(n string) bool { return slices.Contains(open, n) })
		})
	}
	switch {
	case len(open) == 1 && len(fixed) > 0 && !slices.ContainsFunc(fixed, func(name string) bool { return !checked(name) }):
		return nil
	case slices.ContainsFunc(t.Checks(), func(check *catalog.Constraint) bool {
		return !slices.ContainsFunc(open, func(name string) bool { return !check.Mentions(name) })
	}):
		return nil
	}
	return open
}

func quotedAll(names []string) []string {
	var list []string
	for _, n := range names {
		list = append(list, quoted(n))
	}
	return list
}
