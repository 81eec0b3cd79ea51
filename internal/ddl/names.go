package ddl

import (
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// chosen returns the name that the server gives to an object without one
// (ChooseRelationName, makeObjectName): table_columns_label, cut to 63 bytes, with a
// number if it is taken.
func chosen(table string, columns []string, label string, taken func(string) bool) string {
	middle := strings.Join(columns, "_")
	for n := 0; ; n++ {
		end := label
		if n > 0 {
			end += strconv.Itoa(n)
		}
		name := objectNameOf(table, middle, end)
		if !taken(name) {
			return name
		}
	}
}

func objectNameOf(table, middle, label string) string {
	room := 63 - len(label) - 1
	if middle != "" {
		room--
	}
	for len(table)+len(middle) > room {
		if len(table) > len(middle) {
			table = table[:len(table)-1]
		} else {
			middle = middle[:len(middle)-1]
		}
	}
	if middle == "" {
		return table + "_" + label
	}
	return table + "_" + middle + "_" + label
}

// nameFor chooses the name of an index or constraint of a table.
func (r *run) nameFor(t *catalog.Relation, columns []string, label string) string {
	return chosen(t.Name.Name, columns, label, func(name string) bool {
		return t.Constraint(name) != nil || r.c.Find(catalog.Name{Schema: t.Name.Schema, Name: name}) != nil
	})
}
