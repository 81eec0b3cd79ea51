// Package design derives from a catalog what the review of a schema asks about it:
// the tables that are judged, the keys and indexes of each, what the name of a
// column says that it holds, and the conventions that most names follow.
//
// It states facts and never judges. A Schema is read-only.
package design

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/migration"
)

// Schema is a schema under review.
type Schema struct {
	*catalog.Catalog
	// Tables are the tables that are judged, in the order in which they were created.
	// Partitions, temporary tables, and those that only a statement names are not
	// among them, nor is what migration tools and pg_partman keep for themselves.
	Tables []*Table
	// Based says that a part of the schema was there before the migrations beside it.
	Based bool
	// Conventions are how most names are made.
	Conventions *Conventions
	// Tenancy is how the rows of customers are kept apart; nil if nothing shows it.
	Tenancy *Tenancy

	byOID    map[catalog.OID]*Table
	required map[string][2]int   // tables with a column of a name and type: those that require it, and all
	byName   map[string][]*Table // by what the name is in the singular
	targets  map[string][]*Table // by the name of a column: what such columns refer to
	referred map[string]bool     // names of columns that are foreign keys
	keyNames map[string]bool     // names of keys that are not id alone, in lower case and without separators
}

// Table is a table that is judged.
type Table struct {
	*catalog.Relation
	Schema *Schema

	zoned bool // a column has the time zone of the others
}

// New returns the schema that a catalog holds.
func New(c *catalog.Catalog, based bool) *Schema {
	s := &Schema{Catalog: c, Based: based, byOID: map[catalog.OID]*Table{}}
	for _, r := range c.All() {
		if r.Kind != catalog.Table && r.Kind != catalog.Partitioned || r.IsPartition() || r.Temporary || r.Assumed || r.Name.Schema == "partman" || migration.Bookkeeping(r.Name.Name) {
			continue
		}
		t := &Table{Relation: r, Schema: s, zoned: namesZone(r)}
		s.Tables, s.byOID[r.OID] = append(s.Tables, t), t
	}
	s.Conventions = s.conventions()
	s.index()
	s.Tenancy = s.tenancy()
	return s
}

// Table returns the judged table of an OID; nil if it is not one.
func (s *Schema) Table(oid catalog.OID) *Table { return s.byOID[oid] }

// BaseType returns the type of a column; of a domain, the type that it is made from.
func (s *Schema) BaseType(col *catalog.Column) catalog.TypeRef {
	typ := col.Type
	for range 10 {
		d := s.Type(catalog.Name{Schema: typ.Schema, Name: typ.Name})
		if typ.Array || d == nil || d.Kind != 'd' {
			break
		}
		typ = d.Base
	}
	return typ
}

// Indexes returns the indexes of the table, with those of its constraints.
func (t *Table) Indexes() []*catalog.Relation {
	var list []*catalog.Relation
	for _, oid := range t.Relation.Indexes {
		if ix := t.Schema.Get(oid); ix != nil && ix.Index != nil {
			list = append(list, ix)
		}
	}
	return list
}

// ForeignKeys returns the foreign keys of the table.
func (t *Table) ForeignKeys() []*catalog.Constraint { return t.constraints(catalog.ForeignKey) }

// Checks returns the CHECK constraints of the table.
func (t *Table) Checks() []*catalog.Constraint { return t.constraints(catalog.Check) }

func (t *Table) constraints(kind byte) []*catalog.Constraint {
	var list []*catalog.Constraint
	for i := range t.Constraints {
		if k := &t.Constraints[i]; k.Type == kind {
			list = append(list, k)
		}
	}
	return list
}

// Key returns the columns of the primary key; nil if there is none.
func (t *Table) Key() []string {
	if k := t.PrimaryKey(); k != nil {
		return k.Columns
	}
	return nil
}

// Unique is what no two rows of a table share.
type Unique struct {
	Columns []string
	Index   *catalog.Relation
	Whole   bool // of all rows: there is no predicate
}

// Uniques returns what is unique in the table: its primary key, unique constraints
// and unique indexes over columns. Those over expressions are not among them.
func (t *Table) Uniques() []Unique {
	var list []Unique
	for _, ix := range t.Indexes() {
		if columns := ix.Index.Columns(); ix.Index.Unique && ix.Index.Valid && len(columns) == len(ix.Index.Keys) {
			list = append(list, Unique{columns, ix, !ix.Index.Where.There()})
		}
	}
	return list
}

// References returns the foreign key of which a column is a part; nil if there is none.
func (t *Table) References(column string) *catalog.Constraint {
	for _, k := range t.ForeignKeys() {
		if slices.Contains(k.Columns, column) {
			return k
		}
	}
	return nil
}

// Target returns the table that a foreign key refers to; nil if it is not judged.
func (t *Table) Target(k *catalog.Constraint) *Table { return t.Schema.Table(k.Ref) }

// Referrers returns the tables with a foreign key to this one.
func (t *Table) Referrers() []*Table {
	var list []*Table
	for _, oid := range t.Relation.Referrers {
		if r := t.Schema.Table(oid); r != nil {
			list = append(list, r)
		}
	}
	return list
}

// ServesForeignKey reports whether an index leads with the columns of a foreign key.
func (t *Table) ServesForeignKey(ix *catalog.Index) bool {
	columns := ix.Columns()
	return slices.ContainsFunc(t.ForeignKeys(), func(k *catalog.Constraint) bool {
		return len(columns) >= len(k.Columns) && !slices.ContainsFunc(columns[:len(k.Columns)], func(c string) bool { return !slices.Contains(k.Columns, c) })
	})
}

// IsReferenced reports whether a foreign key refers to exactly these columns.
func (t *Table) IsReferenced(columns []string) bool {
	for _, r := range append(t.Referrers(), t) {
		for _, k := range r.ForeignKeys() {
			if k.Ref == t.OID && len(k.RefColumns) == len(columns) && !slices.ContainsFunc(columns, func(c string) bool { return !slices.Contains(k.RefColumns, c) }) {
				return true
			}
		}
	}
	return false
}

// FreeName returns a name that no relation of the table's schema has, made of one and
// a suffix.
func (t *Table) FreeName(name, suffix string) string {
	const most = 63 // bytes
	name = strings.ToValidUTF8(name[:min(len(name), most-len(suffix)-3)], "")
	free := name + "_" + suffix
	for n := 2; t.Schema.Find(catalog.Name{Schema: t.Name.Schema, Name: free}) != nil || t.Constraint(free) != nil; n++ {
		free = fmt.Sprintf("%s_%s%d", name, suffix, n)
	}
	return free
}

// KeyList returns the keys of an index as SQL: "(a, lower(b))".
func KeyList(ix *catalog.Index) string {
	list := make([]string, len(ix.Keys))
	for i, k := range ix.Keys {
		list[i] = keyText(k)
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// ColumnList returns columns as SQL: "(a, b)".
func ColumnList(columns []string) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = lex.QuoteIdent(c)
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// IsKey reports whether a column alone is the primary key.
func (t *Table) IsKey(column string) bool { return slices.Equal(t.Key(), []string{column}) }

// HasKey reports whether a column is in the primary key.
func (t *Table) HasKey(column string) bool { return slices.Contains(t.Key(), column) }
