// Package catalog models the objects of a database as far as DDL tells them:
// relations with their columns, constraints, indexes and triggers, and types,
// functions, publications and roles' settings.
//
// A value that was handed out never changes. Edit makes a copy of a relation and
// puts it in its place, so a statement's view of a table stays what it was when the
// statement began, and Rewind can take statements back. Objects refer to each other
// by OID, which a rename keeps.
package catalog

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// OID identifies an object of a Catalog. 0 is none.
type OID int

// Place is where a statement is written: the position of its file among the inputs,
// and the line, from 1. Line is 0 if it is in none of them.
type Place struct{ Input, Line int }

// Name is a qualified name. Schema is empty where nothing tells it.
type Name struct{ Schema, Name string }

// String returns the name as SQL, qualified as far as known.
func (n Name) String() string {
	if n.Schema == "" {
		return lex.QuoteIdent(n.Name)
	}
	return lex.QuoteIdent(n.Schema) + "." + lex.QuoteIdent(n.Name)
}

// Short returns the name as SQL, without the schema public.
func (n Name) Short() string {
	if n.Schema == "public" {
		return lex.QuoteIdent(n.Name)
	}
	return n.String()
}

// Catalog is the state of a database at one point of a migration.
type Catalog struct {
	// Complete says that a dump told all objects: what is not here is not in the
	// database. Otherwise a relation that a statement names is assumed to exist.
	Complete bool
	// Path is the search path; empty: public.
	Path []string
	// Encoding is the client_encoding that was set last: in a dump it is that of the
	// database.
	Encoding string
	// Now is the number of the statement that runs: what it creates is of it.
	Now int
	// At is the place of that statement.
	At Place

	last      OID
	relations map[OID]*Relation
	dropped   map[OID]*Relation // as they were last
	named     map[Name]OID
	types     map[Name]*Type
	functions map[Name]*Function
	others    map[Other]Definition
	grants    map[Other][]Grant
	journal   []entry // undone from its end
}

// Definition is what an object of another kind says of itself.
type Definition struct {
	Text   string
	Tables []OID // the tables of a publication or of extended statistics
	All    bool  // a publication FOR ALL TABLES
	Since  int
	At     Place
}

// Other names an object that is neither a relation, a type nor a function.
type Other struct {
	Kind string // "schema", "extension", "publication", "statistics", "role", ...
	Name string
}

// New returns an empty catalog.
func New() *Catalog {
	return &Catalog{
		relations: map[OID]*Relation{}, dropped: map[OID]*Relation{}, named: map[Name]OID{}, types: map[Name]*Type{}, functions: map[Name]*Function{}, others: map[Other]Definition{}, grants: map[Other][]Grant{},
	}
}

// Mark is a point that Rewind goes back to.
type Mark int

// Mark returns the present point.
func (c *Catalog) Mark() Mark { return Mark(len(c.journal)) }

// Rewind takes back all changes since a point.
func (c *Catalog) Rewind(to Mark) {
	for len(c.journal) > int(to) {
		last := c.journal[len(c.journal)-1]
		c.journal = c.journal[:len(c.journal)-1]
		last.undo()
	}
}

// Forget keeps what the catalog holds and drops what Rewind would need: marks from
// before are void. Without it, a dump is kept once per statement.
func (c *Catalog) Forget() { c.journal = nil }

func put[K comparable, V any](c *Catalog, m map[K]V, k K, v V) {
	old, was := m[k]
	c.note(k, old, was, func() {
		if was {
			m[k] = old
		} else {
			delete(m, k)
		}
	})
	m[k] = v
}

func remove[K comparable, V any](c *Catalog, m map[K]V, k K) {
	if old, was := m[k]; was {
		c.note(k, old, true, func() { m[k] = old })
		delete(m, k)
	}
}

// path returns the schemas in which a bare name is searched.
func (c *Catalog) path() []string {
	if len(c.Path) == 0 {
		return []string{"public"}
	}
	return c.Path
}

// Home returns the qualified name under which an object is created.
func (c *Catalog) Home(n Name) Name {
	if n.Schema == "" {
		n.Schema = c.path()[0]
	}
	return n
}

func find[V any](c *Catalog, m map[Name]V, n Name) (V, bool) {
	if n.Schema != "" {
		v, ok := m[n]
		return v, ok
	}
	for _, schema := range append(append([]string{"pg_temp"}, c.path()...), "") {
		if v, ok := m[Name{schema, n.Name}]; ok {
			return v, true
		}
	}
	var none V
	return none, false
}

// Find returns the relation of a name; nil if it is not known.
func (c *Catalog) Find(n Name) *Relation {
	oid, _ := find(c, c.named, n)
	return c.relations[oid]
}

