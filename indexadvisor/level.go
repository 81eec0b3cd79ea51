package indexadvisor

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/sql"
)

// scope is what names mean in a statement or a sub-select: its own tables
// first, then those of the statement around it.
type scope struct {
	l          *level
	refs       map[string]int
	from, till int // of the level's uses
	around     *scope
}

// levelOf reads a statement's outermost level; nil where a table or its size
// is not in the data.
func (a *Advisor) levelOf(q *sql.Query, call measured) *level {
	if len(q.Tables) == 0 || q.Kind == sql.Insert || q.Kind == sql.Other {
		return nil
	}
	l := &level{
		ordered: -1, class: map[member]int{}, shares: map[[2]member]float64{}, merged: map[[2]member]read{}, widths: map[tables]float64{},
		sums: q.Sums, newer: a.cost.version >= 16,
	}
	sc := a.enter(l, q, nil)
	if sc == nil {
		return nil
	}
	if len(q.Tables) == 1 && l.uses[0].table.Kind == "p" {
		l.uses[0].prune(call.blocks)
	}
	for _, c := range sc.joinOuter(q) {
		sc.place(c)
	}
	a.joinParts(l, sc, q)
	for i, u := range l.uses {
		sc.need(q, i, u)
	}
	l.settle()
	sc.arrange(q)
	l.specials = slices.DeleteFunc(l.specials, l.plain)
	if call.rows > 0 && len(l.uses) == 1 && !q.Limit && !q.Offset && !q.Distinct && q.Sums == 0 && len(q.Group) == 0 {
		l.uses[0].listen(call.rows)
	}
	if q.Limit {
		l.limit = math.Max(call.rows, 1)
		if q.LimitTo > 0 {
			l.limit = float64(q.LimitTo)
		}
		if q.Offset {
			l.limit *= 1 + skippedPages
		}
	}
	return l
}

// enter takes a statement's tables into a level; nil if one is not known, or
// they are too many.
func (a *Advisor) enter(l *level, q *sql.Query, around *scope) *scope {
	if len(l.uses)+len(q.Tables) > maxJoined {
		return nil
	}
	sc := &scope{l: l, refs: map[string]int{}, from: len(l.uses), around: around}
	for _, x := range q.Tables {
		t := a.snap.Table(x.Schema, x.Name)
		if t == nil {
			return nil
		}
		h, known := a.heapOf(t)
		if !known {
			return nil
		}
		sc.refs[x.Ref()] = len(l.uses)
		l.uses = append(l.uses, &use{table: t, alias: x.Alias, heap: h, visited: 1, extended: a.extended()[t]})
	}
	sc.till = len(l.uses)
	return sc
}

