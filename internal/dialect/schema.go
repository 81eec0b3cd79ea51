package dialect

import (
	"maps"
	"slices"
	"strings"
)

// Place is where a statement is written.
type Place struct {
	Input int // position among the inputs
	Line  int
}

// Table is a table. A Table that was handed out does not change.
type Table struct {
	Name    string
	Columns []*Column
	Keys    []*Key
	Since   int // the statement that created it; 0: it was there before
	At      Place
	Partial bool // its definition is not known in full: CREATE TABLE ... LIKE or AS SELECT

	Storage, Charset, RowFormat   string // of MySQL
	Strict, WithoutRowid, Virtual bool   // of SQLite
}

// Column returns a column; nil if the table has none of that name.
func (t *Table) Column(name string) *Column {
	if t == nil {
		return nil
	}
	for _, c := range t.Columns {
		if same(c.Name, name) {
			return c
		}
	}
	return nil
}

// Key returns a key by its name; nil if there is none.
func (t *Table) Key(name string) *Key {
	if t == nil {
		return nil
	}
	for _, k := range t.Keys {
		if same(k.Name, name) {
			return k
		}
	}
	return nil
}

// HasKey returns the first key of a kind; nil if there is none.
func (t *Table) HasKey(kind KeyKind) *Key {
	if t == nil {
		return nil
	}
	for _, k := range t.Keys {
		if k.Kind == kind {
			return k
		}
	}
	return nil
}

// IsUnique reports whether columns, in any order, are the primary key or a unique key.
func (t *Table) IsUnique(columns []string) bool {
	return slices.ContainsFunc(t.Keys, func(k *Key) bool {
		return (k.Kind == Primary || k.Kind == Unique) && k.Text == "" && len(k.Columns) == len(columns) &&
			!slices.ContainsFunc(columns, func(name string) bool {
				return !slices.ContainsFunc(k.Columns, func(c string) bool { return same(c, name) })
			})
	})
}

// settle moves the keys that columns declare to those of the table.
func (t *Table) settle() {
	for _, c := range t.Columns {
		t.keysOf(c)
	}
	for _, k := range t.Keys {
		if k.Kind == Primary {
			for _, name := range k.Columns {
				if c := t.Column(name); c != nil {
					c.Primary = true
				}
			}
		}
	}
}

func (t *Table) keysOf(c *Column) {
	if c.Primary && t.HasKey(Primary) == nil {
		t.Keys = append(t.Keys, &Key{Kind: Primary, Columns: []string{c.Name}})
	}
	if c.Unique {
		t.Keys = append(t.Keys, &Key{Kind: Unique, Columns: []string{c.Name}})
	}
}

func (t *Table) clone() *Table {
	c := *t
	c.Columns, c.Keys = slices.Clone(t.Columns), slices.Clone(t.Keys)
	return &c
}

// Object is a view or a trigger.
type Object struct {
	Kind   string // "view", "trigger"
	Name   string
	On     string   // the table of a trigger
	Tables []string // that it names
	Text   string
	Since  int
}

// Uses reports whether the object names a table.
func (o *Object) Uses(table string) bool {
	return same(o.On, table) || slices.ContainsFunc(o.Tables, func(t string) bool { return same(t, table) })
}

// Schema is the tables, views and triggers of a database at one point of a
// migration.
type Schema struct {
	Engine  Engine
	Version Version
	// Complete: a dump told all tables. Otherwise those that are not here may exist.
	Complete bool
	// Played: older migrations told tables.
	Played bool
	// Now is the number of the statement that runs.
	Now int
	// At is where it is written.
	At Place

	ForeignKeysOff bool // foreign_key_checks of MySQL, foreign_keys of SQLite
	Legacy         bool // legacy_alter_table of SQLite: a rename does not change what refers to the table
	tables         map[string]*Table
	objects        map[string]*Object
}

// NewSchema returns a schema without tables.
func NewSchema(e Engine, v Version) *Schema {
	return &Schema{Engine: e, Version: v, tables: map[string]*Table{}, objects: map[string]*Object{}}
}

// Session ends the session: its settings are gone.
func (s *Schema) Session() { s.ForeignKeysOff, s.Legacy = false, false }

// Table returns a table; nil if it is not known.
func (s *Schema) Table(name string) *Table { return s.tables[strings.ToLower(name)] }

