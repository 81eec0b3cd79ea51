package planner

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/sql"
)

// ready finishes a level that has been read: what a level above says of its
// columns is known by then.
func (p *Planner) ready(l *Level) {
	l.settle()
	for _, u := range l.Relations {
		u.push()
	}
	l.arrange()
	l.need()
	for of := range l.children {
		p.ready(of)
	}
	for _, u := range l.Relations {
		p.measure(u)
	}
	l.specials = slices.DeleteFunc(l.specials, l.plain)
}

// need finds which columns are asked of each table.
func (l *Level) need() {
	for _, u := range l.Relations {
		u.Needed, u.outputs = slices.Clone(u.asks), []string{}
		for _, name := range u.JoinColumns {
			u.Needed = addName(u.Needed, name)
		}
	}
	q, sc := l.q, l.sc
	asked := func(list []sql.Column, output bool) {
		for _, c := range sc.bound(list) {
			m, _ := l.member(c)
			u := l.Relations[m.use]
			u.Needed = addName(u.Needed, m.column)
			if output {
				u.outputs = addName(u.outputs, m.column)
			}
		}
	}
	asked(q.Columns, false)
	asked(q.Carried, true)
	defer func() {
		if q.Kind != sql.Select || l.locks {
			for _, u := range l.Relations {
				u.Needed = nil // also the row's place, which no index holds
			}
		}
	}()
	for _, n := range sc.names {
		switch {
		case !sc.star(n):
		case n.use >= 0:
			l.Relations[n.use].Needed, l.Relations[n.use].outputs = nil, nil
		default:
			for _, r := range n.outputs {
				for _, m := range l.columns(r.side) {
					u := l.Relations[m.use]
					u.Needed, u.outputs = addName(u.Needed, m.column), addName(u.outputs, m.column)
				}
			}
		}
	}
}

// star reports whether all columns of a relation are asked for; a statement
// that writes takes the rows whole.
func (sc *scope) star(n named) bool {
	return sc.l.q.Kind != sql.Select || slices.ContainsFunc(sc.l.q.Output, func(o sql.Output) bool {
		return o.Name == "*" && (o.Table == "" || o.Table == n.ref)
	})
}

func addName(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

// classFor is the class that a key orders by, and the table that it is of; -1
// for an expression, of which equal ones share a class.
func (sc *scope) classFor(k sql.Key) (id, use int) {
	l := sc.l
	if m, ok := sc.find(k.Column); ok {
		return l.classOf(m), m.use
	}
	text := k.Expr.Raw() + " " + k.Column.Name
	if id, known := l.texts[text]; known && k.Columns != nil {
		return id, -1
	}
	c := &class{distance: sc.distanceFrom(k)}
	for _, col := range sc.bound(k.Columns) {
		m, _ := l.member(col)
		c.from = append(c.from, m)
	}
	l.classes = append(l.classes, c)
	l.texts[text] = len(l.classes) - 1
	return len(l.classes) - 1, -1
}

// single reports whether a class has one value in all rows: it orders nothing.
func (l *Level) single(id int) bool {
	c := l.classes[id]
	return c.fixed || len(c.members) > 0 && l.Relations[c.members[0].use].holds(c.members[0].column)
}

// ordering reads keys as classes; those of one table alone tell what an index
// could give.
func (sc *scope) ordering(keys []sql.Key) []sortKey {
	l := sc.l
	var list []sortKey
	first := len(l.order) == 0
	for _, k := range keys {
		id, i := sc.classFor(k)
		if l.single(id) {
			continue
		}
		list = addKey(list, sortKey{id, k.Desc, k.NullsFirst})
		if !first {
			continue
		}
		if m, ok := sc.find(k.Column); ok {
			k.Column.Name = m.column
		}
		l.order = append(l.order, orderKey{k, i})
		switch {
		case len(l.order) == 1:
			l.ordered = i
		case i != l.ordered:
			l.ordered = -1
		}
	}
	return list
}

// arrange reads ORDER BY, GROUP BY, DISTINCT and windows as classes.
func (l *Level) arrange() {
	q, sc := l.q, l.sc
	l.texts = map[string]int{}
	if len(l.arms) > 0 {
		for n := range q.Sort {
			l.classes = append(l.classes, &class{})
			l.wanted = append(l.wanted, sortKey{len(l.classes) - 1, q.Sort[n].Desc, q.Sort[n].NullsFirst})
		}
		return
	}
	l.wanted = sc.ordering(q.Sort)
	for _, w := range q.Windows {
		keys := sc.ordering(slices.Concat(w.Partition, w.Order))
		l.windows = append(l.windows, window{keys, float64(len(w.Partition) + len(w.Order)), float64(w.Calls)})
	}
	slices.SortStableFunc(l.windows, func(a, b window) int { return len(b.keys) - len(a.keys) })
	if len(l.windows) > 0 {
		l.sorted = l.windows[0].keys
	}
	if len(q.Firsts) > 0 {
		l.firsts = sc.ordering(q.Firsts)
		l.sorted = l.firsts
		if len(l.wanted) >= len(l.firsts) {
			l.sorted = l.wanted
		}
	}
	keys := q.Group
	if len(keys) == 0 && q.Distinct && len(q.Firsts) == 0 && q.Sums == 0 {
		l.distinct = true
		keys = sc.distinctKeys(q)
	}
	var groups []sortKey
	for _, k := range keys {
		if id, _ := sc.classFor(k); !l.single(id) {
			groups = addKey(groups, sortKey{class: id})
		}
	}
	l.groups = len(keys)
	l.grouped = groupKeys(groups, l.wanted)
}

// distinctKeys are the outputs, of which DISTINCT gives no two rows the same.
func (sc *scope) distinctKeys(q *sql.Query) []sql.Key {
	var keys []sql.Key
	for _, o := range q.Output {
		switch {
		case o.Name == "*":
			for _, n := range sc.names {
				if o.Table != "" && o.Table != n.ref {
					continue
				}
				for _, r := range sc.all(n) {
					keys = append(keys, sql.Key{Column: sql.Column{Table: n.ref, Name: r.name}})
				}
			}
		case o.Name != "":
			keys = append(keys, sql.Key{Column: o.Column})
		default:
			keys = append(keys, sql.Key{Expr: o.Side.Expr, Columns: o.Side.ExprColumns})
		}
	}
	return keys
}

// ends are min and max as searches for the first row of an order, which an
// index may answer (preprocess_minmax_aggregates).
func (r *reader) ends(sc *scope, q *sql.Query) []*Level {
	if len(q.Ends) == 0 || len(q.Group)+len(q.Having) > 0 || len(sc.l.Relations) != 1 || sc.l.Relations[0].sub != nil {
		return nil
	}
	var list []*Level
	for _, e := range q.Ends {
		one := *q
		one.Ends, one.Sums, one.Output, one.Subs, one.With = nil, 0, nil, nil, nil
		one.Where = append(slices.Clone(q.Where), sql.Cond{Op: sql.NotNull, Left: e.Column})
		one.Sort = []sql.Key{{Column: e.Column, Desc: e.Max, NullsFirst: e.Max}}
		one.Limit, one.LimitTo = true, 1
		l := r.read(&one, sc.around)
		if l == nil {
			return nil
		}
		l.inOrder = true
		list = append(list, l)
	}
	return list
}
