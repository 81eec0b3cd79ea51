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
	name   string          // as a plan calls it; empty while it has none
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
		b := &built{table: t, of: ix, name: ix.Name, def: ix.Def, unique: ix.Unique.Or(false), share: coverageOf(t, ix.Def.Where).share.Or(1)}
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

// readTable makes the ways to read a table: by itself, for each row of other
// tables whose values an index looks up, and its parts by several processes.
func (s *search) readTable(i int) {
	u, r := s.l.uses[i], s.rels[1<<i]
	quals := operators(u.conds) + u.weight
	r.add(newWay(path{0, s.k.seqScan(u.heap, quals, 0), r.rows}).reads("Seq Scan", u, nil), s.startup)
	w := s.k.workersFor(u.heap.pages)
	if s.l.child {
		w = math.Max(w, 1) // however small
	}
	if w > 0 {
		p := newWay(path{0, s.k.seqScan(u.heap, quals, w), r.rows}).reads("Seq Scan", u, nil)
		r.addPartial(s.parted(p, w, r.rows))
	}
	for _, ix := range s.indexes {
		if ix.table != u.table {
			continue
		}
		s.byIndex(i, ix, r)
		for _, outer := range s.l.givers(i, ix.def) {
			s.lookups(i, ix, outer, r)
		}
	}
	if set := r.set; set != 1<<len(s.l.uses)-1 {
		s.gatherWays(r, nil)
	}
}

// parted makes a way one that several processes take together.
func (s *search) parted(w *way, workers, rows float64) *way {
	w.workers, w.divisor = workers, s.k.parallelDivisor(workers)
	w.rows = clampRows(rows / w.divisor)
	w.again, w.parallel = w.path, true
	return w
}

// byIndex are the ways to read a table by one index and what is known before:
// in its order, forwards and backwards, and by a bitmap.
func (s *search) byIndex(i int, ix *built, r *rel) {
	u := s.l.uses[i]
	if !Implied(ix.def.Where.Raw(), u.conds) {
		return
	}
	use, m := s.access(i, ix, u.conds, 1)
	found := len(m.answered) > 0
	switch {
	case ix.def.Method == "gin":
		if found {
			r.add(newWay(withRows(s.k.ginScan(use, float64(len(m.answered))), r.rows)).bitmapOf(u, ix, use), s.startup)
		}
		return
	case ix.def.Method == "brin":
		if found {
			r.add(newWay(withRows(s.k.brinScan(use, r.rows), r.rows)).bitmapOf(u, ix, use), s.startup)
		}
		return
	case ix.def.Method == "gist":
		if keys := s.l.orderOf(i, ix.def, false); found || keys != nil {
			w := newWay(withRows(s.k.gistScan(use), r.rows)).reads("Index Scan", u, ix)
			w.keys = keys
			r.add(w, s.startup)
		}
		if found {
			r.add(newWay(withRows(s.k.bitmapScan(use), r.rows)).bitmapOf(u, ix, use), s.startup)
		}
		return
	case ix.def.Method != "btree" && (ix.def.Method != "hash" || len(m.answered) == 0):
		return
	}
	only := s.visibleBy(ix, u)
	asked := len(m.answered) > 0 || !ix.def.Where.Empty()
	forwards := s.l.orderOf(i, ix.def, false)
	if asked || len(forwards) > 0 || only > 0 || covers(ix.def, u.needed) {
		scan := use
		scan.visible = only
		s.addScan(r, scan, forwards, made{node: scanName(only), use: u, index: ix})
	}
	if backwards := s.l.orderOf(i, ix.def, true); len(backwards) > 0 {
		scan := use
		scan.visible = only
		s.addScan(r, scan, backwards, made{node: scanName(only), use: u, index: ix, backward: true})
	}
	if !asked {
		return
	}
	r.add(newWay(withRows(s.k.bitmapScan(use), r.rows)).bitmapOf(u, ix, use), s.startup)
	if s.k.workersFor(u.heap.pages) <= 0 {
		return
	}
	_, index := s.k.descend(use)
	if p := s.k.bitmapHeap(index, use, -1); p.workers > 0 {
		r.addPartial(s.parted(newWay(p.path).bitmapOf(u, ix, use), p.workers, r.rows))
	}
}

// addScan adds a scan in an index's order, by one process and by several.
func (s *search) addScan(r *rel, use access, keys []sortKey, how made) {
	scan := s.k.indexScan(use)
	w := newWay(withRows(scan.path, r.rows))
	w.keys, w.bare, w.made = keys, true, how
	r.add(w, s.startup)
	workers := s.k.indexWorkers(use, scan.fetched)
	if workers <= 0 {
		return
	}
	p := newWay(withRows(scan.path, r.rows))
	p.total -= scan.cpu * (1 - 1/s.k.parallelDivisor(workers))
	p.keys, p.bare, p.made = keys, true, how
	r.addPartial(s.parted(p, workers, r.rows))
}

