package indexadvisor

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// built is an index that a path may use: one that exists, or one that is
// thought of.
type built struct {
	table  *workload.Table
	of     *workload.Index // nil: it is only thought of
	def    workload.IndexDef
	pages  float64
	height float64
	share  float64 // of the table's rows that its predicate lets in
	unique bool
}

// existing makes the indexes of a table ready for costing.
func (a *Advisor) existing(t *workload.Table) []*built {
	var list []*built
	for _, ix := range t.Indexes {
		if !ix.Valid.Or(true) || ix.Def.Method == "" {
			continue
		}
		b := &built{table: t, of: ix, def: ix.Def, unique: ix.Unique.Or(false), share: coverageOf(t, ix.Def.Where).share.Or(1)}
		b.pages = ix.Pages.Or(0)
		if b.pages <= 0 {
			b.pages = a.SizeBytes(Index{Schema: t.Schema, Table: t.Name, IndexDef: ix.Def}).Or(t.Bytes().Or(blockSize)/10) / blockSize
		}
		b.height = heightOf(b.pages)
		list = append(list, b)
	}
	return list
}

// imagined makes an index that does not exist ready for costing. Where its
// size cannot be known a tenth of the table stands in: it moves the cost of a
// path a little, and is no figure to show.
func (a *Advisor) imagined(t *workload.Table, def workload.IndexDef) *built {
	b := &built{table: t, def: def, share: coverageOf(t, def.Where).share.Or(1)}
	b.pages = a.SizeBytes(Index{Schema: t.Schema, Table: t.Name, IndexDef: def}).Or(t.Bytes().Or(blockSize)/10) / blockSize
	b.height = heightOf(b.pages)
	return b
}

// option is a way to read a table, or some that are joined.
type option struct {
	path
	ordered bool // the rows come as ORDER BY wants them
}

// scans are the ways to read a table by itself, or for each row of the tables
// in outer, which give its join columns a value.
func (a *Advisor) scans(l *level, i int, indexes []*built, outer uint, loops float64) []option {
	u := l.uses[i]
	conds := u.conds
	for _, j := range u.joins {
		if outer&(1<<j.other) != 0 {
			conds = append(slices.Clip(conds), j.cond)
		}
	}
	rows := clampRows(u.heap.tuples * u.shares(conds))
	var list []option
	if outer == 0 {
		list = append(list, option{path: a.seqScan(u, conds, rows)})
	}
	for _, ix := range indexes {
		if ix.table == u.table {
			list = append(list, a.byIndex(l, i, ix, conds, rows, loops, outer != 0)...)
		}
	}
	return list
}

// seqScan is a sequential scan by one process.
func (a *Advisor) seqScan(u *use, conds []sql.Cond, rows float64) path {
	return path{0, a.cost.seqScan(u.heap, operators(conds), 0), rows}
}

// partialScans are the ways for several processes to read a table together:
// each has its part of the rows.
func (a *Advisor) partialScans(l *level, i int, indexes []*built) []part {
	u := l.uses[i]
	w := a.cost.workersFor(u.heap.pages)
	if w <= 0 {
		return nil
	}
	d := a.cost.parallelDivisor(w)
	rows := clampRows(clampRows(u.heap.tuples*u.shares(u.conds)) / d)
	list := []part{{path{0, a.cost.seqScan(u.heap, operators(u.conds), w), rows}, w, d}}
	for _, ix := range indexes {
		if ix.table != u.table || ix.def.Method != "btree" || !Implied(ix.def.Where.Raw(), u.conds) {
			continue
		}
		use, m := l.accessBy(i, ix, u.conds, 1)
		use.correlation = a.correlation(u.table, ix.def)
		if len(m.answered) == 0 {
			continue
		}
		_, index := a.cost.descend(use)
		if p := a.cost.bitmapHeap(index, use, -1); p.rows < clampRows(u.heap.tuples*use.given()) {
			d := clampRows(u.heap.tuples*use.given()) / p.rows
			list = append(list, part{withRows(p, clampRows(clampRows(u.heap.tuples*u.shares(u.conds))/d)), w, d})
		}
	}
	return list
}

