package planner

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// outer reads the joins of a query, and gives the bound conditions of WHERE
// that are left: one that no row without a partner passes makes an inner join
// of an outer one, and IS NULL on a column that partners are found by one that
// keeps those without (prepjointree.c, reduce_outer_joins).
func (r *reader) outer(sc *scope, q *sql.Query) []sql.Cond {
	l := sc.l
	var conds []sql.Cond
	for _, c := range q.Where {
		if !c.Joined {
			conds = append(conds, sc.bind(c))
		}
	}
	own := make([][]sql.Cond, len(sc.names)) // of sub-selects that became part of the level
	for i, n := range sc.names {
		own[i] = n.conds
	}
	for _, j := range q.Joins {
		if j.Part != nil {
			continue
		}
		sp := &special{kind: j.Kind, late: 1}
		left := tables(0)
		for _, i := range j.Left {
			left |= sc.names[i].set
		}
		on := make([]sql.Cond, len(j.On))
		for i, c := range j.On {
			on[i] = sc.bind(c)
		}
		for _, i := range j.Right {
			sp.whole |= sc.names[i].set
			on, own[i] = append(on, own[i]...), nil
		}
		if j.Kind == sql.Full {
			r.special(sc, sp, left, on)
			continue
		}
		if slices.ContainsFunc(conds, func(c sql.Cond) bool { return strict(c) && l.on(c).overlaps(sp.whole) }) {
			conds = append(conds, on...)
			continue
		}
		conds = slices.DeleteFunc(conds, func(c sql.Cond) bool {
			if set := l.on(c); set == 0 || !set.within(sp.whole) || len(c.Subs) > 0 {
				return false
			}
			if c.Op == sql.IsNull && slices.ContainsFunc(on, func(on sql.Cond) bool {
				a, b, ok := l.tied(on)
				return ok && (a.column == c.Left.Name && sp.whole.has(a.use) || b.column == c.Left.Name && sp.whole.has(b.use))
			}) {
				sp.kind = sql.Anti
				return true
			}
			l.askLater(c)
			if m, ok := l.member(c.Left); ok {
				sp.late *= selectivity.Of(l.Relations[m.use].Table, c)
			} else {
				sp.late *= selectivity.DefaultRange
			}
			return true
		})
		r.special(sc, sp, left, on)
	}
	for _, j := range q.Joins {
		if j.Part != nil {
			conds = append(conds, r.partner(sc, j)...)
		}
	}
	return slices.Concat(append(own, conds)...)
}

// strict reports whether a condition fails on NULL.
func strict(c sql.Cond) bool {
	switch c.Op {
	case sql.Eq, sql.Ne, sql.Range, sql.In, sql.NotNull, sql.IsTrue, sql.Like, sql.LikeAny, sql.Contains:
		return true
	}
	return false
}

// special adds a join of what stands to its left with the conditions that it
// has of its own: those on its right side alone are the tables', equalities
// across it are its ties.
func (r *reader) special(sc *scope, sp *special, left tables, on []sql.Cond) {
	l := sc.l
	sp.right = sp.whole
	sp.unique = sp.kind == sql.Semi
	for _, c := range on {
		a, b, ok := l.tied(c)
		if ok && sp.whole.has(a.use) && !sp.whole.has(b.use) {
			a, b = b, a
		}
		set := l.on(c)
		switch {
		case ok && !sp.whole.has(a.use) && sp.whole.has(b.use):
			l.compared(a, b)
			sp.left |= 1 << a.use
			sp.strict = true
			sp.values = append(sp.values, b)
			if sp.kind == sql.Semi {
				l.equate(a, b)
				continue
			}
			l.outer = append(l.outer, tie{left: a, right: b, keys: [2]int{l.classOf(a), l.classOf(b)}})
		case set.within(sp.whole), sp.kind == sql.Full && set.within(left):
			r.place(sc, c)
		default:
			sp.left |= set &^ sp.whole
			sp.unique = false
			l.askLater(c)
			l.check(sp.whole|set, asked{nil, selectivity.DefaultRange, 1})
		}
	}
	if sp.left == 0 || sp.kind == sql.Full {
		sp.left = left
	}
	l.specials = append(l.specials, sp)
}

// partner takes a sub-select that WHERE asks for a partner into the level, as
// far as the planner does; the others become conditions that ask it.
func (r *reader) partner(sc *scope, j sql.Join) []sql.Cond {
	l, p := sc.l, j.Part
	kind := sql.Exists
	if len(j.In) > 0 {
		kind = sql.Any
	}
	asking := []sql.Cond{{Op: sql.Unknown, Value: sql.Runtime, Subs: []sql.Sub{{Kind: kind, Part: p}}, ExprColumns: sc.bound(j.In)}}
	saved, forget := len(l.Relations), l.mark()
	in := &scope{l: l, around: sc}
	var list []result
	var on []sql.Cond
	switch {
	case plainSearch(p) || kind == sql.Exists && plainSearch(bare(p)):
		if !r.enter(in, p) {
			forget()
			return asking
		}
		on = r.outer(in, p)
		list = in.results(p)
	case kind == sql.Exists || len(l.Relations) >= maxJoined || !r.derive(in, sql.Item{Table: sql.Table{Alias: "in"}, Part: p}):
		forget()
		return asking
	default:
		for _, c := range l.Relations[saved].Table.Columns {
			list = append(list, result{c.Name, l.side(saved, c.Name)})
		}
	}
	sp := &special{kind: j.Kind, late: 1, whole: span(saved, len(l.Relations))}
	outward := slices.ContainsFunc(on, func(c sql.Cond) bool { return l.on(c)&^sp.whole != 0 })
	for i, left := range j.In {
		if at, side := sc.resolve(left); at == l && i < len(list) {
			on = append(on, sql.Cond{Op: sql.Eq, Operator: "=", Value: sql.Runtime, Left: side.Left, Other: list[i].side.Left, Others: list[i].side.ExprColumns})
		}
	}
	// EXISTS without a tie is asked once, not for each row; and before 17 an
	// IN that has other ties than its own is asked for each.
	if kind == sql.Exists && !outward || kind == sql.Any && outward && r.planner.Settings.Version < 17 || l.Relations[saved].lateral != 0 {
		forget()
		return asking
	}
	r.special(in, sp, span(sc.from, saved), on)
	return nil
}

// mark gives what takes all that is added to a level from then on out again.
func (l *Level) mark() (forget func()) {
	from, inits, specials, filters, ties := len(l.Relations), len(l.inits), len(l.specials), len(l.filters), len(l.outer)
	were := make([]Relation, from)
	for i, u := range l.Relations {
		were[i] = *u
	}
	return func() {
		for i, u := range l.Relations {
			if i >= from {
				delete(l.refs, u.ref)
			} else {
				*u = were[i]
			}
		}
		l.Relations, l.inits, l.specials, l.filters, l.outer = l.Relations[:from], l.inits[:inits], l.specials[:specials], l.filters[:filters], l.outer[:ties]
		for m, id := range l.class {
			if m.use >= from {
				delete(l.class, m)
				l.classes[id].members = slices.DeleteFunc(l.classes[id].members, func(o member) bool { return o == m })
			}
		}
	}
}
