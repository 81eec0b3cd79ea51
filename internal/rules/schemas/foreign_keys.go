package schemas

import (
	"cmp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
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
