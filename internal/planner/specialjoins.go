package planner

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// readJoins reads the joins of a query and returns the bound conditions of WHERE. A
// condition that is false for NULLs of an outer join's right side makes it an inner
// join. IS NULL on a compared column makes it an anti join (reduce_outer_joins).
func (r *reader) readJoins(sc *scope, q *sql.Query) []sql.Cond {
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
		sp := &specialJoin{kind: j.Kind, lateShare: 1}
		left := relationSet(0)
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
			r.addSpecialJoin(sc, sp, left, on)
			continue
		}
		if slices.ContainsFunc(conds, func(c sql.Cond) bool { return isStrict(c) && l.relationsOf(c).overlaps(sp.whole) }) {
			conds = append(conds, on...)
			continue
		}
		conds = slices.DeleteFunc(conds, func(c sql.Cond) bool {
			if set := l.relationsOf(c); set == 0 || !set.within(sp.whole) || len(c.Subs) > 0 {
				return false
			}
			if c.Op == sql.IsNull && slices.ContainsFunc(on, func(on sql.Cond) bool {
				a, b, ok := l.joinColumns(on)
				return ok && (a.column == c.Left.Name && sp.whole.has(a.relation) || b.column == c.Left.Name && sp.whole.has(b.relation))
			}) {
				sp.kind = sql.Anti
				return true
			}
			l.needForJoin(c)
			if m, ok := l.columnRef(c.Left); ok {
				sp.lateShare *= selectivity.Of(l.Relations[m.relation].Table, c)
			} else {
				sp.lateShare *= selectivity.DefaultRange
			}
			return true
		})
		r.addSpecialJoin(sc, sp, left, on)
	}
	for _, j := range q.Joins {
		if j.Part != nil {
			conds = append(conds, r.readSemiJoin(sc, j)...)
		}
	}
	return slices.Concat(append(own, conds)...)
}

// isStrict reports whether a condition is false for NULL.
func isStrict(c sql.Cond) bool {
	switch c.Op {
	case sql.Eq, sql.Ne, sql.Range, sql.In, sql.NotNull, sql.IsTrue, sql.Like, sql.LikeAny, sql.NotLike, sql.Contains:
		return true
	}
	return false
}

// addSpecialJoin adds a join with its ON conditions: conditions on the right side alone
// go to its relations, equalities across are its join clauses.
func (r *reader) addSpecialJoin(sc *scope, sp *specialJoin, left relationSet, on []sql.Cond) {
	l := sc.l
	sp.right = sp.whole
	sp.unique = sp.kind == sql.Semi
	for _, c := range on {
		a, b, ok := l.joinColumns(c)
		if ok && sp.whole.has(a.relation) && !sp.whole.has(b.relation) {
			a, b = b, a
		}
		set := l.relationsOf(c)
		switch {
		case ok && !sp.whole.has(a.relation) && sp.whole.has(b.relation):
			l.noteJoinColumns(a, b)
			sp.left |= 1 << a.relation
			sp.strict = true
			sp.values = append(sp.values, b)
			if sp.kind == sql.Semi {
				l.mergeClasses(a, b)
				continue
			}
			l.outerClauses = append(l.outerClauses, joinClause{left: a, right: b, classes: [2]int{l.classOf(a), l.classOf(b)}})
		case set.within(sp.whole), sp.kind == sql.Full && set.within(left):
			r.placeCond(sc, c)
		default:
			sp.left |= set &^ sp.whole
			sp.unique = false
			l.needForJoin(c)
			inward := slices.DeleteFunc(l.lookupsOf(c, 0), func(u lookup) bool { return sp.whole != 1<<u.relation })
			l.addQual(sp.whole|set, qual{nil, l.onShare(sp, c), 1}, inward...)
		}
	}
	if sp.left == 0 || sp.kind == sql.Full {
		sp.left = left
	}
	l.specialJoins = append(l.specialJoins, sp)
}

