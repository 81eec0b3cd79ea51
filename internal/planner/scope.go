package planner

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/sql"
)

// scope is what names mean in a statement or a sub-select: its own relations
// first, then those of the statement around it.
type scope struct {
	l          *Level
	names      []rangeEntry
	from, till int // of the level's uses
	around     *scope
}

// rangeEntry is a relation of a scope.
type rangeEntry struct {
	ref      string
	relation int         // of the level; -1: a sub-select that became part of it
	set      relationSet // all of the level's uses that it is made of
	outputs  []output    // of such a sub-select
	conds    []sql.Cond
}

// output is a column that a sub-select gives, as the side of a condition on
// its own level.
type output struct {
	name string
	side sql.Cond
}

// param is a column of a level around, whose value a level is planned with.
type param struct {
	level  *Level
	column columnRef
}

// resolve finds what a column stands for, as the side of a condition, and the
// level that it is of; nil where that is not clear.
func (sc *scope) resolve(c sql.Column) (*Level, sql.Cond) {
	for s := sc; s != nil && c.Name != ""; s = s.around {
		side, found, known := s.own(c)
		if found {
			for in := sc; in.l != s.l; in = in.around {
				in.l.addParams(s.l, side)
			}
			return s.l, side
		}
		if !known {
			break
		}
	}
	return nil, sql.Cond{}
}

// addParams notes that a level is planned with a value of one around it.
func (l *Level) addParams(from *Level, side sql.Cond) {
	for _, c := range append(slices.Clone(side.ExprColumns), side.Left) {
		m, ok := from.columnRef(c)
		if p := (param{from, m}); ok && !slices.Contains(l.params, p) {
			l.params = append(l.params, p)
			from.Relations[m.relation].need(m.column)
		}
	}
}

// own finds a column among a scope's own relations: as its qualifier says,
// else the first that has it. Known is false where one of them may have it.
func (sc *scope) own(c sql.Column) (side sql.Cond, found, known bool) {
	for _, n := range sc.names {
		if c.Table != "" && c.Table != n.ref {
			continue
		}
		if side, ok := sc.columnOf(n, c.Name); ok {
			return side, true, true
		}
		if c.Table != "" {
			return side, false, false
		}
	}
	if c.Table == "" && len(sc.names) == 1 && sc.names[0].relation >= 0 {
		n := sc.names[0]
		if sc.around == nil {
			return sc.l.side(n.relation, c.Name), true, true
		}
		return side, false, len(sc.l.Relations[n.relation].Table.Columns) > 0
	}
	return side, false, true
}

func (sc *scope) columnOf(n rangeEntry, name string) (sql.Cond, bool) {
	if n.relation >= 0 {
		t := sc.l.Relations[n.relation].Table
		return sc.l.side(n.relation, name), t.Column(name) != nil
	}
	i := slices.IndexFunc(n.outputs, func(r output) bool { return r.name == name })
	if i < 0 {
		return sql.Cond{}, false
	}
	return n.outputs[i].side, true
}

// side is a column of a use as the side of a condition.
func (l *Level) side(use int, name string) sql.Cond {
	return sql.Cond{Left: sql.Column{Table: l.Relations[use].ref, Name: name}}
}

// columnRef is a column of a bound condition.
func (l *Level) columnRef(c sql.Column) (columnRef, bool) {
	i, ok := l.refs[c.Table]
	return columnRef{i, c.Name}, ok && c.Name != ""
}

