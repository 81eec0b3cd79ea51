package planner

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/sql"
)

// prepare completes a level once all levels around it were read, for they decide which
// of its columns are needed.
func (p *Planner) prepare(l *Level) {
	l.spreadConstants()
	for _, rel := range l.Relations {
		rel.pushDown()
	}
	l.readOrders()
	l.readAggregates()
	l.findNeeded()
	for of := range l.children {
		p.prepare(of)
	}
	for _, rel := range l.Relations {
		p.measureDerived(rel)
	}
	l.specialJoins = slices.DeleteFunc(l.specialJoins, l.isInnerJoin)
}

// findNeeded finds the columns that the query needs of each relation.
func (l *Level) findNeeded() {
	for _, rel := range l.Relations {
		rel.Needed, rel.outputs = slices.Clone(rel.referenced), []string{}
		for _, name := range rel.JoinColumns {
			rel.Needed = addColumn(rel.Needed, name)
		}
	}
	q, sc := l.query, l.scope
	needed := func(list []sql.Column, output bool) {
		for _, c := range sc.bound(list) {
			m, _ := l.columnRef(c)
			rel := l.Relations[m.relation]
			rel.Needed = addColumn(rel.Needed, m.column)
			if output {
				rel.outputs = addColumn(rel.outputs, m.column)
			}
		}
	}
	needed(q.Columns, false)
	needed(q.Carried, true)
	defer func() {
		if q.Kind != sql.Select || l.locks {
			for _, rel := range l.Relations {
				rel.Needed = nil // also the row's place, which no index holds
			}
		}
	}()
	for _, n := range sc.names {
		switch {
		case !sc.star(n):
		case n.relation >= 0:
			l.Relations[n.relation].Needed, l.Relations[n.relation].outputs = nil, nil
		default:
			for _, r := range n.outputs {
				for _, m := range l.columns(r.side) {
					rel := l.Relations[m.relation]
					rel.Needed, rel.outputs = addColumn(rel.Needed, m.column), addColumn(rel.outputs, m.column)
				}
			}
		}
	}
}

// star reports whether the query needs all columns of an entry of FROM; UPDATE and
// DELETE need whole rows.
func (sc *scope) star(n rangeEntry) bool {
	return sc.l.query.Kind != sql.Select || slices.ContainsFunc(sc.l.query.Output, func(o sql.Output) bool {
		return o.Name == "*" && (o.Table == "" || o.Table == n.ref)
	})
}