// visibleBy is the share of the heap's pages that an index-only scan spares.
func (s *search) visibleBy(ix *built, u *use) float64 {
	if ix.def.Method != "btree" || !covers(ix.def, u.needed) {
		return 0
	}
	return share(u.table.AllVisible.Or(0) / math.Max(u.table.Pages.Or(0), 1))
}

// lookups are the ways to find a table's rows by an index for each row of other
// tables.
func (s *search) lookups(i int, ix *built, outer tables, r *rel) {
	u := s.l.uses[i]
	given := s.l.given(i, outer)
	conds := append(slices.Clip(u.conds), given...)
	if !Implied(ix.def.Where.Raw(), conds) {
		return
	}
	use, m := s.access(i, ix, conds, s.loops(i, outer))
	taken := 0
	for _, c := range m.answered {
		if c.Value == sql.Runtime && slices.ContainsFunc(given, func(g sql.Cond) bool { return g.Left.Name == c.Left.Name }) {
			taken++
		}
	}
	if taken == 0 {
		return
	}
	rows := clampRows(u.heap.tuples * u.shares(conds) * u.passing)
	add := func(w *way) {
		w.rows, w.again.rows = rows, rows
		w.outer, w.lookup, w.bare = outer, taken == len(given), true
		r.add(w, false)
	}
	switch ix.def.Method {
	case "btree":
		scan := use
		scan.visible = s.visibleBy(ix, u)
		add(newWay(s.k.indexScan(scan).path).reads(scanName(scan.visible), u, ix))
		add(newWay(s.k.bitmapScan(use)).bitmapOf(u, ix, use))
	case "hash":
		add(newWay(s.k.indexScan(use).path).reads("Index Scan", u, ix))
	}
}

// loops is get_loop_count: how often a lookup of table i is taken to be
// repeated, by the rows of the smallest table that gives it its value, of a
// semi join's right side no more than it has different ones.
func (s *search) loops(i int, outer tables) float64 {
	loops := math.Inf(1)
	for o := range s.l.uses {
		if !outer.has(o) {
			continue
		}
		rows := s.rels[1<<o].rows
		for _, sp := range s.l.specials {
			if sp.kind == sql.Semi && sp.left.has(i) && sp.right.has(o) {
				if groups, _ := s.groupsOf(sp.values, rows); groups < rows {
					rows = groups
				}
			}
		}
		loops = math.Min(loops, rows)
	}
	return math.Max(loops, 1)
}

// mayRead reports whether a table of a level could be read by an index at all:
// by a condition on its first key, in its order, or from the index alone.
func (l *level) mayRead(ix *built) bool {
	for of := range l.below {
		if of.mayReadHere(ix) {
			return true
		}
	}
	return false
}

func (l *level) mayReadHere(ix *built) bool {
	for i, u := range l.uses {
		if u.table != ix.table {
			continue
		}
		conds := append(slices.Clip(u.conds), l.given(i, tables(1<<len(l.uses)-1))...)
		if !Implied(ix.def.Where.Raw(), conds) {
			continue
		}
		if !ix.def.Where.Empty() || covers(ix.def, u.needed) || len(l.orderOf(i, ix.def, false))+len(l.orderOf(i, ix.def, true)) > 0 ||
			slices.ContainsFunc(conds, func(c sql.Cond) bool { return answers(ix.def, ix.def.Keys[0], c) }) {
			return true
		}
	}
	return false
}

// access is a use of an index for conditions, and what it answers of them.
func (s *search) access(i int, ix *built, conds []sql.Cond, loops float64) (access, matched) {
	u := s.l.uses[i]
	use, m := s.l.accessBy(i, ix, conds, loops)
	use.correlation = s.a.correlation(u.table, ix.def)
	if ix.unique && m.pinned == len(ix.def.Keys) {
		use.boundary = math.Min(use.boundary, 1/u.heap.tuples)
		use.selected = use.boundary
	}
	return use, m
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
	use.filters = math.Max(operators(conds)-use.conds, 0) + u.weight
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
				m.lookups *= listLength(c)
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
	case "brin":
		return c.Left.Name == k.Column && c.Op == sql.Range
	case "gist":
		return c.Left.Name == k.Column && c.Op == sql.Contains
	case "gin":
		if strings.Contains(k.OpClass, "trgm") {
			return c.Left.Name == k.Column && (c.Op == sql.LikeAny || c.Op == sql.Like)
		}
		return c.Left.Name == k.Column && c.Op == sql.Contains && (k.OpClass != "jsonb_path_ops" || c.Operator == "@>")
	}
	return false
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
