package planner

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// columnRef is a column of one of a level's relations (Var).
type columnRef struct {
	relation int
	column   string
}

// eqClass is a set of columns that are equal in every row of the result
// (EquivalenceClass); also a single column that an order names.
type eqClass struct {
	members     []columnRef
	constant    bool        // its value is known
	exprColumns []columnRef // of an expression: its columns

	distance *columnRef // the column, if it is the distance from a value
}

// joinClause is an equality of columns of two relations.
type joinClause struct {
	left, right columnRef
	classes     [2]int    // the class of each side, for sort keys
	constant    bool      // both sides have one known value: every pair passes
	share       float64   // of all pairs that are equal
	merge       readRange // what a merge by it reads of both sides
}

// specialJoin is a semi, anti or outer join: its right side stays together until it is
// joined (SpecialJoinInfo).
type specialJoin struct {
	kind        sql.JoinKind
	left, right relationSet // the least that has to be on either side
	whole       relationSet // all of the right side
	strict      bool        // its condition is false if the left side is NULL
	values      []columnRef // columns of the right side that the left is compared with
	lateShare   float64     // share of conditions of WHERE that are checked after the join
	unique      bool        // a semi join by equalities: its right side may be made unique first, and then joined to anything
}

// joinQual is a condition on several relations that is no join clause.
type joinQual struct {
	tables relationSet
	qual
	lookups []lookup
}

// lookup is a join qual as a condition on one relation, whose index is searched by values of
// the others.
type lookup struct {
	relation int
	cond     sql.Cond
}

// lookupsOf are the relations of a condition whose index could be searched by it: those with
// a bare column on one side and none of their columns on the other. of are the relations
// that its sub-selects need.
func (l *Level) lookupsOf(c sql.Cond, of relationSet) (list []lookup) {
	if c.Op != sql.Eq && c.Op != sql.Range || c.Relabel != "" || slices.ContainsFunc(c.Subs, func(s sql.Sub) bool { return s.Kind != sql.Scalar }) {
		return nil
	}
	add := func(c sql.Cond) {
		m, ok := l.columnRef(c.Left)
		other := c
		other.Left = sql.Column{}
		if from := l.relationsOf(other) | of; ok && from != 0 && !from.has(m.relation) {
			list = append(list, lookup{m.relation, sql.Cond{Op: c.Op, Operator: c.Operator, Left: sql.Column{Name: m.column}, Value: sql.Runtime, Joined: true}})
		}
	}
	add(c)
	if turned, ok := c.Commuted(); ok {
		add(turned)
	}
	return list
}

// mergeClasses puts two columns into one class.
func (l *Level) mergeClasses(a, b columnRef) {
	i, j := l.classOf(a), l.classOf(b)
	if i == j {
		return
	}
	i, j = min(i, j), max(i, j)
	for _, m := range l.classes[j].members {
		l.classIDs[m] = i
	}
	l.classes[i].members = append(l.classes[i].members, l.classes[j].members...)
	l.classes[j].members = nil
}

// classOf is a column's class; a new one if there is none yet.
func (l *Level) classOf(m columnRef) int {
	if id, ok := l.classIDs[m]; ok {
		return id
	}
	l.classes = append(l.classes, &eqClass{members: []columnRef{m}})
	l.classIDs[m] = len(l.classes) - 1
	return len(l.classes) - 1
}

// spreadConstants applies constants to classes: if one column of a class has a known
// value, all have it.
func (l *Level) spreadConstants() {
	for _, c := range l.classes {
		for _, m := range c.members {
			if value, ok := l.Relations[m.relation].constant(m.column); ok {
				c.constant = true
				for _, other := range c.members {
					l.Relations[other.relation].addConstant(other.column, value)
				}
				break
			}
		}
	}
	// Across an outer join from its left side only: the right one's rows may
	// be missing (reconsider_outer_join_clauses).
	for i, t := range l.outerClauses {
		if value, ok := l.Relations[t.left.relation].constant(t.left.column); ok {
			l.Relations[t.right.relation].addConstant(t.right.column, value)
			l.outerClauses[i].constant = true
		}
	}
}

// addConstant adds the condition that a column has a known value.
func (rel *Relation) addConstant(column string, as sql.Cond) {
	if !rel.isConstant(column) {
		as.Left = sql.Column{Name: column}
		rel.Conds = append(rel.Conds, as)
	}
}

// in is the first column of a class that is of one of some relations.
func (c *eqClass) in(set relationSet) (columnRef, bool) {
	for _, m := range c.members {
		if set.has(m.relation) {
			return m, true
		}
	}
	return columnRef{}, false
}

// clausesBetween are the join clauses between two sets of relations: one of each class,
// and those of an outer join. They are cached, and not to be changed.
func (l *Level) clausesBetween(a, b relationSet) []joinClause {
	sides := [2]relationSet{a, b}
	list, known := l.joinClauses[sides]
	if !known {
		list = l.findClauses(a, b)
		for i := range list {
			list[i].share, list[i].merge = l.equalShare(list[i]), l.mergeRangeOf(list[i])
		}
		l.joinClauses[sides] = list
	}
	return list
}

func (l *Level) findClauses(a, b relationSet) []joinClause {
	var list []joinClause
	for id, c := range l.classes {
		if c.constant || len(c.members) < 2 {
			continue
		}
		if x, ok := c.in(a); ok {
			if y, ok := c.in(b); ok {
				list = append(list, joinClause{left: x, right: y, classes: [2]int{id, id}})
			}
		}
	}
	for _, t := range l.outerClauses {
		switch {
		case t.constant && l.server.Has(pgversion.ConstantOuterClauses):
			// the planner takes the condition for true
		case a.has(t.left.relation) && b.has(t.right.relation):
			list = append(list, t)
		case b.has(t.left.relation) && a.has(t.right.relation):
			t.left, t.right, t.classes = t.right, t.left, [2]int{t.classes[1], t.classes[0]}
			list = append(list, t)
		}
	}
	return list
}