// part is one process's share of a path that several take together.
type part struct {
	path
	workers, divisor float64
}

// gather brings the parts together.
func (k constants) gather(p part) path {
	rows := p.rows * p.divisor
	return path{p.startup + k.parallelSetup, p.total + k.parallelSetup + k.parallelTuple*rows, rows}
}

// gatherMerge brings sorted parts together, in their order.
func (k constants) gatherMerge(p part) path {
	rows := p.rows * p.divisor
	n := p.workers + 1
	startup := k.parallelSetup + 2*k.cpuOperator*n*math.Log2(n)
	run := rows*(2*k.cpuOperator*math.Log2(n)+k.cpuOperator) + 1.05*k.parallelTuple*rows
	return path{p.startup + startup, p.total + startup + run, rows}
}

// byIndex are the ways to read a table by one index: in its order, and by a
// bitmap.
func (a *Advisor) byIndex(l *level, i int, ix *built, conds []sql.Cond, rows, loops float64, inner bool) []option {
	u := l.uses[i]
	if !Implied(ix.def.Where.Raw(), conds) {
		return nil
	}
	use, m := l.accessBy(i, ix, conds, loops)
	use.correlation = a.correlation(u.table, ix.def)
	if ix.def.Method == "gin" {
		if len(m.answered) == 0 {
			return nil
		}
		return []option{{path: withRows(a.cost.ginScan(use, float64(len(m.answered))), rows)}}
	}
	if ix.def.Method != "btree" && (ix.def.Method != "hash" || len(m.answered) == 0) {
		return nil
	}
	if ix.unique && m.pinned == len(ix.def.Keys) {
		use.boundary = math.Min(use.boundary, 1/u.heap.tuples)
		use.selected = use.boundary
	}
	ordered := !inner && l.ordered == i && gives(ix.def, l.order, m.fixed)
	only := ix.def.Method == "btree" && covers(ix.def, u.needed)
	if len(m.answered) == 0 && !ordered && !only && ix.def.Where.Empty() {
		return nil
	}
	var list []option
	if only {
		use.visible = share(u.table.AllVisible.Or(0) / math.Max(u.table.Pages.Or(0), 1))
	}
	list = append(list, option{withRows(a.cost.indexScan(use), rows), ordered})
	if use.visible = 0; len(m.answered) > 0 || !ix.def.Where.Empty() {
		list = append(list, option{path: withRows(a.cost.bitmapScan(use), rows)})
	}
	return list
}

// accessBy is a use of an index for conditions, and what it answers of them.
func (l *level) accessBy(i int, ix *built, conds []sql.Cond, loops float64) (access, matched) {
	u := l.uses[i]
	conds = beyond(ix.def.Where.Raw(), conds)
	use := access{heap: u.heap, height: ix.height, loops: loops, indexPages: ix.pages / math.Max(ix.share, 1e-6)}
	for _, other := range l.uses {
		if other != u {
			use.otherPages += other.heap.pages
		}
	}
	m := u.match(ix, conds)
	use.boundary, use.selected = m.boundary*ix.share, m.selected*ix.share
	use.lookups, use.conds = m.lookups, operators(m.answered)
	use.filters = math.Max(operators(conds)-use.conds, 0)
	return use, m
}

// beyond are the conditions that an index's predicate does not answer already.
func beyond(where string, conds []sql.Cond) []sql.Cond {
	if where == "" {
		return conds
	}
	parts, err := sql.ParseCond(where)
	if err != nil {
		return conds
	}
	return slices.DeleteFunc(slices.Clone(conds), func(c sql.Cond) bool {
		return slices.ContainsFunc(parts, func(p sql.Cond) bool {
			return p.Op == c.Op && p.Left.Name == c.Left.Name && p.Const.Raw() == c.Const.Raw()
		})
	})
}

func withRows(p path, rows float64) path { p.rows = rows; return p }

