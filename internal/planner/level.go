package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// Read reads a statement with all that it is made of; nil where a table or
// its size is not in the data.
func (p *Planner) Read(q *sql.Query, call Call) *Level {
	l := (&reader{planner: p, apart: map[*sql.CTE]*Level{}}).read(q, nil)
	if l == nil || len(l.Tables()) == 0 {
		return nil
	}
	if len(l.Relations) == 1 && l.Relations[0].Table.Kind == "p" {
		l.Relations[0].prune(call.Blocks)
	}
	writes := false
	for of := range l.All {
		writes = writes || of.locks || of.q.Kind != sql.Select
	}
	for of := range l.All {
		of.serial = writes || len(of.params) > 0
	}
	p.ready(l)
	if call.Rows > 0 && len(l.Relations) == 1 && l.Relations[0].sub == nil && !q.Limit && !q.Offset && !q.Distinct && q.Sums == 0 && len(q.Group) == 0 {
		l.Relations[0].listen(call.Rows)
	}
	if q.Limit && q.LimitTo == 0 {
		l.limit *= math.Max(call.Rows, 1)
	}
	return l
}

// reader reads the levels of one statement.
type reader struct {
	planner *Planner
	apart   map[*sql.CTE]*Level // of the CTEs that are planned on their own

	reading *sql.CTE // a recursive one, whose first arm is not read yet
}

// read reads a query that stands in some scope, with the levels below it; nil
// where one of its relations is not known.
func (r *reader) read(q *sql.Query, around *scope) *Level {
	l := &Level{
		q: q, ordered: -1, class: map[member]int{}, refs: map[string]int{}, shares: map[[2]member]float64{}, merged: map[[2]member]read{}, widths: map[tables]float64{},
		Aggregates: float64(q.Sums), locks: q.Locks, version: r.planner.Settings.Version,
	}
	sc := &scope{l: l, around: around}
	l.sc = sc
	for _, cte := range q.With {
		if inlined(cte) {
			continue
		}
		if r.reading = nil; cte.Recursive {
			r.reading = cte
		}
		of := r.read(cte.Part, around)
		if of == nil {
			return nil
		}
		r.apart[cte] = of
		l.apart = append(l.apart, of)
	}
	for _, arm := range q.Arms {
		of := r.read(arm, around)
		if of == nil {
			return nil
		}
		l.arms = append(l.arms, of)
		if r.reading != nil && r.reading.Part == q {
			r.apart[r.reading] = of // what the second arm reads
			r.reading, l.loops = nil, true
		}
	}
	switch {
	case q.Kind == sql.Other, q.Kind == sql.Insert && len(q.Arms) == 0:
		return nil
	case q.Kind == sql.Insert:
	case len(q.Arms) == 0:
		if !r.enter(sc, q) {
			return nil
		}
		for _, c := range r.outer(sc, q) {
			r.place(sc, c)
		}
		l.ends = r.ends(sc, q)
	}
	for _, s := range q.Subs {
		l.answers = append(l.answers, r.ask(sc, s)...)
	}
	for _, c := range q.Having {
		l.having(r, sc.bind(c))
	}
	if q.Limit {
		l.limit = math.Max(float64(q.LimitTo), 1)
		if q.Offset {
			l.limit *= 1 + skippedPages
		}
	}
	return l
}

// enter takes a query's relations into a scope's level; false if one is not
// known, or they are too many.
func (r *reader) enter(sc *scope, q *sql.Query) bool {
	l := sc.l
	sc.from = len(l.Relations)
	for _, item := range q.From {
		n := named{ref: item.Ref(), use: -1}
		from := len(l.Relations)
		ok := false
		switch {
		case item.Part != nil && r.pulled(item, l):
			ok = r.pull(sc, item, &n)
		case item.Part != nil || item.Func != "":
			ok = r.derive(sc, item)
			n.use = from
		default:
			ok = r.table(l, item.Table)
			n.use = from
		}
		if !ok || len(l.Relations) > maxJoined {
			return false
		}
		n.set = span(from, len(l.Relations))
		sc.names = append(sc.names, n)
		sc.till = len(l.Relations)
	}
	return true
}