// given is a relation and others that give it values.
type given struct {
	relation int
	by       relationSet
}

// paramConds are the conditions on a relation, and behind them those that values of other
// relations make.
func (l *Level) paramConds(i int, outer relationSet) []sql.Cond {
	list, known := l.paramConditions[given{i, outer}]
	if known {
		return list
	}
	list = slices.Clip(l.Relations[i].Conds)
	add := func(m, from columnRef) {
		list = append(list, sql.Cond{Op: sql.Eq, Operator: "=", Value: sql.Runtime,
			Left: sql.Column{Name: m.column}, Other: sql.Column{Table: l.Relations[from.relation].Table.Name, Name: from.column}})
	}
	for _, c := range l.classes {
		if c.constant || len(c.members) < 2 {
			continue
		}
		if m, ok := c.in(1 << i); ok {
			if from, ok := c.in(outer &^ (1 << i)); ok {
				add(m, from)
			}
		}
	}
	for _, t := range l.outerClauses {
		if t.right.relation == i && outer.has(t.left.relation) && !t.constant {
			add(t.right, t.left)
		}
	}
	for _, u := range l.lookups(i, outer) {
		list = append(list, u.cond)
	}
	l.paramConditions[given{i, outer}] = list
	return list
}

// lookups yields the join quals that values of other relations make a condition on one, by
// their positions.
func (l *Level) lookups(i int, outer relationSet) func(yield func(int, lookup) bool) {
	return func(yield func(int, lookup) bool) {
		for n, f := range l.joinQuals {
			for _, u := range f.lookups {
				if u.relation == i && (f.tables &^ (1 << i)).within(outer) && !yield(n, u) {
					return
				}
			}
		}
	}
}

// LookupColumns are the columns of a relation that are compared with values of others, but
// by no join clause: in a range, or with what a sub-select gives.
func (l *Level) LookupColumns(i int) (columns []string) {
	for _, u := range l.lookups(i, relationsFrom(0, len(l.Relations))) {
		columns = addColumn(columns, u.cond.Left.Name)
	}
	return columns
}

// paramSources are the sets of relations whose values an index could be searched by.
func (l *Level) paramSources(i int, def workload.IndexDef) []relationSet {
	var each [][]relationSet // of each key
	for _, k := range def.Keys {
		var from []relationSet
		for _, c := range l.classes {
			if c.constant || !slices.Contains(c.members, columnRef{i, k.Column}) {
				continue
			}
			for _, m := range c.members {
				if m.relation != i {
					from = append(from, 1<<m.relation)
				}
			}
		}
		for _, t := range l.outerClauses {
			if t.right == (columnRef{i, k.Column}) {
				from = append(from, 1<<t.left.relation)
			}
		}
		for n, u := range l.lookups(i, relationsFrom(0, len(l.Relations))) {
			if u.cond.Left.Name == k.Column {
				from = append(from, l.joinQuals[n].tables&^(1<<i))
			}
		}
		if from != nil {
			each = append(each, from)
		}
	}
	var list []relationSet
	for n, from := range each {
		for _, set := range from {
			for _, old := range list {
				if n > 0 && len(list) < maxParamSources && !slices.Contains(list, old|set) {
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

// maxParamSources bounds the sets of relations that an index is tried with.
const maxParamSources = 12

// indexOrder is the order in which an index returns rows, as far as it is useful; of a
// backward scan if backwards.
func (l *Level) indexOrder(i int, def workload.IndexDef, backwards bool) []sortKey {
	var keys []sortKey
	switch {
	case def.Method == "gist" && len(l.orderBy) > 0 && !backwards:
		if m := l.classes[l.orderBy[0].class].distance; m != nil && *m == (columnRef{i, def.Keys[0].Column}) {
			return l.orderBy[:1]
		}
		return nil
	case def.Method != "btree":
		return nil
	}
	for _, k := range def.Keys {
		m := columnRef{i, k.Column}
		id, known := l.classIDs[m]
		if k.Column != "" && (l.Relations[i].isConstant(k.Column) || known && l.classes[id].constant) {
			continue // one value: it orders nothing
		}
		if !known || k.Column == "" {
			break
		}
		if !slices.ContainsFunc(keys, func(o sortKey) bool { return o.class == id }) {
			keys = append(keys, sortKey{id, k.Desc != backwards, k.NullsFirst != backwards})
		}
	}
	return l.usefulKeys(1<<i, keys)
}

// usefulKeys is the part of an order that is useful above some relations: for a merge
// join, groups, or the order of the result (truncate_useless_pathkeys).
func (l *Level) usefulKeys(set relationSet, keys []sortKey) []sortKey {
	for n, k := range keys {
		above := slices.ContainsFunc(l.classes[k.class].members, func(m columnRef) bool { return !set.has(m.relation) }) ||
			slices.ContainsFunc(l.outerClauses, func(t joinClause) bool {
				return t.classes[0] == k.class && !set.has(t.right.relation) || t.classes[1] == k.class && !set.has(t.left.relation)
			})
		if !above && commonKeys(keys, l.orderBy) <= n && commonKeys(keys, l.groupBy) <= n && commonKeys(keys, l.windowOrder) <= n {
			return keys[:n]
		}
	}
	return keys
}