// matched is what of a scan's conditions an index answers.
type matched struct {
	answered []sql.Cond
	boundary float64 // share of the index that is walked
	selected float64 // share that is left to fetch
	lookups  float64
	fixed    map[string]bool // columns that hold one value in the scan
	pinned   int             // keys that are compared for equality with one value
}

// match walks an index's keys: on over equalities, to the first range;
// conditions on later keys are still checked in the index.
func (u *use) match(ix *built, conds []sql.Cond) matched {
	m := matched{boundary: 1, selected: 1, lookups: 1, fixed: map[string]bool{}}
	var bounds []sql.Cond
	open := true
	for _, k := range ix.def.Keys {
		equal := false
		for _, c := range conds {
			if !answers(ix.def, k, c) {
				continue
			}
			m.answered = append(m.answered, c)
			if open {
				bounds = append(bounds, c)
			}
			switch c.Op {
			case sql.Eq, sql.IsNull, sql.IsTrue, sql.IsFalse:
				equal = true
				m.fixed[k.Column] = true
			case sql.In:
				equal = true
				m.lookups *= math.Max(float64(c.InSize), 1)
			}
		}
		if equal && open {
			m.pinned++
		}
		open = open && equal
	}
	m.selected = u.shares(m.answered)
	m.boundary = u.shares(bounds)
	for _, c := range conds {
		if c.Op == sql.Eq && c.Left.Name != "" {
			m.fixed[c.Left.Name] = true // by a filter: the order is the same
		}
	}
	return m
}

// answers reports whether a key of an index answers a condition.
func answers(def workload.IndexDef, k workload.IndexKey, c sql.Cond) bool {
	switch def.Method {
	case "btree":
		if k.Column == "" {
			return !k.Expr.Empty() && !c.Expr.Empty() && sameExpression(k.Expr.Raw(), c.Expr.Raw()) && (c.Op == sql.Eq || c.Op == sql.Range || c.Op == sql.In)
		}
		pattern := strings.HasSuffix(k.OpClass, "_pattern_ops")
		if c.Op == sql.Like {
			return c.Left.Name == k.Column && (pattern || k.Collation == "C")
		}
		return c.Left.Name == k.Column && c.Sargable() && (!pattern || c.Op != sql.Range)
	case "hash":
		return c.Left.Name == k.Column && c.Op == sql.Eq
	case "gin":
		if strings.Contains(k.OpClass, "trgm") {
			return c.Left.Name == k.Column && (c.Op == sql.LikeAny || c.Op == sql.Like)
		}
		return c.Left.Name == k.Column && c.Op == sql.Contains && (k.OpClass != "jsonb_path_ops" || c.Operator == "@>")
	}
	return false
}

// gives reports whether an index read forwards or backwards gives an order,
// columns that hold one value left out on either side.
func gives(def workload.IndexDef, order []orderKey, fixed map[string]bool) bool {
	if def.Method != "btree" {
		return false
	}
	at, turned := 0, 0
	for _, o := range order {
		if fixed[o.Column.Name] {
			continue
		}
		for at < len(def.Keys) && fixed[def.Keys[at].Column] && def.Keys[at].Column != o.Column.Name {
			at++
		}
		if at == len(def.Keys) || def.Keys[at].Column != o.Column.Name || o.Column.Name == "" {
			return false
		}
		k := def.Keys[at]
		way := 1
		if k.Desc != o.Desc {
			way = -1
		}
		if (k.NullsFirst != o.NullsFirst) != (way < 0) || turned != 0 && way != turned {
			return false
		}
		turned = way
		at++
	}
	return true
}

// covers reports whether an index holds all the columns that are needed.
func covers(def workload.IndexDef, needed []string) bool {
	if needed == nil {
		return false
	}
	for _, name := range needed {
		if !slices.Contains(def.Include, name) && !slices.ContainsFunc(def.Keys, func(k workload.IndexKey) bool { return k.Column == name }) {
			return false
		}
	}
	return true
}
