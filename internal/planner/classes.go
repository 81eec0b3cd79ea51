package planner

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// member is a column of one of a level's tables.
type member struct {
	use    int
	column string
}

// class is a set of columns that hold one value in every row of the result
// (equivclass.c); also a column that only an order names.
type class struct {
	members []member
	fixed   bool     // one known value
	from    []member // of an expression: the columns in it

	distance *member // the column whose distance from a value it is; nil: none's
}

// tie is an equality of columns of two tables, or of sets of them.
type tie struct {
	left, right member
	keys        [2]int // the class that orders each side
	settled     bool   // both have one known value: all pairs pass
}

// special is a join that is no inner one: its right side stays together
// until it is joined (SpecialJoinInfo).
type special struct {
	kind        sql.JoinKind
	left, right tables   // the least that has to be on either side
	whole       tables   // all of the right side
	strict      bool     // its condition fails on NULLs of the left side
	values      []member // of the right side, which the left is compared with
	late        float64  // share of the conditions of WHERE that rows without a partner may pass
	unique      bool     // only compared: its right side may be made distinct, and joined with anything
}

// filter is a condition on several tables that ties none of them.
type filter struct {
	tables tables
	asked
}

// equate puts two columns into one class.
func (l *Level) equate(a, b member) {
	i, j := l.classOf(a), l.classOf(b)
	if i == j {
		return
	}
	i, j = min(i, j), max(i, j)
	for _, m := range l.classes[j].members {
		l.class[m] = i
	}
	l.classes[i].members = append(l.classes[i].members, l.classes[j].members...)
	l.classes[j].members = nil
}

// classOf is a column's class; one of its own if there is none yet.
func (l *Level) classOf(m member) int {
	if id, ok := l.class[m]; ok {
		return id
	}
	l.classes = append(l.classes, &class{members: []member{m}})
	l.class[m] = len(l.classes) - 1
	return len(l.classes) - 1
}

// settle carries constants over: where one column of a class has a known
// value, all have it.
func (l *Level) settle() {
	for _, c := range l.classes {
		for _, m := range c.members {
			if value, ok := l.Relations[m.use].value(m.column); ok {
				c.fixed = true
				for _, other := range c.members {
					l.Relations[other.use].fix(other.column, value)
				}
				break
			}
		}
	}
	// Across an outer join from its left side only: the right one's rows may
	// be missing (reconsider_outer_join_clauses).
	for i, t := range l.outer {
		if value, ok := l.Relations[t.left.use].value(t.left.column); ok {
			l.Relations[t.right.use].fix(t.right.column, value)
			l.outer[i].settled = true
		}
	}
}

// fix gives a column the value that a condition says.
func (u *Relation) fix(column string, as sql.Cond) {
	if !u.holds(column) {
		as.Left = sql.Column{Name: column}
		u.Conds = append(u.Conds, as)
	}
}

// in is the first column of a class that a set of tables has.
func (c *class) in(set tables) (member, bool) {
	for _, m := range c.members {
		if set.has(m.use) {
			return m, true
		}
	}
	return member{}, false
}

// between are the equalities that tie two sets: one of each class, and the
// conditions of the outer join that they make.
func (l *Level) between(a, b tables) []tie {
	var list []tie
	for id, c := range l.classes {
		if c.fixed || len(c.members) < 2 {
			continue
		}
		if x, ok := c.in(a); ok {
			if y, ok := c.in(b); ok {
				list = append(list, tie{left: x, right: y, keys: [2]int{id, id}})
			}
		}
	}
	for _, t := range l.outer {
		switch {
		case t.settled && l.version >= 16:
			// 16 and later: the condition is taken for true
		case a.has(t.left.use) && b.has(t.right.use):
			list = append(list, t)
		case b.has(t.left.use) && a.has(t.right.use):
			t.left, t.right, t.keys = t.right, t.left, [2]int{t.keys[1], t.keys[0]}
			list = append(list, t)
		}
	}
	return list
}

// given are the conditions on a table that values of other tables make, and
// the columns that they are on.
func (l *Level) given(i int, outer tables) []sql.Cond {
	var list []sql.Cond
	add := func(m, from member) {
		list = append(list, sql.Cond{Op: sql.Eq, Operator: "=", Value: sql.Runtime,
			Left: sql.Column{Name: m.column}, Other: sql.Column{Table: l.Relations[from.use].Table.Name, Name: from.column}})
	}
	for _, c := range l.classes {
		if c.fixed || len(c.members) < 2 {
			continue
		}
		if m, ok := c.in(1 << i); ok {
			if from, ok := c.in(outer &^ (1 << i)); ok {
				add(m, from)
			}
		}
	}
	for _, t := range l.outer {
		if t.right.use == i && outer.has(t.left.use) && !t.settled {
			add(t.right, t.left)
		}
	}
	return list
}

// givers are the sets of tables whose values an index could look rows up by.
func (l *Level) givers(i int, def workload.IndexDef) []tables {
	var each [][]tables // of each tie
	for _, k := range def.Keys {
		var from []tables
		for _, c := range l.classes {
			if c.fixed || !slices.Contains(c.members, member{i, k.Column}) {
				continue
			}
			for _, m := range c.members {
				if m.use != i {
					from = append(from, 1<<m.use)
				}
			}
		}
		for _, t := range l.outer {
			if t.right == (member{i, k.Column}) {
				from = append(from, 1<<t.left.use)
			}
		}
		if from != nil {
			each = append(each, from)
		}
	}
	var list []tables
	for n, from := range each {
		for _, set := range from {
			for _, old := range list {
				if n > 0 && len(list) < mostGivers && !slices.Contains(list, old|set) {
					list = append(list, old|set)
				}
			}
			if !slices.Contains(list, set) {
				list = append(list, set)
			}
		}
	}
	return list
}

// mostGivers bounds the sets of tables that an index is tried with.
const mostGivers = 12

// orderOf is the order in which an index gives a table's rows, as far as
// something asks for it; backwards turned round.
func (l *Level) orderOf(i int, def workload.IndexDef, backwards bool) []sortKey {
	var keys []sortKey
	switch {
	case def.Method == "gist" && len(l.wanted) > 0 && !backwards:
		if m := l.classes[l.wanted[0].class].distance; m != nil && *m == (member{i, def.Keys[0].Column}) {
			return l.wanted[:1]
		}
		return nil
	case def.Method != "btree":
		return nil
	}
	for _, k := range def.Keys {
		m := member{i, k.Column}
		id, known := l.class[m]
		if k.Column != "" && (l.Relations[i].holds(k.Column) || known && l.classes[id].fixed) {
			continue // one value: it orders nothing
		}
		if !known || k.Column == "" {
			break
		}
		if !slices.ContainsFunc(keys, func(o sortKey) bool { return o.class == id }) {
			keys = append(keys, sortKey{id, k.Desc != backwards, k.NullsFirst != backwards})
		}
	}
	return l.useful(1<<i, keys)
}

// useful is the part of an order that something above some tables has a use
// for: a merge with other tables, groups, or the order that is asked for.
func (l *Level) useful(set tables, keys []sortKey) []sortKey {
	for n, k := range keys {
		above := slices.ContainsFunc(l.classes[k.class].members, func(m member) bool { return !set.has(m.use) }) ||
			slices.ContainsFunc(l.outer, func(t tie) bool {
				return t.keys[0] == k.class && !set.has(t.right.use) || t.keys[1] == k.class && !set.has(t.left.use)
			})
		if !above && common(keys, l.wanted) <= n && common(keys, l.grouped) <= n && common(keys, l.sorted) <= n {
			return keys[:n]
		}
	}
	return keys
}
