package design

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
)

// KeyColumn returns the column that is the primary key alone; nil if there is none.
func (t *Table) KeyColumn() *catalog.Column {
	if key := t.Key(); len(key) == 1 {
		return t.Column(key[0])
	}
	return nil
}

// Referred returns the columns that a foreign key refers to.
func (s *Schema) Referred(k *catalog.Constraint) []string {
	if len(k.RefColumns) > 0 {
		return k.RefColumns
	}
	if t := s.Table(k.Ref); t != nil {
		return t.Key()
	}
	return nil
}

// ReferredName returns the name that the table of a foreign key has now.
func (s *Schema) ReferredName(k *catalog.Constraint) catalog.Name {
	if r := s.Get(k.Ref); r != nil {
		return r.Name
	}
	return k.RefName
}

// Base returns the type behind a domain, and any other type as it is.
func (s *Schema) Base(typ catalog.TypeRef) catalog.TypeRef {
	for range 8 { // a domain over a domain
		d := s.Type(catalog.Name{Schema: typ.Schema, Name: typ.Name})
		if d == nil || d.Kind != 'd' {
			break
		}
		array := typ.Array
		typ = d.Base
		typ.Array = typ.Array || array
	}
	return typ
}

// SameType reports whether two columns are of one type, whatever its length.
func (s *Schema) SameType(a, b *catalog.Column) bool {
	x, y := s.Base(a.Type), s.Base(b.Type)
	return x.Name == y.Name && x.Schema == y.Schema && x.Array == y.Array
}

// integers are the largest values of the integer types.
var integers = map[string]int64{"smallint": math.MaxInt16, "integer": math.MaxInt32, "bigint": math.MaxInt64}

// LargestOf returns the largest value of an integer type; 0 if it is none.
func LargestOf(typ catalog.TypeRef) int64 {
	if typ.Array {
		return 0
	}
	return integers[typ.Name]
}

// IsNarrow reports whether a column is a smallint or an integer.
func (s *Schema) IsNarrow(col *catalog.Column) bool {
	most := LargestOf(s.Base(col.Type))
	return most > 0 && most < math.MaxInt64
}

// IsText reports whether a column is of a type of strings.
func (s *Schema) IsText(col *catalog.Column) bool {
	return IsText(s.Base(col.Type))
}

// IsSerial reports whether the values of a column come from a sequence that it owns,
// as a default.
func IsSerial(col *catalog.Column) bool {
	return col.Sequence != 0 && col.Identity == "" && strings.HasPrefix(strings.ToLower(col.Default.Text), "nextval(")
}

// lookups are what tables are named that hold a short list which people write.
var lookups = words("type kind status state category country currency language locale role permission unit region timezone priority severity level gender color colour weekday month")

// labels are the words of the columns of such a table.
var labels = words("name code label title description slug symbol abbreviation iso key position sort order rank sequence active enabled created updated at on")

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// IsLookup reports whether the table holds a short list, such as the countries: by its
// name, or by a smallint key. It refers to no other table.
func (t *Table) IsLookup() bool {
	if len(t.ForeignKeys()) > 0 || len(t.Columns) > 8 {
		return false
	}
	key := t.KeyColumn()
	name := Words(t.Name.Name)
	short := key != nil && t.Schema.Base(key.Type).Name == "smallint" && t.onlyLabels()
	return short || len(name) > 0 && slices.ContainsFunc(singulars(name[len(name)-1]), func(w string) bool { return lookups[w] })
}

// onlyLabels reports whether the columns besides the key say what a row is called.
func (t *Table) onlyLabels() bool {
	for _, col := range t.Columns {
		if slices.Contains(t.Key(), col.Name) {
			continue
		}
		if name := Words(col.Name); len(name) == 0 || !labels[name[len(name)-1]] {
			return false
		}
	}
	return true
}

// logs are the words of tables that record what happened. Nobody updates their rows,
// and what they refer to may be gone.
var logs = words("log audit history event archive snapshot version staging import stat metric trail journal backup tmp temp old")

// IsLog reports whether the name of the table says that it records what happened.
func (t *Table) IsLog() bool {
	for _, w := range append(Words(t.Name.Name), Words(t.Name.Schema)...) {
		if slices.ContainsFunc(singulars(w), func(w string) bool { return logs[w] }) {
			return true
		}
	}
	return false
}