func addColumn(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

// classFor is the class of a sort key, and its relation; -1 for an expression. Equal
// expressions share a class.
func (sc *scope) classFor(k sql.Key) (id, relation int) {
	l := sc.l
	if m, ok := sc.find(k.Column); ok {
		return l.classOf(m), m.relation
	}
	text := k.Expr.Raw() + " " + k.Column.Name
	if id, known := l.exprClasses[text]; known && k.Columns != nil {
		return id, -1
	}
	c := &eqClass{distance: sc.distanceFrom(k)}
	for _, col := range sc.bound(k.Columns) {
		m, _ := l.columnRef(col)
		c.exprColumns = append(c.exprColumns, m)
	}
	l.classes = append(l.classes, c)
	l.exprClasses[text] = len(l.classes) - 1
	return len(l.classes) - 1, -1
}

// isConstant reports whether a class has one value in all rows: it sorts nothing.
func (l *Level) isConstant(id int) bool {
	c := l.classes[id]
	return c.constant || len(c.members) > 0 && l.Relations[c.members[0].relation].isConstant(c.members[0].column)
}

// ordering reads sort keys as classes. Keys of one relation alone are what an index
// could give.
func (sc *scope) ordering(keys []sql.Key) []sortKey {
	l := sc.l
	var list []sortKey
	first := len(l.order) == 0
	for _, k := range keys {
		id, i := sc.classFor(k)
		if l.isConstant(id) {
			continue
		}
		list = addKey(list, sortKey{id, k.Desc, k.NullsFirst})
		if !first {
			continue
		}
		if m, ok := sc.find(k.Column); ok {
			k.Column.Name = m.column
		}
		l.order = append(l.order, k)
		switch {
		case len(l.order) == 1:
			l.orderRelation = i
		case i != l.orderRelation:
			l.orderRelation = -1
		}
	}
	return list
}

// readOrders reads ORDER BY, GROUP BY, DISTINCT and windows as classes.
func (l *Level) readOrders() {
	q, sc := l.query, l.scope
	l.exprClasses = map[string]int{}
	if len(l.arms) > 0 {
		for n := range q.Sort {
			l.classes = append(l.classes, &eqClass{})
			l.orderBy = append(l.orderBy, sortKey{len(l.classes) - 1, q.Sort[n].Desc, q.Sort[n].NullsFirst})
		}
		return
	}
	l.orderBy = sc.ordering(q.Sort)
	for _, w := range q.Windows {
		keys := sc.ordering(slices.Concat(w.Partition, w.Order))
		l.windows = append(l.windows, window{keys, float64(len(w.Partition) + len(w.Order)), float64(w.Calls)})
	}
	slices.SortStableFunc(l.windows, func(a, b window) int { return len(b.keys) - len(a.keys) })
	if len(l.windows) > 0 {
		l.windowOrder = l.windows[0].keys
	}
	if len(q.DistinctOn) > 0 {
		l.distinctOn = sc.ordering(q.DistinctOn)
		l.windowOrder = l.distinctOn
		if len(l.orderBy) >= len(l.distinctOn) {
			l.windowOrder = l.orderBy
		}
	}
	keys := sc.withoutDependent(q.Group)
	if len(keys) == 0 && q.Distinct && len(q.DistinctOn) == 0 && q.Aggregates == 0 {
		l.distinct = true
		keys = sc.distinctKeys(q)
	}
	var groups []sortKey
	for _, k := range keys {
		if id, _ := sc.classFor(k); !l.isConstant(id) {
			groups = addKey(groups, sortKey{class: id})
		}
	}
	l.groupColumns = len(keys)
	l.groupBy = groupKeys(groups, l.orderBy)
}

// withoutDependent are the keys of GROUP BY without the columns of a relation whose whole
// primary key is among them (remove_useless_groupby_columns).
func (sc *scope) withoutDependent(keys []sql.Key) []sql.Key {
	named := map[columnRef]bool{}
	for _, k := range keys {
		if m, ok := sc.find(k.Column); ok {
			named[m] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k sql.Key) bool {
		m, ok := sc.find(k.Column)
		if !ok {
			return false
		}
		primary := primaryKey(sc.l.Relations[m.relation])
		return len(primary) > 0 && !slices.Contains(primary, m.column) &&
			!slices.ContainsFunc(primary, func(name string) bool { return !named[columnRef{m.relation, name}] })
	})
}

// primaryKey is the columns of a table's primary key; nil if it has none.
func primaryKey(rel *Relation) []string {
	if rel.Scan == "" {
		for _, c := range rel.Table.Constraints {
			if c.Type == "p" {
				return c.Columns
			}
		}
	}
	return nil
}

// distinctKeys are the output columns that DISTINCT makes unique.
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

// minMax are min and max as searches for the first row of an order, which an index may
// answer (preprocess_minmax_aggregates).
func (r *reader) minMax(sc *scope, q *sql.Query) []*Level {
	if len(q.MinMax) == 0 || len(q.Group)+len(q.Having) > 0 || len(sc.l.Relations) != 1 || sc.l.Relations[0].subquery != nil {
		return nil
	}
	var list []*Level
	for _, e := range q.MinMax {
		one := *q
		one.MinMax, one.Aggregates, one.Aggregated, one.Output, one.Subs, one.With = nil, 0, nil, nil, nil, nil
		one.Where = append(slices.Clone(q.Where), sql.Cond{Op: sql.NotNull, Left: e.Column})
		one.Sort = []sql.Key{{Column: e.Column, Desc: e.Max, NullsFirst: e.Max}}
		one.Limit, one.LimitTo = true, 1
		l := r.read(&one, sc.around)
		if l == nil {
			return nil
		}
		l.ordered = true
		list = append(list, l)
	}
	return list
}
