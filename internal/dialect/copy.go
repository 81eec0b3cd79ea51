package dialect

import "slices"

// TableCopy is how SQLite gets a change that its ALTER TABLE does not know: a new
// table is made, filled and put into the place of the old one.
type TableCopy struct {
	Table        string // its name before and after
	Was, New     *Table // Was is nil if it is not known
	Create       *Effect
	Insert       *Effect // nil: no rows are copied
	Drop         *Effect
	Rename       *Effect // nil: the new table is created under the name after the old one was dropped
	RenamedFirst bool    // the old table was renamed away before the new one was made
}

// Copies finds the tables that statements of a file copy.
func Copies(list []*Effect) []*TableCopy {
	var found []*TableCopy
	for i, e := range list {
		if e.Kind != DropTable || e.Temp {
			continue
		}
		c := &TableCopy{Drop: e}
		switch {
		case c.renamedAway(list[:i]), c.renamedInto(list, i), c.createdAgain(list, i):
		default:
			continue
		}
		c.insert(list)
		found = append(found, c)
	}
	return found
}

// renamedInto is: create n, fill it, drop t, rename n to t.
func (c *TableCopy) renamedInto(list []*Effect, at int) bool {
	for _, e := range list[at+1:] {
		if r := renames(e); r == nil || !same(r.To, c.Drop.Table) {
			continue
		}
		create := created(list[:at], e.Table)
		if create == nil {
			return false
		}
		c.Table, c.Was, c.New, c.Create, c.Rename = c.Drop.Table, c.Drop.Was, create.New, create, e
		return true
	}
	return false
}

// renamedAway is: rename t to o, create t, fill it, drop o.
func (c *TableCopy) renamedAway(before []*Effect) bool {
	for i, e := range before {
		if r := renames(e); r == nil || !same(r.To, c.Drop.Table) {
			continue
		}
		if create := created(before[i:], e.Table); create != nil {
			c.Table, c.Was, c.New, c.Create, c.Rename, c.RenamedFirst = e.Table, e.Was, create.New, create, e, true
			return true
		}
	}
	return false
}

// createdAgain is: copy t aside, drop t, create t, fill it.
func (c *TableCopy) createdAgain(list []*Effect, at int) bool {
	if create := created(list[at+1:], c.Drop.Table); create != nil {
		c.Table, c.Was, c.New, c.Create = c.Drop.Table, c.Drop.Was, create.New, create
		return true
	}
	return false
}

func (c *TableCopy) insert(list []*Effect) {
	for _, e := range list {
		if e.Kind == Insert && same(e.Table, c.Create.Table) && len(e.Tables) > 0 {
			c.Insert = e
		}
	}
}

func renames(e *Effect) *Change {
	if e.Kind == AlterTable && len(e.Changes) == 1 && e.Changes[0].Verb == RenameTable {
		return e.Changes[0]
	}
	return nil
}

func created(list []*Effect, name string) *Effect {
	for _, e := range list {
		if e.Kind == CreateTable && same(e.Table, name) {
			return e
		}
	}
	return nil
}

// Has reports whether a statement is a step of the copy.
func (c *TableCopy) Has(e *Effect) bool {
	return e == c.Create || e == c.Insert || e == c.Drop || e == c.Rename
}

// Forgotten names what the old table had and the file does not make again: indexes,
// triggers and views, as "index orders_at". The list is of all statements of the file.
func (c *TableCopy) Forgotten(list []*Effect) []string {
	var names []string
	behind := list[slices.Index(list, c.Create):]
	if c.Was != nil {
		for _, k := range c.Was.Keys {
			if k.Own && !c.lost(k) && !c.serves(k) && !slices.ContainsFunc(behind, func(e *Effect) bool { return c.rebuilds(e, k) }) {
				names = append(names, "index "+k.Name)
			}
		}
	}
	again := func(kind Kind, name string) bool {
		return slices.ContainsFunc(behind, func(e *Effect) bool { return e.Kind == kind && same(e.Name, name) })
	}
	for _, o := range c.objects() {
		if o.Kind == "trigger" && same(o.On, c.Drop.Table) && !again(CreateTrigger, o.Name) {
			names = append(names, "trigger "+o.Name)
		}
	}
	for _, e := range list {
		if e.Kind == DropView && len(e.Objects) > 0 && e.Objects[0].Uses(c.Table) && !again(CreateView, e.Name) {
			names = append(names, "view "+e.Name)
		}
	}
	return names
}