// onShare is the selectivity of a condition between both sides that is no join clause. A
// semi or anti join finds another value than the left side's nearly always (neqjoinsel).
func (l *Level) onShare(sp *specialJoin, c sql.Cond) float64 {
	if c.Op != sql.Ne || sp.kind != sql.Semi && sp.kind != sql.Anti {
		return selectivity.DefaultRange
	}
	share := 1.0
	for _, m := range l.columns(c) {
		if !sp.whole.has(m.relation) {
			share -= l.statsOf(m).nulls
		}
	}
	return selectivity.Share(share)
}

// readSemiJoin pulls up EXISTS and IN of WHERE as semi or anti joins, as far as the
// planner does. Otherwise it returns them as conditions with a SubPlan.
func (r *reader) readSemiJoin(sc *scope, j sql.Join) []sql.Cond {
	l, p := sc.l, j.Part
	kind := sql.Exists
	if len(j.In) > 0 {
		kind = sql.Any
	}
	unpulled := []sql.Cond{{Op: sql.Unknown, Value: sql.Runtime, Subs: []sql.Sub{{Kind: kind, Part: p}}, ExprColumns: sc.bound(j.In)}}
	saved, forget := len(l.Relations), l.savepoint()
	in := &scope{l: l, around: sc}
	var list []output
	var on []sql.Cond
	switch {
	case isSimple(p) || kind == sql.Exists && isSimple(simplifyExists(p)):
		if !r.addFrom(in, p) {
			forget()
			return unpulled
		}
		on = r.readJoins(in, p)
		list = in.results(p)
	case kind == sql.Exists || len(l.Relations) >= maxJoined || !r.addDerived(in, sql.Item{Table: sql.Table{Alias: "in"}, Part: p}):
		forget()
		return unpulled
	default:
		for _, c := range l.Relations[saved].Table.Columns {
			list = append(list, output{c.Name, l.side(saved, c.Name)})
		}
	}
	sp := &specialJoin{kind: j.Kind, lateShare: 1, whole: relationsFrom(saved, len(l.Relations))}
	outward := slices.ContainsFunc(on, func(c sql.Cond) bool { return l.relationsOf(c)&^sp.whole != 0 })
	for i, left := range j.In {
		if at, side := sc.resolve(left); at == l && i < len(list) {
			on = append(on, sql.Cond{Op: sql.Eq, Operator: "=", Value: sql.Runtime, Left: side.Left, Other: list[i].side.Left, Others: list[i].side.ExprColumns})
		}
	}
	// An uncorrelated EXISTS is an InitPlan. Before 17 a correlated IN is a SubPlan.
	if kind == sql.Exists && !outward || kind == sql.Any && outward && !r.planner.Settings.Server.Has(pgversion.LateralIn) || l.Relations[saved].lateral != 0 {
		forget()
		return unpulled
	}
	r.addSpecialJoin(in, sp, relationsFrom(sc.from, saved), on)
	return nil
}

// savepoint returns a function that undoes all additions to a level since.
func (l *Level) savepoint() (forget func()) {
	from, inits, specials, filters, clauses := len(l.Relations), len(l.initPlans), len(l.specialJoins), len(l.joinQuals), len(l.outerClauses)
	were := make([]Relation, from)
	for i, rel := range l.Relations {
		were[i] = *rel
	}
	return func() {
		for i, rel := range l.Relations {
			if i >= from {
				delete(l.refs, rel.ref)
			} else {
				*rel = were[i]
			}
		}
		l.Relations, l.initPlans, l.specialJoins, l.joinQuals, l.outerClauses = l.Relations[:from], l.initPlans[:inits], l.specialJoins[:specials], l.joinQuals[:filters], l.outerClauses[:clauses]
		for m, id := range l.classIDs {
			if m.relation >= from {
				delete(l.classIDs, m)
				l.classes[id].members = slices.DeleteFunc(l.classes[id].members, func(o columnRef) bool { return o == m })
			}
		}
	}
}
