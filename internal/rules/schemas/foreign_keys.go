package schemas

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// target names the table that a foreign key refers to.
func target(t *design.Table, k *catalog.Constraint) string { return t.Schema.ReferredName(k).Short() }

// sameColumns reports whether two lists hold the same columns, in any order.
func sameColumns(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(name string) bool { return !slices.Contains(b, name) })
}

// overlap reports whether two lists share a column.
func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(name string) bool { return slices.Contains(b, name) })
}

// pairs returns the columns of a foreign key, each with the column that it refers to.
func pairs(t *design.Table, k *catalog.Constraint) map[string]string {
	of := map[string]string{}
	to := t.Schema.Referred(k)
	for i, name := range k.Columns {
		if i < len(to) {
			of[name] = to[i]
		}
	}
	return of
}

// onDelete returns the action of a foreign key.
func onDelete(k *catalog.Constraint) string { return cmp.Or(k.OnDelete, "NO ACTION") }

// withAction defines a foreign key again, with another action.
func withAction(t *design.Table, k *catalog.Constraint, action string) string {
	text := "CONSTRAINT " + quoted(k.Name) + " FOREIGN KEY " + design.ColumnList(k.Columns) + " REFERENCES " + target(t, k) + " " + design.ColumnList(t.Schema.Referred(k))
	if k.OnUpdate != "" && !strings.HasPrefix(k.OnUpdate, "SET ") {
		text += " ON UPDATE " + cmp.Or(k.OnUpdate)
	}
	return text + " " + action
}

// placesOf are the places of foreign keys.
func placesOf(c *rule.Case, links []design.Link) []finding.Place {
	var list []finding.Place
	for _, l := range links {
		f := c.InSchema(l.Table, finding.Concern, finding.Low)
		f.AtConstraint(l.Key)
		list = append(list, finding.Place{Where: f.Where, Title: redact.Sprintf("%s refers to %s", foreignKey(l.Table, l.Key), target(l.Table, l.Key))})
	}
	return list
}

// newest returns the number of the last statement that made one of some foreign keys.
func newest(links []design.Link) int {
	last := 0
	for _, l := range links {
		last = max(last, l.Key.Since)
	}
	return last
}
