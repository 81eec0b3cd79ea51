package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// inlined reports whether a CTE stands where it is read, as a sub-select does
// (SS_process_ctes).
func inlined(c *sql.CTE) bool {
	return !c.Recursive && !c.Apart && (c.Refs <= 1 || c.Inline) && c.Part.Kind == sql.Select && !c.Part.Locks
}

// plainSearch reports whether a sub-select may become part of the level that
// it stands in (is_simple_subquery).
func plainSearch(q *sql.Query) bool {
	return q.Kind == sql.Select && len(q.From) > 0 && len(q.Group)+len(q.Having)+len(q.Windows)+len(q.Sort)+len(q.With)+len(q.Subs)+q.Sums == 0 &&
		!q.Distinct && !q.Limit && !q.Offset && !q.Locks
}

// bare is what EXISTS asks of a sub-select: outputs and orders go
// (simplify_EXISTS_query).
func bare(q *sql.Query) *sql.Query {
	if len(q.Group)+len(q.Having)+len(q.Windows)+len(q.Arms)+q.Sums > 0 || q.Offset || q.Locks {
		return q
	}
	b := *q
	b.Distinct, b.Limit = false, false
	b.Sort, b.Firsts, b.Output, b.Subs, b.Carried = nil, nil, nil, nil, nil
	return &b
}

// pulled reports whether a sub-select or CTE of FROM becomes part of a level.
func (r *reader) pulled(item sql.Item, l *Level) bool {
	return (item.CTE == nil || inlined(item.CTE)) && plainSearch(item.Part) && len(l.Relations)+len(item.Part.From) <= maxJoined
}

// pull makes a sub-select part of the level that it stands in.
func (r *reader) pull(sc *scope, item sql.Item, n *named) bool {
	in := &scope{l: sc.l, around: r.around(sc, item)}
	if !r.enter(in, item.Part) {
		return false
	}
	n.conds = r.outer(in, item.Part)
	n.outputs = renamed(in.results(item.Part), item.Names)
	return true
}

// around is the scope that a sub-select of FROM stands in: LATERAL sees what
// stands before it.
func (r *reader) around(sc *scope, item sql.Item) *scope {
	if item.Lateral {
		return sc
	}
	return sc.around
}

// Rows that the server takes functions to give (pg_proc.prorows), and of an
// array whose length is not known.
var functionRows = map[string]float64{
	"unnest": selectivity.ArrayLength, "jsonb_array_elements": 100, "json_array_elements": 100, "jsonb_array_elements_text": 100, "json_array_elements_text": 100,
	"jsonb_each": 100, "json_each": 100, "jsonb_each_text": 100, "jsonb_object_keys": 100, "jsonb_to_recordset": 100, "json_to_recordset": 100,
	"jsonb_to_record": 1, "json_to_record": 1, "regexp_matches": 10,
}

const defaultFunctionRows = 1000

// derive takes into a level what gives rows in a table's place: a sub-select
// that is planned on its own, a CTE, a list of values, a function.
func (r *reader) derive(sc *scope, item sql.Item) bool {
	u := &Relation{ref: item.Ref(), alias: item.Ref(), visited: 1, passing: 1, Heap: Heap{0, 1}, Needed: []string{}}
	switch {
	case item.Func != "":
		u.Scan, u.name, u.Heap.Tuples = "Function Scan", item.Func, float64(item.Rows)
		if item.Rows == 0 {
			u.Heap.Tuples = defaultFunctionRows
			if rows, known := functionRows[item.Func]; known {
				u.Heap.Tuples = rows
			}
		}
		u.columns = renamed([]result{{name: item.Ref()}}, item.Names)
		for _, name := range item.Names[min(1, len(item.Names)):] {
			u.columns = append(u.columns, result{name: name})
		}
		for _, c := range item.Args {
			if m, ok := sc.find(c); ok {
				u.takes(m)
				sc.l.Relations[m.use].ask(m.column)
			}
		}
	case item.Part.Rows > 0:
		u.Scan, u.Heap.Tuples = "Values Scan", float64(item.Part.Rows)
		for _, name := range item.Names {
			u.columns = append(u.columns, result{name: name})
		}
	case item.CTE != nil && !inlined(item.CTE):
		u.Scan, u.name, u.sub = "CTE Scan", item.CTE.Name, r.apart[item.CTE]
		if u.sub != nil && u.sub.q != item.CTE.Part {
			u.Scan = "WorkTable Scan"
		}
	default:
		u.Scan, u.sub = "Subquery Scan", r.read(item.Part, r.around(sc, item))
	}
	if u.united() {
		for _, arm := range u.sub.arms {
			arm.child = plainSearch(arm.q) && len(arm.q.From) == 1
		}
	}
	if u.sub != nil {
		u.columns = renamed(u.sub.results(), item.Names)
		for _, p := range u.sub.params {
			if p.l == sc.l && u.Scan == "Subquery Scan" {
				u.takes(p.m)
			}
		}
	} else if u.Scan == "CTE Scan" || u.Scan == "Subquery Scan" {
		return false // it reads what is not known
	}
	u.Table = &workload.Table{Name: u.ref, Tuples: opt.Of(u.Heap.Tuples)}
	for _, c := range u.columns {
		u.Table.Columns = append(u.Table.Columns, &workload.Column{Name: c.name})
	}
	sc.l.enter(u)
	return true
}

