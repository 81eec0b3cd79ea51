package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// isInlined reports whether a CTE is planned as a sub-select where it is read
// (SS_process_ctes).
func isInlined(c *sql.CTE) bool {
	return !c.Recursive && !c.Materialized && (c.Refs <= 1 || c.NotMaterialized) && c.Part.Kind == sql.Select && !c.Part.Locks
}

// isSimple reports whether a sub-select can be pulled up (is_simple_subquery).
func isSimple(q *sql.Query) bool {
	return q.Kind == sql.Select && len(q.From) > 0 && len(q.Group)+len(q.Having)+len(q.Windows)+len(q.Sort)+len(q.With)+len(q.Subs)+q.Aggregates == 0 &&
		!q.Distinct && !q.Limit && !q.Offset && !q.Locks
}

// simplifyExists drops what EXISTS does not need: outputs and orders
// (simplify_EXISTS_query).
func simplifyExists(q *sql.Query) *sql.Query {
	if len(q.Group)+len(q.Having)+len(q.Windows)+len(q.Arms)+q.Aggregates > 0 || q.Offset || q.Locks {
		return q
	}
	b := *q
	b.Distinct, b.Limit = false, false
	b.Sort, b.DistinctOn, b.Output, b.Subs, b.Carried = nil, nil, nil, nil, nil
	return &b
}

// canPullUp reports whether a sub-select or CTE of FROM is pulled up into a level.
func (r *reader) canPullUp(item sql.Item, l *Level) bool {
	return (item.CTE == nil || isInlined(item.CTE)) && isSimple(item.Part) && len(l.Relations)+len(item.Part.From) <= maxJoined
}

// pullUp makes the relations of a sub-select part of the level around it.
func (r *reader) pullUp(sc *scope, item sql.Item, n *rangeEntry) bool {
	in := &scope{l: sc.l, around: r.around(sc, item)}
	if !r.addFrom(in, item.Part) {
		return false
	}
	n.conds = r.readJoins(in, item.Part)
	n.outputs = renamed(in.results(item.Part), item.Names)
	return true
}

// around is the scope outside a sub-select of FROM: LATERAL sees the entries before it.
func (r *reader) around(sc *scope, item sql.Item) *scope {
	if item.Lateral {
		return sc
	}
	return sc.around
}

// functionRows are the server's row estimates for functions (pg_proc.prorows), and for
// an array of unknown length.
var functionRows = map[string]float64{
	"unnest": selectivity.ArrayLength, "jsonb_array_elements": 100, "json_array_elements": 100, "jsonb_array_elements_text": 100, "json_array_elements_text": 100,
	"jsonb_each": 100, "json_each": 100, "jsonb_each_text": 100, "jsonb_object_keys": 100, "jsonb_to_recordset": 100, "json_to_recordset": 100,
	"jsonb_to_record": 1, "json_to_record": 1, "regexp_matches": 10,
}

const defaultFunctionRows = 1000

// addDerived adds what is no table to a level: a sub-select that is planned by itself,
// a CTE, VALUES, a function.
func (r *reader) addDerived(sc *scope, item sql.Item) bool {
	rel := &Relation{ref: item.Ref(), alias: item.Ref(), visitedShare: 1, qualShare: 1, Heap: Heap{0, 1}, Needed: []string{}}
	switch {
	case item.Func != "":
		rel.Scan, rel.name, rel.Heap.Tuples = "Function Scan", item.Func, float64(item.Rows)
		if item.Rows == 0 {
			rel.Heap.Tuples = defaultFunctionRows
			if rows, known := functionRows[item.Func]; known {
				rel.Heap.Tuples = rows
			}
		}
		rel.columns = renamed([]output{{name: item.Ref()}}, item.Names)
		for _, name := range item.Names[min(1, len(item.Names)):] {
			rel.columns = append(rel.columns, output{name: name})
		}
		for _, c := range item.Args {
			if m, ok := sc.find(c); ok {
				rel.addLateral(m)
				sc.l.Relations[m.relation].need(m.column)
			}
		}
	case item.Part.Rows > 0:
		rel.Scan, rel.Heap.Tuples = "Values Scan", float64(item.Part.Rows)
		for _, name := range item.Names {
			rel.columns = append(rel.columns, output{name: name})
		}
	case item.CTE != nil && !isInlined(item.CTE):
		rel.Scan, rel.name, rel.subquery = "CTE Scan", item.CTE.Name, r.ctes[item.CTE]
		if rel.subquery != nil && rel.subquery.query != item.CTE.Part {
			rel.Scan = "WorkTable Scan"
		}
	default:
		rel.Scan, rel.subquery = "Subquery Scan", r.read(item.Part, r.around(sc, item))
	}
	if rel.isAppend() {
		for _, arm := range rel.subquery.arms {
			arm.appendChild = isSimple(arm.query) && len(arm.query.From) == 1
		}
	}
	if rel.subquery != nil {
		rel.columns = renamed(rel.subquery.outputs(), item.Names)
		for _, p := range rel.subquery.params {
			if p.level == sc.l && rel.Scan == "Subquery Scan" {
				rel.addLateral(p.column)
			}
		}
	} else if rel.Scan == "CTE Scan" || rel.Scan == "Subquery Scan" {
		return false // it reads what is not known
	}
	rel.Table = &workload.Table{Name: rel.ref, Tuples: opt.Of(rel.Heap.Tuples)}
	for _, c := range rel.columns {
		rel.Table.Columns = append(rel.Table.Columns, &workload.Column{Name: c.name})
	}
	sc.l.add(rel)
	return true
}