// bind gives a condition the level's own names: its columns are those of uses,
// those of sub-selects that became part of the level what they stand for, and
// those of levels around values that are known before.
func (sc *scope) bind(c sql.Cond) sql.Cond {
	leftAt, left := sc.resolve(c.Left)
	otherAt, other := sc.resolve(c.Other)
	if leftAt != sc.l && otherAt == sc.l {
		if turned, ok := c.Turned(); ok {
			c = turned
			leftAt, left, otherAt, other = otherAt, other, leftAt, left
		}
	}
	c.ExprColumns = sc.bound(c.ExprColumns)
	if c.Left.Name != "" {
		c.Left = sql.Column{}
		if leftAt == sc.l {
			c.Left, c.Expr, c.Func, c.Cast, c.ExprColumns = left.Left, left.Expr, left.Func, left.Cast, left.ExprColumns
		}
	}
	if c.Other.Name != "" || len(c.Others) > 0 {
		c.Others = sc.bound(c.Others)
		if otherAt == sc.l {
			c.Other = other.Left
			c.Others = append(c.Others, other.ExprColumns...)
		} else {
			c.Other = sql.Column{}
		}
		if c.Other.Name == "" && len(c.Others) == 0 && len(c.Subs) == 0 {
			c.Value = sql.Param
		}
	}
	c.Any = slices.Clone(c.Any)
	for i, branch := range c.Any {
		c.Any[i] = slices.Clone(branch)
		for n := range branch {
			c.Any[i][n] = sc.bind(branch[n])
		}
	}
	return c
}

// bound are the uses' columns that some columns stand for.
func (sc *scope) bound(columns []sql.Column) []sql.Column {
	var list []sql.Column
	for _, c := range columns {
		if at, side := sc.resolve(c); at == sc.l {
			list = append(list, side.ExprColumns...)
			if side.Left.Name != "" {
				list = append(list, side.Left)
			}
		}
	}
	return list
}

// find is the column of a use that a key stands for; ok is false for an
// expression.
func (sc *scope) find(c sql.Column) (columnRef, bool) {
	if at, side := sc.resolve(c); at == sc.l {
		return sc.l.columnRef(side.Left)
	}
	return columnRef{relation: -1}, false
}

// results are the columns that a query gives.
func (sc *scope) results(q *sql.Query) []output {
	var list []output
	for _, o := range q.Output {
		switch {
		case o.Name == "*":
			for _, n := range sc.names {
				if o.Table == "" || o.Table == n.ref {
					list = append(list, sc.all(n)...)
				}
			}
		case o.Name != "":
			at, side := sc.resolve(o.Column)
			if at != sc.l {
				side = sql.Cond{}
			}
			list = append(list, output{o.As, side})
		default:
			list = append(list, output{o.As, sc.bind(o.Side)})
		}
	}
	return list
}

// all are the columns of a relation.
func (sc *scope) all(n rangeEntry) []output {
	if n.relation < 0 {
		return n.outputs
	}
	var list []output
	for _, c := range sc.l.Relations[n.relation].Table.Columns {
		list = append(list, output{c.Name, sc.l.side(n.relation, c.Name)})
	}
	return list
}

// renamed gives columns the names that an alias lists.
func renamed(list []output, names []string) []output {
	for i := range list {
		if i < len(names) {
			list[i].name = names[i]
		}
	}
	return list
}

// columns are the uses' columns that a bound condition names.
func (l *Level) columns(c sql.Cond) []columnRef {
	var list []columnRef
	for _, col := range slices.Concat([]sql.Column{c.Left, c.Other}, c.ExprColumns, c.Others) {
		if m, ok := l.columnRef(col); ok {
			list = append(list, m)
		}
	}
	for _, branch := range c.Any {
		for _, c := range branch {
			list = append(list, l.columns(c)...)
		}
	}
	return list
}

// relationsOf are the uses that a bound condition is on.
func (l *Level) relationsOf(c sql.Cond) relationSet {
	set := relationSet(0)
	for _, m := range l.columns(c) {
		set |= 1 << m.relation
	}
	return set
}

// joinColumns gives the two columns that an equality ties.
func (l *Level) joinColumns(c sql.Cond) (a, b columnRef, ok bool) {
	a, okA := l.columnRef(c.Left)
	b, okB := l.columnRef(c.Other)
	return a, b, c.Op == sql.Eq && okA && okB && a.relation != b.relation
}