// find is the table that a column is of: as its qualifier says, else the only
// one that has it; -1 where that is not clear.
func (sc *scope) find(c sql.Column) int {
	if sc == nil || c.Name == "" {
		return -1
	}
	if c.Table != "" {
		if i, ok := sc.refs[c.Table]; ok {
			return i
		}
		return sc.around.find(c)
	}
	if sc.till-sc.from == 1 && sc.around == nil {
		return sc.from
	}
	found := -1
	for i := sc.from; i < sc.till; i++ {
		if sc.l.uses[i].table.Column(c.Name) != nil {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	if found < 0 {
		if sc.around == nil || sc.till-sc.from == 1 && len(sc.l.uses[sc.from].table.Columns) == 0 {
			return found
		}
		return sc.around.find(c)
	}
	return found
}

// uses are the tables that a condition is on.
func (sc *scope) uses(c sql.Cond) tables {
	set := tables(0)
	add := func(col sql.Column) {
		if i := sc.find(col); i >= 0 {
			set |= 1 << i
		}
	}
	add(c.Left)
	add(c.Other)
	for _, col := range c.ExprColumns {
		add(col)
	}
	for _, branch := range c.Any {
		set |= sc.uses(branch)
	}
	return set
}

// tied gives the two columns that an equality ties.
func (sc *scope) tied(c sql.Cond) (a, b member, ok bool) {
	i, j := sc.find(c.Left), sc.find(c.Other)
	if c.Op != sql.Eq || i < 0 || j < 0 || i == j {
		return a, b, false
	}
	return member{i, c.Left.Name}, member{j, c.Other.Name}, true
}

// place gives a condition to the table that it is on; an equality of two
// tables makes their columns one class.
func (sc *scope) place(c sql.Cond) {
	l := sc.l
	if a, b, ok := sc.tied(c); ok {
		l.compared(a, b)
		l.equate(a, b)
		return
	}
	if c.Part {
		return // its sub-select is a level of its own
	}
	set := sc.uses(c)
	for i, u := range l.uses {
		switch {
		case set == 1<<i:
			u.conds = append(u.conds, c)
		case set.has(i):
			share := defaultRange
			if c.Op == sql.Ne {
				share = 1 - defaultEq
			}
			l.filters = append(l.filters, filter{set, share, 1})
			return
		}
	}
}

// compared notes two columns that an index may be looked up by.
func (l *level) compared(a, b member) {
	for _, m := range [2]member{a, b} {
		if u := l.uses[m.use]; !slices.Contains(u.joins, m.column) {
			u.joins = append(u.joins, m.column)
		}
	}
}

// joinOuter reads the outer joins, and gives the conditions of WHERE that are
// left: one that no row without a partner passes makes an inner join of an
// outer one, and IS NULL on a column that partners are found by one that keeps
// those without (prepjointree.c, reduce_outer_joins).
func (sc *scope) joinOuter(q *sql.Query) []sql.Cond {
	conds := slices.Clone(q.Where)
	for _, j := range q.Joins {
		if j.Part != nil || len(j.Right) == 0 || len(j.Left) == 0 {
			continue
		}
		sp := &special{kind: j.Kind, late: 1}
		for _, i := range j.Right {
			sp.whole |= 1 << (sc.from + i)
		}
		if j.Kind == sql.Full {
			sp.kind = sql.Left // rows alone differ, and hardly
		}
		if slices.ContainsFunc(conds, func(c sql.Cond) bool { return strict(c) && sc.uses(c).overlaps(sp.whole) }) {
			conds = append(conds, j.On...)
			continue
		}
		conds = slices.DeleteFunc(conds, func(c sql.Cond) bool {
			if set := sc.uses(c); set == 0 || !set.within(sp.whole) {
				return false
			}
			if c.Op == sql.IsNull && slices.ContainsFunc(j.On, func(on sql.Cond) bool {
				a, b, ok := sc.tied(on)
				return ok && (a.column == c.Left.Name && sp.whole.has(a.use) || b.column == c.Left.Name && sp.whole.has(b.use))
			}) {
				sp.kind = sql.Anti
			} else if i := sc.find(c.Left); i >= 0 {
				sp.late *= condShare(sc.l.uses[i].table, c)
			} else {
				sp.late *= defaultRange
			}
			return true
		})
		sc.special(sp, j.On)
	}
	return conds
}

// strict reports whether a condition fails on NULL.
func strict(c sql.Cond) bool {
	switch c.Op {
	case sql.Eq, sql.Ne, sql.Range, sql.In, sql.NotNull, sql.IsTrue, sql.Like, sql.LikeAny, sql.Contains:
		return true
	}
	return false
}

// special adds a join with the conditions that it has of its own: those on its
// right side alone are the tables', equalities across it are its ties.
func (sc *scope) special(sp *special, on []sql.Cond) {
	l := sc.l
	sp.right = sp.whole
	sp.unique = sp.kind == sql.Semi
	for _, c := range on {
		a, b, ok := sc.tied(c)
		if ok && sp.whole.has(a.use) && !sp.whole.has(b.use) {
			a, b = b, a
		}
		set := sc.uses(c)
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
		case set.within(sp.whole):
			sc.place(c)
		default:
			sp.left |= set &^ sp.whole
			sp.unique = false
			l.filters = append(l.filters, filter{sp.whole | set, defaultRange, 1})
		}
	}
	if sp.left == 0 {
		sp.left = tables(1<<sc.till-1) &^ sp.whole & -tables(1<<sc.from)
		if sp.left == 0 {
			sp.left = tables(1<<sc.from - 1)
		}
	}
	l.specials = append(l.specials, sp)
}

// joinParts takes the sub-selects that WHERE asks for a partner into the
// level, as far as the planner does: those that are plain searches, tied to
// the tables around them.
func (a *Advisor) joinParts(l *level, sc *scope, q *sql.Query) {
	for _, j := range q.Joins {
		if p := j.Part; p == nil || len(p.Tables) == 0 || p.Limit || p.Sums > 0 || len(p.Group) > 0 || len(p.Joins) > 0 || len(p.Parts) > 0 {
			continue
		}
		saved := len(l.uses)
		in := a.enter(l, j.Part, sc)
		if in == nil {
			l.uses = l.uses[:saved]
			continue
		}
		on := append(slices.Clone(j.Part.Where), within(j.On, q, j.Part, in, sc)...)
		sp := &special{kind: j.Kind, late: 1, whole: tables(1<<in.till-1) &^ tables(1<<in.from-1)}
		if !slices.ContainsFunc(on, func(c sql.Cond) bool { return in.uses(c)&^sp.whole != 0 }) {
			l.uses = l.uses[:saved] // asked once, not for each row
			continue
		}
		in.special(sp, on)
		l.parts = append(l.parts, j.Part)
	}
}

// within rewrites IN's equality for the scope of its sub-select: the left
// column is of the statement around, whatever the sub-select's tables hold.
func within(on []sql.Cond, q, part *sql.Query, in, sc *scope) []sql.Cond {
	list := slices.Clone(on)
	for i, c := range list {
		if c.Left.Table == "" {
			if at := sc.find(c.Left); at >= sc.from && at < sc.till {
				list[i].Left.Table = q.Tables[at-sc.from].Ref()
			}
		}
		if c.Other.Table == "" {
			if at := in.find(c.Other); at >= in.from && at < in.till {
				list[i].Other.Table = part.Tables[at-in.from].Ref()
			}
		}
	}
	return list
}

// plain reports whether a semi join is an inner one: its right side has one
// row for a value at most (reduce_unique_semijoins).
func (l *level) plain(sp *special) bool {
	if sp.kind != sql.Semi || sp.whole&(sp.whole-1) != 0 {
		return false
	}
	for i, u := range l.uses {
		if sp.whole == 1<<i {
			return u.once(func(column string) bool { return slices.Contains(sp.values, member{i, column}) })
		}
	}
	return false
}

// need finds which columns are asked of a table.
func (sc *scope) need(q *sql.Query, i int, u *use) {
	if i < sc.from || i >= sc.till {
		u.needOfPart()
		return
	}
	if q.Star || q.Kind != sql.Select {
		return
	}
	u.needed, u.outputs = []string{}, []string{}
	for _, c := range q.Columns {
		if sc.find(c) == i && !slices.Contains(u.needed, c.Name) {
			u.needed = append(u.needed, c.Name)
		}
	}
	for _, c := range q.Carried {
		if sc.find(c) == i && !slices.Contains(u.outputs, c.Name) {
			u.outputs = append(u.outputs, c.Name)
		}
	}
	for _, name := range u.joins { // also those that a sub-select asks
		if !slices.Contains(u.needed, name) {
			u.needed = append(u.needed, name)
		}
	}
}

// needOfPart is the same of a table of a sub-select: its outputs go nowhere.
func (u *use) needOfPart() {
	u.needed, u.outputs = slices.Clone(u.joins), []string{}
	for _, c := range u.conds {
		for _, col := range append(slices.Clone(c.ExprColumns), c.Left) {
			if col.Name != "" && !slices.Contains(u.needed, col.Name) {
				u.needed = append(u.needed, col.Name)
			}
		}
	}
}

// arrange reads ORDER BY, GROUP BY and DISTINCT as classes.
func (sc *scope) arrange(q *sql.Query) {
	l := sc.l
	classOf := func(k sql.Key) (id, use int) {
		if i := sc.find(k.Column); i >= 0 {
			return l.classOf(member{i, k.Column.Name}), i
		}
		l.classes = append(l.classes, &class{distance: sc.distanceFrom(k)})
		return len(l.classes) - 1, -1
	}
	single := func(id int) bool {
		c := l.classes[id]
		return c.fixed || len(c.members) > 0 && l.uses[c.members[0].use].holds(c.members[0].column)
	}
	for _, k := range q.Sort {
		id, i := classOf(k)
		if single(id) {
			continue // one value: it orders nothing
		}
		l.order = append(l.order, orderKey{k, i})
		l.wanted = addKey(l.wanted, sortKey{id, k.Desc, k.NullsFirst})
		switch {
		case len(l.order) == 1:
			l.ordered = i
		case i != l.ordered:
			l.ordered = -1
		}
	}
	keys := q.Group
	if len(keys) == 0 && q.Distinct {
		l.distinct = true
		for _, c := range q.Carried {
			keys = append(keys, sql.Key{Column: c})
		}
	}
	var groups []sortKey
	for _, k := range keys {
		if id, _ := classOf(k); !single(id) {
			groups = addKey(groups, sortKey{class: id})
		}
	}
	l.groups = len(keys)
	l.grouped = groupKeys(groups, l.wanted)
}