// isAppend reports whether a relation is a UNION ALL whose arms replace it, as
// partitions do (is_simple_union_all).
func (rel *Relation) isAppend() bool {
	return rel.Scan == "Subquery Scan" && rel.subquery != nil && rel.subquery.query.SetOp == (sql.SetOp{Name: "UNION", All: true}) && rel.subquery.streams()
}

// addLateral records a value that a relation is scanned with.
func (rel *Relation) addLateral(m columnRef) {
	rel.lateral |= 1 << m.relation
	rel.lateralRefs = append(rel.lateralRefs, m)
}

// outputs are the columns of a level's result.
func (l *Level) outputs() []output {
	if len(l.arms) > 0 && l.query.Kind == sql.Select {
		return slices.Clone(l.arms[0].outputs())
	}
	return l.scope.results(l.query)
}

// pushDown moves conditions into a sub-select if they mean the same there
// (subquery_is_pushdown_safe, subquery_push_qual).
func (rel *Relation) pushDown() {
	if rel.Scan != "Subquery Scan" {
		return
	}
	rel.Conds = slices.DeleteFunc(rel.Conds, func(c sql.Cond) bool {
		at := slices.IndexFunc(rel.columns, func(r output) bool { return r.name == c.Left.Name })
		return at >= 0 && c.Left.Name != "" && c.Value != sql.Runtime && rel.subquery.canPushDown(at) && rel.subquery.pushDown(at, c)
	})
}

// canPushDown reports whether a condition on an output may be moved into a level.
func (l *Level) canPushDown(at int) bool {
	q := l.query
	if q.Limit || q.Offset || q.Kind != sql.Select || q.SetOp.Name == "EXCEPT" {
		return false
	}
	for _, arm := range l.arms {
		if !arm.canPushDown(at) {
			return false
		}
	}
	if len(l.arms) > 0 || len(q.DistinctOn)+len(q.Windows) == 0 {
		return true
	}
	list := l.outputs()
	if at >= len(list) {
		return false
	}
	m, ok := l.columnRef(list[at].side.Left)
	among := func(keys []sql.Key) bool {
		return ok && slices.ContainsFunc(keys, func(k sql.Key) bool { of, ok := l.scope.find(k.Column); return ok && of == m })
	}
	if len(q.DistinctOn) > 0 && !among(q.DistinctOn) {
		return false
	}
	return !slices.ContainsFunc(q.Windows, func(w sql.Window) bool { return !among(w.Partition) })
}

// pushDown adds a condition on an output: to the rows if it is on a column of GROUP BY,
// to the groups if it is on an aggregate.
func (l *Level) pushDown(at int, c sql.Cond) bool {
	for _, arm := range l.arms {
		arm.pushDown(at, c)
	}
	if len(l.arms) > 0 {
		return true
	}
	list := l.outputs()
	if at >= len(list) {
		return false
	}
	side := list[at].side
	c.Left, c.Expr, c.Func, c.Cast, c.ExprColumns = side.Left, side.Expr, side.Func, side.Cast, side.ExprColumns
	m, ok := l.columnRef(side.Left)
	switch {
	case ok:
		l.Relations[m.relation].Conds = append(l.Relations[m.relation].Conds, c)
		l.Relations[m.relation].need(m.column)
	case len(l.query.Group) > 0:
		l.havingQuals = append(l.havingQuals, qual{nil, defaultShare(c), 1})
	case l.relationsOf(c) == 0:
		return false
	default:
		l.addQual(l.relationsOf(c), qual{nil, defaultShare(c), 1})
	}
	return true
}