// Get returns a relation as it is now; nil if it was dropped.
func (c *Catalog) Get(oid OID) *Relation { return c.relations[oid] }

// Last returns a relation as it is now, or as it was when it was dropped; nil if
// there never was one.
func (c *Catalog) Last(oid OID) *Relation {
	if r := c.relations[oid]; r != nil {
		return r
	}
	return c.dropped[oid]
}

// All returns the relations in the order in which they were created.
func (c *Catalog) All() []*Relation {
	list := make([]*Relation, 0, len(c.relations))
	for _, r := range c.relations {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b *Relation) int { return int(a.OID - b.OID) })
	return list
}

// Settle makes all relations with their columns and constraints those that were there
// before what comes.
func (c *Catalog) Settle() {
	for _, r := range c.relations {
		r.Since = 0
		for i := range r.Columns {
			r.Columns[i].Since = 0
		}
		for i := range r.Constraints {
			r.Constraints[i].Since = 0
		}
	}
}

// Create adds a relation and gives it an OID. A name that is taken is given to the
// new one.
func (c *Catalog) Create(r Relation) *Relation {
	c.last++
	r.OID, r.Since, r.At = c.last, c.Now, c.At
	put(c, c.relations, r.OID, &r)
	put(c, c.named, r.Name, r.OID)
	c.reindex(r.On, func(list []OID) []OID { return appended(list, r.OID) })
	return c.relations[r.OID]
}

// reindex gives a table another list of indexes. It shares all other lists with what the
// table was before, which never changes: a table can have thousands of indexes.
func (c *Catalog) reindex(table OID, change func([]OID) []OID) {
	if t := c.relations[table]; t != nil {
		copied := *t
		copied.Indexes = change(t.Indexes)
		put(c, c.relations, table, &copied)
	}
}

// appended appends to a list that others may have, and may append to. They share its memory as
// long as they append the same: room that is used is not 0.
func appended(list []OID, oid OID) []OID {
	if n := len(list); n < cap(list) && list[:n+1][n] != 0 {
		list = slices.Clone(list)
	}
	return append(list, oid)
}

// Assume adds a relation that only a statement tells of.
func (c *Catalog) Assume(n Name, kind Kind) *Relation {
	now := c.Now
	c.Now = 0
	r := c.Create(Relation{Name: n, Kind: kind, Assumed: true})
	c.Now = now
	return r
}

// Edit changes a copy of a relation and returns it. It does nothing if the relation
// is not there.
func (c *Catalog) Edit(oid OID, change func(*Relation)) *Relation {
	r := c.relations[oid]
	if r == nil {
		return nil
	}
	copied := r.clone()
	change(copied)
	put(c, c.relations, oid, copied)
	if copied.Name != r.Name {
		if c.named[r.Name] == oid {
			remove(c, c.named, r.Name)
		}
		put(c, c.named, copied.Name, oid)
	}
	return copied
}

// Drop removes a relation with its indexes and the sequences that it owns, and what
// others say of it.
func (c *Catalog) Drop(oid OID) {
	r := c.relations[oid]
	if r == nil {
		return
	}
	c.dropped[oid] = r
	for _, ix := range r.Indexes {
		c.Drop(ix)
	}
	without := func(list []OID) []OID { return slices.DeleteFunc(list, func(o OID) bool { return o == oid }) }
	touch := func(list []OID, change func(*Relation)) {
		for _, o := range list {
			c.Edit(o, change)
		}
	}
	c.reindex(r.On, func(list []OID) []OID { return without(slices.Clone(list)) })
	touch(r.Parents, func(t *Relation) { t.Children = without(t.Children) })
	touch(r.Children, func(t *Relation) { t.Parents = without(t.Parents) })
	for _, read := range r.Reads {
		c.Edit(read.OID, func(t *Relation) { t.Readers = without(t.Readers) })
	}
	for _, k := range r.Constraints {
		if k.Ref != 0 && k.Ref != oid {
			c.Edit(k.Ref, func(t *Relation) { t.Referrers = without(t.Referrers) })
		}
	}
	for _, t := range r.Columns {
		if t.Sequence != 0 {
			if s := c.relations[t.Sequence]; s != nil {
				remove(c, c.relations, s.OID)
				remove(c, c.named, s.Name)
			}
		}
	}
	remove(c, c.relations, oid)
	if c.named[r.Name] == oid {
		remove(c, c.named, r.Name)
	}
}

// Refer notes that a table has a foreign key to another one.
func (c *Catalog) Refer(from, to OID) {
	c.Edit(to, func(t *Relation) {
		if !slices.Contains(t.Referrers, from) {
			t.Referrers = append(t.Referrers, from)
		}
	})
}

