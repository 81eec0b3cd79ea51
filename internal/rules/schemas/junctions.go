package schemas

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
)

// junction returns the columns of the two references of a table that joins two others
// and lacks a key over them.
func junction(t *design.Table) ([]string, bool) {
	var keys []*catalog.Constraint
	for _, k := range t.ForeignKeys() {
		if !slices.ContainsFunc(keys, func(other *catalog.Constraint) bool { return sameColumns(other.Columns, k.Columns) }) {
			keys = append(keys, k)
		}
	}
	if len(keys) != 2 || overlap(keys[0].Columns, keys[1].Columns) {
		return nil, false
	}
	columns := slices.Concat(keys[0].Columns, keys[1].Columns)
	for _, u := range t.Uniques() {
		if !slices.ContainsFunc(u.Columns, func(name string) bool { return !slices.Contains(columns, name) }) {
			return nil, false // over both, or one of them
		}
		// An owner may see the pair once per period or kind.
		if !u.Index.Index.Primary && slices.ContainsFunc(u.Columns, func(name string) bool { return slices.Contains(columns, name) }) {
			return nil, false
		}
	}
	surrogate := t.KeyColumn()
	if surrogate == nil && t.PrimaryKey() != nil {
		return nil, false
	}
	own := 0 // columns that say something of the pair
	for i := range t.Columns {
		col := &t.Columns[i]
		switch {
		case slices.Contains(columns, col.Name):
			if !col.NotNull && surrogate != nil {
				return nil, false
			}
		case surrogate != nil && col.Name == surrogate.Name || isStamp(col) || col.Generated != "":
		default:
			own++
		}
	}
	if surrogate != nil && (own > 0 || !namedAfterBoth(t, keys)) || own > len(columns) || t.IsLog() {
		return nil, false
	}
	return columns, true
}

// isStamp reports whether a column says when a row was written, or in which order the
// rows are shown.
func isStamp(col *catalog.Column) bool {
	name := design.Words(col.Name)
	if len(name) == 0 {
		return false
	}
	switch first := name[0]; {
	case strings.HasPrefix(col.Type.Name, "timestamp"), col.Type.Name == "date":
		return first == "created" || first == "updated" || first == "inserted" || first == "added" || first == "modified" || first == "assigned" || first == "joined" || first == "granted"
	default:
		return first == "position" || first == "ordinal" || first == "sort"
	}
}

// namedAfterBoth reports whether a table is named after the two that it joins, as
// user_roles is.
func namedAfterBoth(t *design.Table, keys []*catalog.Constraint) bool {
	for _, k := range keys {
		if !slices.ContainsFunc(design.Words(t.Name.Name), func(w string) bool {
			return slices.ContainsFunc(design.Words(t.Schema.ReferredName(k).Name), func(of string) bool { return design.SameNoun(w, of) })
		}) {
			return false
		}
	}
	return true
}
