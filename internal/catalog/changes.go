package catalog

// entry is a change in the journal.
type entry struct {
	undo func()
	key  any // OID of a relation, Name of a type or function, Other; nil for an index of them
	kind string
	old  any // what was there; nil if nothing was
}

// note adds a change to the journal.
func (c *Catalog) note(key, old any, was bool, undo func()) {
	e := entry{undo: undo}
	switch old.(type) {
	case *Relation:
		e.key, e.kind = key, "relation"
	case *Type:
		e.key, e.kind = key, "type"
	case *Function:
		e.key, e.kind = key, "function"
	case Definition:
		e.key, e.kind = key, "other"
	}
	if was {
		e.old = old
	}
	c.journal = append(c.journal, e)
}

// Change is an object as it was and as it is: a *Relation, *Type, *Function, or the
// Definition of an Other. One of both can be nil.
type Change struct {
	Key      any // OID, Name or Other
	Old, New any
}

// Changes returns the objects that were changed since a point, each once, in the
// order of their first changes. They can be equal again.
func (c *Catalog) Changes(since Mark) []Change {
	type id struct {
		kind string
		key  any
	}
	var list []Change
	seen := map[id]bool{}
	for _, e := range c.journal[min(int(since), len(c.journal)):] {
		if e.kind == "" || seen[id{e.kind, e.key}] {
			continue
		}
		seen[id{e.kind, e.key}] = true
		change := Change{Key: e.key, Old: e.old}
		switch k := e.key.(type) {
		case OID:
			if r := c.relations[k]; r != nil {
				change.New = r
			}
		case Other:
			if d, ok := c.others[k]; ok {
				change.New = d
			}
		case Name:
			if t := c.types[k]; t != nil && e.kind == "type" {
				change.New = t
			}
			if f := c.functions[k]; f != nil && e.kind == "function" {
				change.New = f
			}
		}
		list = append(list, change)
	}
	return list
}