func (c *TableCopy) objects() []*Object { return c.Drop.Objects }

// lost reports whether a column of an index is not in the new table.
func (c *TableCopy) lost(k *Key) bool {
	return slices.ContainsFunc(k.Columns, func(name string) bool { return c.New.Column(name) == nil })
}

// serves reports whether a constraint of the new table has an index that serves that
// of the old one.
func (c *TableCopy) serves(k *Key) bool {
	return k.Kind == Plain && k.Text == "" && slices.ContainsFunc(c.New.Keys, func(o *Key) bool {
		return (o.Kind == Primary || o.Kind == Unique) && len(o.Columns) >= len(k.Columns) && slices.EqualFunc(o.Columns[:len(k.Columns)], k.Columns, same)
	})
}

func (c *TableCopy) rebuilds(e *Effect, k *Key) bool {
	if e.Kind != CreateIndex || !same(e.Table, c.Table) && !same(e.Table, c.Create.Table) {
		return false
	}
	return same(e.Name, k.Name) || slices.EqualFunc(e.Key.Columns, k.Columns, same) && len(k.Columns) > 0
}

// NotCopied returns the columns that both tables have and that INSERT ... SELECT does
// not fill.
func (c *TableCopy) NotCopied() []string {
	if c.Insert == nil || len(c.Insert.Columns) == 0 || c.New.Partial {
		return nil
	}
	var names []string
	for _, col := range c.New.Columns {
		if c.Was.Column(col.Name) == nil || col.Generated != "" {
			continue
		}
		if !slices.ContainsFunc(c.Insert.Columns, func(n string) bool { return same(n, col.Name) }) {
			names = append(names, col.Name)
		}
	}
	return names
}

// Dropped returns the columns that only the old table has.
func (c *TableCopy) Dropped() []string {
	var names []string
	if c.Was == nil || c.New.Partial {
		return nil
	}
	for _, col := range c.Was.Columns {
		if c.New.Column(col.Name) == nil {
			names = append(names, col.Name)
		}
	}
	return names
}

// Misplaced says what goes wrong with INSERT ... SELECT * without a list of columns,
// as a phrase; empty if nothing does that is known.
func (c *TableCopy) Misplaced() string {
	if c.Insert == nil || c.Was == nil || c.Was.Partial || c.New.Partial || len(c.Insert.Columns) > 0 || len(c.Insert.Values) != 1 || !c.Insert.Values[0].Star {
		return ""
	}
	if len(c.Was.Columns) != len(c.New.Columns) {
		return "the tables have not as many columns as each other, and the statement fails"
	}
	for i, col := range c.New.Columns {
		if was := c.Was.Columns[i]; !same(was.Name, col.Name) && c.New.Column(was.Name) != nil {
			return "the values of " + was.Name + " go into " + col.Name + ", for the columns are in another order"
		}
	}
	return ""
}

// Unfilled returns columns of the new table that take no NULL and may get one, and
// whether that is certain: nothing fills them.
func (c *TableCopy) Unfilled() (names []string, certain bool) {
	if c.Insert == nil || c.New.Partial {
		return nil, false
	}
	for i, col := range c.New.Columns {
		if !col.NotNull || col.Generated != "" || col.Primary {
			continue
		}
		at := i
		if len(c.Insert.Columns) > 0 {
			at = slices.IndexFunc(c.Insert.Columns, func(n string) bool { return same(n, col.Name) })
		}
		switch {
		case at < 0:
			if col.NullDefault {
				names, certain = append(names, col.Name), true
			}
		case at < len(c.Insert.Values) && c.Insert.Values[at].Null:
			names, certain = append(names, col.Name), true
		case at < len(c.Insert.Values) && c.Insert.Values[at].Column != "":
			if was := c.Was.Column(c.Insert.Values[at].Column); was != nil && !was.NotNull && !was.Primary {
				names = append(names, col.Name)
			}
		case len(c.Insert.Values) == 1 && c.Insert.Values[0].Star:
			if was := c.Was.Column(col.Name); was != nil && !was.NotNull && !was.Primary {
				names = append(names, col.Name)
			}
		}
	}
	return names, certain
}