// measureDerived fills in the rows and columns of a sub-select once it is planned
// (set_subquery_size_estimates, examine_simple_variable).
func (p *Planner) measureDerived(rel *Relation) {
	if rel.Scan == "Values Scan" {
		for _, c := range rel.Table.Columns {
			c.Stats = &workload.ColumnStats{NDistinct: opt.Of(-1.0), AvgWidth: opt.Of(4.0)}
		}
	}
	if rel.subquery == nil {
		return
	}
	q := rel.subquery.query
	rel.Heap.Tuples = math.Max(p.final(rel.subquery, nil).rows, 1)
	if rel.Scan == "WorkTable Scan" {
		rel.Heap.Tuples *= recursions
	}
	rel.Table.Tuples = opt.Of(rel.Heap.Tuples)
	distinct := q.Distinct && len(q.Output) == 1 && q.Output[0].Name != "*" || len(q.DistinctOn) == 1
	plain := rel.Scan != "WorkTable Scan" && len(rel.subquery.arms) == 0 && len(q.Group) == 0 && !q.Distinct && (rel.Scan != "CTE Scan" || p.Settings.Server.Has(pgversion.CTEStatistics))
	for i, c := range rel.columns {
		st := &workload.ColumnStats{AvgWidth: opt.Of(8.0)}
		if m, ok := rel.subquery.columnRef(c.side.Left); ok && len(rel.subquery.arms) == 0 {
			if col := rel.subquery.Relations[m.relation].Table.Column(m.column); col != nil {
				rel.Table.Columns[i].Type = col.Type
				if col.Stats != nil && plain {
					st = col.Stats
				} else if col.Stats != nil {
					st.AvgWidth = col.Stats.AvgWidth
				}
			}
		}
		if distinct && len(rel.subquery.arms) == 0 {
			st.NDistinct = opt.Of(-1.0)
		}
		rel.Table.Columns[i].Stats = st
	}
	rel.uniqueKeys = rel.subquery.uniqueKeys(rel.columns)
}

// uniqueKeys are the sets of output columns that are unique (query_is_distinct_for).
func (l *Level) uniqueKeys(columns []output) [][]string {
	named := func(keys []sql.Key) []string {
		names := []string{}
		for _, k := range keys {
			m, ok := l.scope.find(k.Column)
			at := slices.IndexFunc(columns, func(r output) bool { of, is := l.columnRef(r.side.Left); return ok && is && of == m })
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
	q := l.query
	switch {
	case len(l.arms) > 0:
		if !q.SetOp.All {
			all()
		}
	case len(q.Group) > 0:
		if names := named(q.Group); names != nil {
			list = append(list, names)
		}
	case q.Aggregates > 0:
		list = append(list, []string{}) // one row
	case len(q.DistinctOn) > 0:
		if names := named(q.DistinctOn); names != nil {
			list = append(list, names)
		}
	case q.Distinct:
		all()
	}
	return list
}

// readDerived adds the paths of what is no table.
func (s *search) readDerived(i int) {
	rel, r, k := s.l.Relations[i], s.rels[1<<i], s.k
	each := k.CPUOperator * (Operators(rel.Conds) + rel.qualCost)
	add := func(p Cost, keys []sortKey, from *path) {
		p.Rows = r.rows
		scanned := newPath(p).reads(rel.Scan, rel, nil)
		scanned.inputs[0] = from
		scanned.pathKeys, scanned.outer = keys, rel.lateral
		r.add(scanned, s.fastStart)
	}
	n := rel.Heap.Tuples
	switch rel.Scan {
	case "Function Scan":
		add(Cost{k.CPUOperator, k.CPUOperator + (k.CPUTuple+each)*n, 0}, nil, nil)
	case "Values Scan":
		add(Cost{0, (k.CPUOperator + k.CPUTuple + each) * n, 0}, nil, nil)
	case "CTE Scan", "WorkTable Scan":
		add(Cost{0, (2*k.CPUTuple + each) * n, 0}, nil, nil)
	default:
		whole := rel.isAppend() || k.Server.Has(pgversion.TrivialSubqueryScan) && each == 0 && len(rel.referenced) == len(rel.columns)
		of := s.planner.final(rel.subquery, s.indexes)
		scan := func(sub *path) Cost {
			p := Cost{sub.Startup, sub.Total, r.rows}
			if !whole {
				p.Total += (k.CPUTuple + each) * sub.Rows
			}
			return p
		}
		for _, sub := range of.paths {
			add(scan(sub), s.l.outerKeys(i, sub.pathKeys), sub)
		}
		for _, sub := range of.partial {
			p := newPath(scan(sub)).over(rel.Scan, sub)
			p.relation = rel
			r.addPartial(s.parallel(p, sub.workers, r.rows))
		}
		if r.set != 1<<len(s.l.Relations)-1 {
			s.gatherPaths(r, nil)
		}
	}
}

// outerKeys is the order of a sub-select's rows in terms of the level around it
// (convert_subquery_pathkeys).
func (l *Level) outerKeys(i int, keys []sortKey) []sortKey {
	rel := l.Relations[i]
	var list []sortKey
	for _, k := range keys {
		at := slices.IndexFunc(rel.columns, func(r output) bool {
			m, ok := rel.subquery.columnRef(r.side.Left)
			id, known := rel.subquery.classIDs[m]
			return ok && known && id == k.class
		})
		if at < 0 {
			break
		}
		id, known := l.classIDs[columnRef{i, rel.columns[at].name}]
		if !known {
			break
		}
		list = addKey(list, sortKey{id, k.desc, k.nullsFirst})
	}
	return l.usefulKeys(1<<i, list)
}