// Tables returns all tables by their name.
func (s *Schema) Tables() []*Table {
	list := slices.Collect(maps.Values(s.tables))
	slices.SortFunc(list, func(a, b *Table) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Objects returns the views and triggers by their name.
func (s *Schema) Objects() []*Object {
	list := slices.Collect(maps.Values(s.objects))
	slices.SortFunc(list, func(a, b *Object) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Referring returns the foreign keys of other tables on a table, by their table.
func (s *Schema) Referring(table string) map[string]*Key {
	found := map[string]*Key{}
	for _, t := range s.tables {
		for _, k := range t.Keys {
			if k.Kind == Foreign && same(k.Table, table) && !same(t.Name, table) {
				found[t.Name] = k
			}
		}
	}
	return found
}

func (s *Schema) put(t *Table) { s.tables[strings.ToLower(t.Name)] = t }

// edit returns a copy of a table to change. Of one that is not known, what the
// statements say of it is kept.
func (s *Schema) edit(name string) *Table {
	t := s.Table(name)
	if t == nil {
		t = &Table{Name: name, Partial: true}
	}
	t = t.clone()
	s.put(t)
	return t
}

// apply changes the schema by a statement.
func (s *Schema) apply(st *Statement) {
	switch st.Kind {
	case CreateTable:
		if known := s.Table(st.Table); st.Temp || st.Exists && known != nil && !known.Partial {
			return
		}
		t := st.New.clone()
		t.Since, t.At = s.Now, s.At
		s.put(t)
	case DropTable:
		for _, name := range st.Tables {
			delete(s.tables, strings.ToLower(name))
			for key, o := range s.objects {
				if o.Kind == "trigger" && same(o.On, name) {
					delete(s.objects, key)
				}
			}
		}
	case CreateIndex:
		t := s.edit(st.Table)
		t.Keys = append(t.Keys, st.Key)
	case DropIndex:
		for _, t := range s.tables {
			if t.Key(st.Name) != nil {
				t = s.edit(t.Name)
				t.Keys = slices.DeleteFunc(t.Keys, func(k *Key) bool { return same(k.Name, st.Name) })
			}
		}
	case CreateView, CreateTrigger:
		kind := "view"
		if st.Kind == CreateTrigger {
			kind = "trigger"
		}
		s.objects[strings.ToLower(st.Name)] = &Object{Kind: kind, Name: st.Name, On: st.Table, Tables: st.Tables, Text: st.Text, Since: s.Now}
	case DropView, DropTrigger:
		for _, name := range append(st.Tables, st.Name) {
			delete(s.objects, strings.ToLower(name))
		}
	case AlterTable:
		for _, c := range st.Changes {
			table := st.Table
			if c.Verb == RenameTable {
				table = c.Name
			}
			s.change(table, c)
		}
	case Set:
		for _, v := range st.Settings {
			switch v.Name {
			case "foreign_key_checks", "foreign_keys":
				s.ForeignKeysOff = v.Off()
			case "legacy_alter_table":
				s.Legacy = !v.Off()
			}
		}
	}
}

func (s *Schema) change(table string, c *Change) {
	t := s.edit(table)
	at := slices.IndexFunc(t.Columns, func(o *Column) bool { return same(o.Name, c.Name) })
	update := func(edit func(*Column)) {
		if at >= 0 {
			col := *t.Columns[at]
			edit(&col)
			t.Columns[at] = &col
		}
	}
	switch c.Verb {
	case AddColumn:
		if at >= 0 {
			return
		}
		col := *c.Column
		col.Since = s.Now
		t.Columns = append(t.Columns, &col)
		t.keysOf(&col)
		if c.Key != nil {
			t.Keys = append(t.Keys, c.Key)
		}
	case DropColumn:
		if at >= 0 {
			t.Columns = slices.Delete(t.Columns, at, at+1)
		}
		t.Keys = slices.DeleteFunc(t.Keys, func(k *Key) bool { return k.Uses(c.Name) && len(k.Columns) == 1 })
	case Modify:
		if at >= 0 {
			col := *c.Column
			col.Since = t.Columns[at].Since
			col.Primary, col.Unique = col.Primary || t.Columns[at].Primary, col.Unique || t.Columns[at].Unique
			t.Columns[at] = &col
			t.renameIn(c.Name, c.To)
		}
	case RenameColumn:
		update(func(col *Column) { col.Name = c.To })
		t.renameIn(c.Name, c.To)
	case SetDefault:
		update(func(col *Column) {
			col.Default, col.NullDefault, col.Computed = c.Column.Default, c.Column.NullDefault, c.Column.Computed
		})
	case DropDefault:
		update(func(col *Column) { col.Default, col.NullDefault, col.Computed = "", true, false })
	case SetNotNull:
		update(func(col *Column) { col.NotNull = true })
	case DropNotNull:
		update(func(col *Column) { col.NotNull = false })
	case AddKey:
		t.Keys = append(t.Keys, c.Key)
		if c.Key.Kind == Primary {
			t.settle()
		}
	case DropKey:
		t.Keys = slices.DeleteFunc(t.Keys, func(k *Key) bool {
			if c.Key.Kind == Primary {
				return k.Kind == Primary
			}
			return same(k.Name, c.Name)
		})
	case RenameKey:
		for i, k := range t.Keys {
			if same(k.Name, c.Name) {
				renamed := *k
				renamed.Name = c.To
				t.Keys[i] = &renamed
			}
		}
	case Convert:
		t.Charset = c.To
		for i, col := range t.Columns {
			if isText(col.Type.Name) {
				converted := *col
				converted.Charset = c.To
				t.Columns[i] = &converted
			}
		}
	case Option:
		switch c.Name {
		case "charset":
			t.Charset = c.To
		case "engine":
			t.Storage = c.To
		case "row_format":
			t.RowFormat = c.To
		}
	case RenameTable:
		s.rename(t, c.Name, c.To)
	}
}

func (t *Table) renameIn(old, to string) {
	if same(old, to) {
		return
	}
	for i, k := range t.Keys {
		if at := slices.IndexFunc(k.Columns, func(c string) bool { return same(c, old) }); at >= 0 {
			renamed := *k
			renamed.Columns = slices.Clone(k.Columns)
			renamed.Columns[at] = to
			t.Keys[i] = &renamed
		}
	}
}

func (s *Schema) rename(t *Table, old, to string) {
	if s.Table(old) == nil {
		return
	}
	delete(s.tables, strings.ToLower(old))
	t.Name = to
	s.put(t)
	if s.Legacy {
		return
	}
	for key, o := range s.objects {
		if o.Uses(old) {
			moved := *o
			moved.Tables = slices.Clone(o.Tables)
			for i, name := range moved.Tables {
				if same(name, old) {
					moved.Tables[i] = to
				}
			}
			if same(o.On, old) {
				moved.On = to
			}
			s.objects[key] = &moved
		}
	}
	// References of other tables follow the rename.
	for _, other := range s.Tables() {
		for i, k := range other.Keys {
			if k.Kind == Foreign && same(k.Table, old) {
				moved := *k
				moved.Table = to
				other = s.edit(other.Name)
				other.Keys[i] = &moved
			}
		}
	}
}
