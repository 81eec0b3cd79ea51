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

// SameType reports whether two columns are of one type, whatever its length.
func (s *Schema) SameType(a, b *catalog.Column) bool {
	x, y := s.BaseType(a), s.BaseType(b)
	return x.Name == y.Name && x.Schema == y.Schema && x.Array == y.Array
}

// FindsReferences reports whether an index of the table finds the rows that refer to
// one row by a foreign key: it begins with the columns in any order, or with one of
// them that alone is a key of the other table, or that is named after it: unlike that of
// a tenant, it finds few rows.
func (t *Table) FindsReferences(k *catalog.Constraint) bool {
	target, to := t.Target(k), t.Schema.Referred(k)
	return slices.ContainsFunc(t.Indexes(), func(ix *catalog.Relation) bool {
		if ix.Index.LeadsWith(k.Columns) {
			return true
		}
		if target == nil || len(k.Columns) != len(to) {
			return false
		}
		for i, name := range k.Columns {
			if ix.Index.LeadsWith([]string{name}) && (target.isUnique(to[i]) || target.SharesNoun(name)) {
				return true
			}
		}
		return false
	})
}

// isUnique reports whether no two rows of the table share a value of a column.
func (t *Table) isUnique(column string) bool {
	return slices.ContainsFunc(t.Uniques(), func(u Unique) bool { return u.Whole && slices.Equal(u.Columns, []string{column}) })
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
	most := LargestOf(s.BaseType(col))
	return most > 0 && most < math.MaxInt64
}

// IsText reports whether a column is of a type of strings.
func (s *Schema) IsText(col *catalog.Column) bool {
	return IsText(s.BaseType(col))
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

// IsLookup reports whether the table holds a short list, such as the countries: by its
// name, or by a smallint key. It refers to no other table.
func (t *Table) IsLookup() bool {
	if len(t.Columns) > 8 || slices.ContainsFunc(t.ForeignKeys(), func(k *catalog.Constraint) bool { return k.Ref != t.OID }) {
		return false
	}
	key := t.KeyColumn()
	name := Words(t.Name.Name)
	short := key != nil && t.Schema.BaseType(key).Name == "smallint" && t.onlyLabels()
	return short || len(name) > 0 && lookups[InSingular(name[len(name)-1])]
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
// and what they refer to may be gone. The happenings count as the last word only: the
// participants of an event are no record.
var (
	logs       = words("log audit history archive staging import stat backup tmp temp old")
	happenings = words("event snapshot version metric trail journal")
)

// IsLog reports whether the name of the table says that it records what happened.
func (t *Table) IsLog() bool {
	name := Words(t.Name.Name)
	for _, w := range append(Words(t.Name.Schema), name...) {
		if logs[InSingular(w)] {
			return true
		}
	}
	return len(name) > 0 && happenings[InSingular(name[len(name)-1])]
}

// plainKeys are the last words of keys without a meaning, or that a machine made.
var plainKeys = words("id uuid guid uid ulid cuid ksuid sid oid key token hash digest sha sha1 sha256 md5 checksum fingerprint version nonce state challenge pk path slug locale lang code_verifier")

// KeyHasMeaning reports whether the primary key is text that people give a row, with a
// date perhaps, and that may change. Codes of a short list do not.
func (t *Table) KeyHasMeaning() bool {
	text := false
	for _, name := range t.Key() {
		col, words := t.Column(name), Words(name)
		if col == nil || len(words) == 0 || t.References(name) != nil || plainKeys[words[len(words)-1]] || col.Default.There() {
			return false
		}
		switch {
		case t.Schema.IsText(col):
			text = true
		case t.Schema.BaseType(col).Name != "date":
			return false
		}
	}
	return text && len(t.Columns) > 2 && !t.onlyLabels() && !t.IsLookup() && !t.IsLog()
}

// bounded are the words of counters that stay small.
var bounded = words(`retry retried attempt try item page seat room bed member participant child guest line max min failure error stock day month week hour minute second column row floor worker thread core cpu
	fail failed track artist author file interval cycle period attribute value reviewer use forwarded step level word expected required allowed available version split part chunk digit`)

// IsCounter reports whether the name of a column says that it counts what happens, and
// so has no bound.
func IsCounter(col *catalog.Column) bool {
	name := Words(col.Name)
	last := len(name) - 1
	switch {
	case last < 0:
		return false
	case name[last] == "hits" || name[last] == "bytes" || name[last] == "views" || name[last] == "impressions" || name[last] == "downloads" || name[last] == "clicks":
		return true
	case name[last] == "count" || name[last] == "counter":
		return last > 0 && !slices.ContainsFunc(name[:last], func(w string) bool { return bounded[InSingular(w)] })
	}
	return false
}

// CountsFew reports whether what a counter counts are the rows of a table whose own key
// has no more than four bytes, as post_count beside posts: it never ends first.
func (t *Table) CountsFew(col *catalog.Column) bool {
	name := Words(col.Name)
	if len(name) < 2 {
		return false
	}
	of := t.oneOf(t.Schema.byName[nounOf(name[:len(name)-1])])
	if of == nil {
		return false
	}
	key := of.KeyColumn()
	return key != nil && t.Schema.IsNarrow(key) && LargestOf(t.Schema.BaseType(key)) <= LargestOf(t.Schema.BaseType(col))
}