// span are the uses from one on, up to another.
func span(from, till int) tables { return tables(1<<till-1) &^ tables(1<<from-1) }

// table takes a table of the catalogue into a level.
func (r *reader) table(l *Level, x sql.Table) bool {
	t := r.planner.snap.Table(x.Schema, x.Name)
	if t == nil {
		return false
	}
	h, known := r.planner.heapOf(t)
	known = known && !r.planner.snap.StatsHidden(t)
	if known {
		l.enter(&Relation{Table: t, alias: x.Alias, ref: x.Ref(), Heap: h, visited: 1, passing: 1, extended: r.planner.sizes.Extended(t)})
	}
	return known
}

// enter adds a use, under a name that no other has.
func (l *Level) enter(u *Relation) {
	for _, taken := l.refs[u.ref]; taken; _, taken = l.refs[u.ref] {
		u.ref += "'"
	}
	l.refs[u.ref] = len(l.Relations)
	l.Relations = append(l.Relations, u)
}

// place gives a bound condition to the table that it is on; an equality of two
// tables makes their columns one class.
func (r *reader) place(sc *scope, c sql.Cond) {
	l := sc.l
	if a, b, ok := l.tied(c); ok {
		l.compared(a, b)
		l.equate(a, b)
		return
	}
	set := l.on(c)
	if len(c.Subs) > 0 {
		subs, of := r.askAll(sc, c.Subs)
		if set |= of; len(subs) > 0 {
			l.check(set, asked{subs, askedShare(c), askedOperators(c)})
			return
		}
		c.Value = min(c.Value, sql.Stable) // asked once, before all else
	}
	for i, u := range l.Relations {
		switch {
		case set == 1<<i:
			u.Conds = append(u.Conds, c)
			for _, m := range l.columns(c) {
				u.ask(m.column)
			}
		case set.has(i):
			share := selectivity.DefaultRange
			if c.Op == sql.Ne {
				share = 1 - selectivity.DefaultEq
			}
			l.check(set, asked{nil, share, 1})
			l.askLater(c)
			return
		}
	}
}

// askLater notes the columns that a condition on a join names.
func (l *Level) askLater(c sql.Cond) {
	for _, m := range l.columns(c) {
		u := l.Relations[m.use]
		u.ask(m.column)
		u.later = addName(u.later, m.column)
	}
}

// check adds a condition that no index answers to the table that it is on, or
// to the join of several.
func (l *Level) check(set tables, c asked) {
	for i, u := range l.Relations {
		if set == 1<<i {
			u.asked = append(u.asked, c)
			u.passing *= c.share
			return
		}
	}
	l.filters = append(l.filters, filter{set, c})
}

// ask notes that a column is needed.
func (u *Relation) ask(column string) {
	if !slices.Contains(u.asks, column) {
		u.asks = append(u.asks, column)
	}
}

// compared notes two columns that an index may be looked up by.
func (l *Level) compared(a, b member) {
	for _, m := range [2]member{a, b} {
		if u := l.Relations[m.use]; !slices.Contains(u.JoinColumns, m.column) {
			u.JoinColumns = append(u.JoinColumns, m.column)
		}
	}
}

// plain reports whether a semi join is an inner one: its right side has one
// row for a value at most (reduce_unique_semijoins).
func (l *Level) plain(sp *special) bool {
	if sp.kind != sql.Semi || sp.whole&(sp.whole-1) != 0 {
		return false
	}
	for i, u := range l.Relations {
		if sp.whole == 1<<i {
			return u.once(func(column string) bool { return slices.Contains(sp.values, member{i, column}) })
		}
	}
	return false
}