// united reports whether a use is a UNION ALL whose arms stand in its place,
// as a table's partitions do (is_simple_union_all).
func (u *Relation) united() bool {
	return u.Scan == "Subquery Scan" && u.sub != nil && u.sub.q.SetOp == (sql.SetOp{Name: "UNION", All: true}) && u.sub.handsOn()
}

// takes notes a value that a use is read with.
func (u *Relation) takes(m member) {
	u.lateral |= 1 << m.use
	u.given = append(u.given, m)
}

// results are the columns that a level gives.
func (l *Level) results() []result {
	if len(l.arms) > 0 && l.q.Kind == sql.Select {
		return slices.Clone(l.arms[0].results())
	}
	return l.sc.results(l.q)
}

// push moves conditions on a sub-select into it, where they say the same
// there (subquery_is_pushdown_safe, subquery_push_qual).
func (u *Relation) push() {
	if u.Scan != "Subquery Scan" {
		return
	}
	u.Conds = slices.DeleteFunc(u.Conds, func(c sql.Cond) bool {
		at := slices.IndexFunc(u.columns, func(r result) bool { return r.name == c.Left.Name })
		return at >= 0 && c.Left.Name != "" && c.Value != sql.Runtime && u.sub.accepts(at) && u.sub.accept(at, c)
	})
}

// accepts reports whether a condition on an output may be moved into a level.
func (l *Level) accepts(at int) bool {
	q := l.q
	if q.Limit || q.Offset || q.Kind != sql.Select || q.SetOp.Name == "EXCEPT" {
		return false
	}
	for _, arm := range l.arms {
		if !arm.accepts(at) {
			return false
		}
	}
	if len(l.arms) > 0 || len(q.Firsts)+len(q.Windows) == 0 {
		return true
	}
	list := l.results()
	if at >= len(list) {
		return false
	}
	m, ok := l.member(list[at].side.Left)
	among := func(keys []sql.Key) bool {
		return ok && slices.ContainsFunc(keys, func(k sql.Key) bool { of, ok := l.sc.find(k.Column); return ok && of == m })
	}
	if len(q.Firsts) > 0 && !among(q.Firsts) {
		return false
	}
	return !slices.ContainsFunc(q.Windows, func(w sql.Window) bool { return !among(w.Partition) })
}

// accept takes a condition on an output in: on a column that rows are grouped
// by it is one on the rows, on an aggregate one on the groups.
func (l *Level) accept(at int, c sql.Cond) bool {
	for _, arm := range l.arms {
		arm.accept(at, c)
	}
	if len(l.arms) > 0 {
		return true
	}
	list := l.results()
	if at >= len(list) {
		return false
	}
	side := list[at].side
	c.Left, c.Expr, c.Func, c.Cast, c.ExprColumns = side.Left, side.Expr, side.Func, side.Cast, side.ExprColumns
	m, ok := l.member(side.Left)
	switch {
	case ok:
		l.Relations[m.use].Conds = append(l.Relations[m.use].Conds, c)
		l.Relations[m.use].ask(m.column)
	case len(l.q.Group) > 0:
		l.kept = append(l.kept, asked{nil, defaultShare(c), 1})
	case l.on(c) == 0:
		return false
	default:
		l.check(l.on(c), asked{nil, defaultShare(c), 1})
	}
	return true
}

