package planner

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/sql"
)

// scope resolves the names of a query: first to its own relations, then to those of the
// query around it.
type scope struct {
	l          *Level
	names      []rangeEntry
	from, till int // of the level's relations
	around     *scope
}

// rangeEntry is an entry of FROM in a scope.
type rangeEntry struct {
	ref      string
	relation int         // of the level; -1: a sub-select that was pulled up
	set      relationSet // all relations of the level that it consists of
	outputs  []output    // of a sub-select that was pulled up
	conds    []sql.Cond
}

// output is a column of a sub-select's result, as the left side of a condition on its
// own level.
type output struct {
	name string
	side sql.Cond
}

// param is a column of an outer level whose value a level is planned with.
type param struct {
	level  *Level
	column columnRef
}

// resolve gives a column as the left side of a condition, and its level; nil if the
// column is ambiguous or unknown.
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

// addParams records that a level is planned with a value of an outer one.
func (l *Level) addParams(from *Level, side sql.Cond) {
	for _, c := range append(slices.Clone(side.ExprColumns), side.Left) {
		m, ok := from.columnRef(c)
		if p := (param{from, m}); ok && !slices.Contains(l.params, p) {
			l.params = append(l.params, p)
			from.Relations[m.relation].need(m.column)
		}
	}
}

// own looks a column up among a scope's own relations, by its qualifier or as the first
// relation that has it. known is false if a relation with unknown columns may have it.
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

// side is a column of a relation as the left side of a condition.
func (l *Level) side(relation int, name string) sql.Cond {
	return sql.Cond{Left: sql.Column{Table: l.Relations[relation].ref, Name: name}}
}

// columnRef is the column that a bound condition names.
func (l *Level) columnRef(c sql.Column) (columnRef, bool) {
	i, ok := l.refs[c.Table]
	return columnRef{i, c.Name}, ok && c.Name != ""
}

// bind replaces a condition's columns by those of the level's relations, the outputs of
// sub-selects that were pulled up by their expressions, and columns of outer levels by
// parameters.
func (sc *scope) bind(c sql.Cond) sql.Cond {
	leftAt, left := sc.resolve(c.Left)
	otherAt, other := sc.resolve(c.Other)
	if leftAt != sc.l && otherAt == sc.l {
		if turned, ok := c.Commuted(); ok {
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

// bound are the relations' columns that some columns stand for.
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

// find is the relation's column that a key stands for; ok is false for an expression.
func (sc *scope) find(c sql.Column) (columnRef, bool) {
	if at, side := sc.resolve(c); at == sc.l {
		return sc.l.columnRef(side.Left)
	}
	return columnRef{relation: -1}, false
}

// results are the output columns of a query.
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
			list = append(list, output{o.As, sc.bind(*o.Side)})
		}
	}
	return list
}

// all are the columns of an entry of FROM.
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

// renamed gives columns the names of a column alias list.
func renamed(list []output, names []string) []output {
	for i := range list {
		if i < len(names) {
			list[i].name = names[i]
		}
	}
	return list
}

// columns are the relations' columns that a bound condition names.
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

// relationsOf are the relations that a bound condition names.
func (l *Level) relationsOf(c sql.Cond) relationSet {
	set := relationSet(0)
	for _, m := range l.columns(c) {
		set |= 1 << m.relation
	}
	return set
}

// joinColumns gives the two columns that a join clause compares.
func (l *Level) joinColumns(c sql.Cond) (a, b columnRef, ok bool) {
	a, okA := l.columnRef(c.Left)
	b, okB := l.columnRef(c.Other)
	return a, b, c.Op == sql.Eq && okA && okB && a.relation != b.relation
}
