package design

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// Decision is something that a schema does, with how often or where.
type Decision struct {
	About string // "Primary keys"
	Says  string // "bigint 12, uuid 2"
}

// Decisions returns what the schema tells of how things are done in it.
func (s *Schema) Decisions() []Decision {
	var list []Decision
	add := func(about, says string) {
		if says != "" {
			list = append(list, Decision{about, says})
		}
	}
	for _, w := range []Ways{s.KeyTypes(), s.keyDefaults(), s.TimeTypes(), s.ValueSets(), s.texts()} {
		var counts []string
		for _, way := range w.List {
			counts = append(counts, fmt.Sprintf("%s %d", way.Name, len(way.Spots)))
		}
		add(strings.ToUpper(w.Kind[:1])+w.Kind[1:], strings.Join(counts, ", "))
	}
	var soft, partitioned, secured []string
	actions := map[string]int{}
	for _, t := range s.Tables {
		if d := t.SoftDelete(); d != nil {
			soft = append(soft, t.Name.Short()+"."+d.Column.Name)
		}
		if t.Kind == catalog.Partitioned {
			partitioned = append(partitioned, fmt.Sprintf("%s by %s (%s)", t.Name.Short(), t.Strategy, strings.Join(t.Keys, ", ")))
		}
		if t.RowSecurity {
			secured = append(secured, t.Name.Short())
		}
		for _, k := range t.ForeignKeys() {
			actions[cmp.Or(k.OnDelete, "NO ACTION")]++
		}
	}
	var deletes []string
	for _, a := range slices.SortedFunc(maps.Keys(actions), func(a, b string) int { return cmp.Or(actions[b]-actions[a], cmp.Compare(a, b)) }) {
		deletes = append(deletes, fmt.Sprintf("%s %d", a, actions[a]))
	}
	if s.Tenancy != nil {
		add("Tenants are kept apart by", s.Tenancy.Column)
	}
	add("Foreign keys, ON DELETE", strings.Join(deletes, ", "))
	add("Rows that are marked as deleted and kept", strings.Join(soft, ", "))
	add("Row security", strings.Join(secured, ", "))
	add("Partitioned tables", strings.Join(partitioned, "; "))
	for _, typ := range s.Types() {
		if typ.Kind == 'e' {
			add("Enum "+typ.Name.Short(), strings.Join(typ.Labels, ", "))
		}
	}
	for _, name := range []string{"created_at", "updated_at", "created_by", "updated_by"} {
		if n := s.tablesWith(name); n > 0 {
			add("Tables with "+name, fmt.Sprintf("%d of %d", n, len(s.Tables)))
		}
	}
	return list
}

// tablesWith returns how many tables have a column of a name, in any case.
func (s *Schema) tablesWith(name string) int {
	n := 0
	for _, t := range s.Tables {
		if slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return strings.Join(Words(c.Name), "_") == name }) {
			n++
		}
	}
	return n
}

// keyDefaults returns where the values of the keys are made.
func (s *Schema) keyDefaults() Ways {
	return s.ways("key values", "way", func(t *Table, col *catalog.Column) string {
		switch {
		case !t.IsKey(col.Name) || t.References(col.Name) != nil:
			return ""
		case col.Identity != "":
			return "identity"
		case IsSerial(col):
			return "sequence"
		case strings.Contains(col.Default.Text, "("):
			return "default " + col.Default.Text
		case col.Default.There():
			return ""
		}
		return "set by the application"
	})
}

// texts returns the types of the columns that hold text.
func (s *Schema) texts() Ways {
	return s.ways("text", "type", func(t *Table, col *catalog.Column) string {
		if base := s.BaseType(col); IsText(base) {
			if base.Name == "character varying" && len(base.Mods) > 0 {
				return "varchar(n)"
			}
			return base.Name
		}
		return ""
	})
}