// measure fills in what is known of a sub-select's rows and columns once it
// is planned (set_subquery_size_estimates, examine_simple_variable).
func (p *Planner) measure(u *Relation) {
	if u.Scan == "Values Scan" {
		for _, c := range u.Table.Columns {
			c.Stats = &workload.ColumnStats{NDistinct: opt.Of(-1.0), AvgWidth: opt.Of(4.0)}
		}
	}
	if u.sub == nil {
		return
	}
	q := u.sub.q
	u.Heap.Tuples = math.Max(p.final(u.sub, nil).rows, 1)
	if u.Scan == "WorkTable Scan" {
		u.Heap.Tuples *= recursions
	}
	u.Table.Tuples = opt.Of(u.Heap.Tuples)
	distinct := q.Distinct && len(q.Output) == 1 && q.Output[0].Name != "*" || len(q.Firsts) == 1
	plain := u.Scan != "WorkTable Scan" && len(u.sub.arms) == 0 && len(q.Group) == 0 && !q.Distinct && (u.Scan != "CTE Scan" || p.Settings.Version >= 17)
	for i, c := range u.columns {
		st := &workload.ColumnStats{AvgWidth: opt.Of(8.0)}
		if m, ok := u.sub.member(c.side.Left); ok && len(u.sub.arms) == 0 {
			if col := u.sub.Relations[m.use].Table.Column(m.column); col != nil {
				u.Table.Columns[i].Type = col.Type
				if col.Stats != nil && plain {
					st = col.Stats
				} else if col.Stats != nil {
					st.AvgWidth = col.Stats.AvgWidth
				}
			}
		}
		if distinct && len(u.sub.arms) == 0 {
			st.NDistinct = opt.Of(-1.0)
		}
		u.Table.Columns[i].Stats = st
	}
	u.keys = u.sub.keys(u.columns)
}

// keys are the sets of output columns of which no two rows have the same
// (query_is_distinct_for).
func (l *Level) keys(columns []result) [][]string {
	named := func(keys []sql.Key) []string {
		names := []string{}
		for _, k := range keys {
			m, ok := l.sc.find(k.Column)
			at := slices.IndexFunc(columns, func(r result) bool { of, is := l.member(r.side.Left); return ok && is && of == m })
			if at < 0 {
				return nil
			}
			names = append(names, columns[at].name)
		}
		return names
	}
	var list [][]string
	all := func() {
		names := []string{}
		for _, c := range columns {
			names = append(names, c.name)
		}
		list = append(list, names)
	}
	q := l.q
	switch {
	case len(l.arms) > 0:
		if !q.SetOp.All {
			all()
		}
	case len(q.Group) > 0:
		if names := named(q.Group); names != nil {
			list = append(list, names)
		}
	case q.Sums > 0:
		list = append(list, []string{}) // one row
	case len(q.Firsts) > 0:
		if names := named(q.Firsts); names != nil {
			list = append(list, names)
		}
	case q.Distinct:
		all()
	}
	return list
}

// readDerived makes the ways to read what stands in a table's place.
func (s *search) readDerived(i int) {
	u, r, k := s.l.Relations[i], s.rels[1<<i], s.k
	each := k.CPUOperator * (Operators(u.Conds) + u.weight)
	add := func(p Cost, keys []sortKey, from *path) {
		p.Rows = r.rows
		w := newWay(p).reads(u.Scan, u, nil)
		w.from[0] = from
		w.keys, w.outer = keys, u.lateral
		r.add(w, s.startup)
	}
	n := u.Heap.Tuples
	switch u.Scan {
	case "Function Scan":
		add(Cost{k.CPUOperator, k.CPUOperator + (k.CPUTuple+each)*n, 0}, nil, nil)
	case "Values Scan":
		add(Cost{0, (k.CPUOperator + k.CPUTuple + each) * n, 0}, nil, nil)
	case "CTE Scan", "WorkTable Scan":
		add(Cost{0, (2*k.CPUTuple + each) * n, 0}, nil, nil)
	default:
		whole := u.united() || k.Version >= 16 && each == 0 && len(u.asks) == len(u.columns)
		of := s.planner.final(u.sub, s.indexes)
		scan := func(w *path) Cost {
			p := Cost{w.Startup, w.Total, r.rows}
			if !whole {
				p.Total += (k.CPUTuple + each) * w.Rows
			}
			return p
		}
		for _, w := range of.ways {
			add(scan(w), s.l.keysOf(i, w.keys), w)
		}
		for _, w := range of.partial {
			p := newWay(scan(w)).over(u.Scan, w)
			p.use = u
			r.addPartial(s.parted(p, w.workers, r.rows))
		}
		if r.set != 1<<len(s.l.Relations)-1 {
			s.gatherWays(r, nil)
		}
	}
}

// keysOf is the order of a sub-select's rows in terms of the level around it
// (convert_subquery_pathkeys).
func (l *Level) keysOf(i int, keys []sortKey) []sortKey {
	u := l.Relations[i]
	var list []sortKey
	for _, k := range keys {
		at := slices.IndexFunc(u.columns, func(r result) bool {
			m, ok := u.sub.member(r.side.Left)
			id, known := u.sub.class[m]
			return ok && known && id == k.class
		})
		if at < 0 {
			break
		}
		id, known := l.class[member{i, u.columns[at].name}]
		if !known {
			break
		}
		list = addKey(list, sortKey{id, k.desc, k.nullsFirst})
	}
	return l.useful(1<<i, list)
}