// Unrefer forgets it if no foreign key is left.
func (c *Catalog) Unrefer(from, to OID) {
	if r := c.relations[from]; r != nil && slices.ContainsFunc(r.Constraints, func(k Constraint) bool { return k.Ref == to }) {
		return
	}
	c.Edit(to, func(t *Relation) { t.Referrers = slices.DeleteFunc(t.Referrers, func(o OID) bool { return o == from }) })
}

// Tree returns a relation and all that inherits from it or is a partition of it.
func (c *Catalog) Tree(r *Relation) []*Relation {
	if r == nil {
		return nil
	}
	list, seen := []*Relation{r}, map[OID]bool{r.OID: true}
	for i := 0; i < len(list); i++ {
		for _, o := range list[i].Children {
			if child := c.relations[o]; child != nil && !seen[o] {
				seen[o] = true
				list = append(list, child)
			}
		}
	}
	return list
}

// Default returns the default partition of a partitioned table; nil if there is none.
func (c *Catalog) Default(r *Relation) *Relation {
	for _, o := range r.Children {
		if child := c.relations[o]; child != nil && child.Bound.Default {
			return child
		}
	}
	return nil
}

// Type returns a type that was created; nil if it is not known.
func (c *Catalog) Type(n Name) *Type { t, _ := find(c, c.types, n); return t }

// SetType adds or replaces a type.
func (c *Catalog) SetType(t Type) {
	t.Name = c.Home(t.Name)
	put(c, c.types, t.Name, &t)
}

// DropType removes a type.
func (c *Catalog) DropType(n Name) {
	if t := c.Type(n); t != nil {
		remove(c, c.types, t.Name)
	}
}

// Types returns the types by name.
func (c *Catalog) Types() []*Type { return byName(c.types) }

// Function returns a function that was created; nil if it is not known. Of those of one
// name it is the one that was defined last, with the others as its Overloads.
func (c *Catalog) Function(n Name) *Function { f, _ := find(c, c.functions, n); return f }

// SetFunction adds or replaces a function.
func (c *Catalog) SetFunction(f Function) {
	f.Name = c.Home(f.Name)
	f.Overloads = nil
	if old := c.functions[f.Name]; old != nil {
		for _, o := range append([]Function{*old}, old.Overloads...) {
			if o.Args != f.Args {
				o.Overloads = nil
				f.Overloads = append(f.Overloads, o)
			}
		}
	}
	put(c, c.functions, f.Name, &f)
}

// DropFunction removes a function.
func (c *Catalog) DropFunction(n Name) {
	if f := c.Function(n); f != nil {
		remove(c, c.functions, f.Name)
	}
}

// DropOverload removes the function of a name that has these arguments, and keeps the others.
func (c *Catalog) DropOverload(n Name, args string) {
	f := c.Function(n)
	if f == nil {
		return
	}
	left := append([]Function{*f}, f.Overloads...)
	c.DropFunction(n)
	for _, o := range slices.Backward(left) {
		if o.Args != args {
			c.SetFunction(o)
		}
	}
}

// Functions returns the functions by name.
func (c *Catalog) Functions() []*Function { return byName(c.functions) }

func byName[V any](m map[Name]V) []V {
	names := make([]Name, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b Name) int { return strings.Compare(a.String(), b.String()) })
	list := make([]V, len(names))
	for i, n := range names {
		list[i] = m[n]
	}
	return list
}

// Other returns an object of another kind, and whether it is known.
func (c *Catalog) Other(o Other) (Definition, bool) { d, ok := c.others[o]; return d, ok }

// SetOther adds or replaces an object of another kind.
func (c *Catalog) SetOther(o Other, d Definition) {
	d.Since, d.At = c.Now, c.At
	put(c, c.others, o, d)
}

// DropOther removes an object of another kind.
func (c *Catalog) DropOther(o Other) { remove(c, c.others, o) }

// Others returns the objects of a kind by name.
func (c *Catalog) Others(kind string) []Other { return ofKind(c.others, kind) }

func ofKind[V any](m map[Other]V, kind string) []Other {
	var list []Other
	for o := range m {
		if o.Kind == kind {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b Other) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Grants returns the privileges on a schema, or those that tables created in it will
// have: Other{"default privileges", schema}. Those on relations are in Relation.Grants.
func (c *Catalog) Grants(o Other) []Grant { return c.grants[o] }

// SetGrants replaces them.
func (c *Catalog) SetGrants(o Other, list []Grant) { put(c, c.grants, o, list) }

// Granted returns the objects of a kind with privileges, by name.
func (c *Catalog) Granted(kind string) []Other { return ofKind(c.grants, kind) }
