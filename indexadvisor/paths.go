package indexadvisor

import (
	"math"
	"slices"

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
		b.height = heightOf(b.pages, a.pivot(t, ix.Def))
		list = append(list, b)
	}
	return list
}

// imagined makes an index that does not exist ready for costing. Where its
// size cannot be known a tenth of the table stands in: it moves the cost of a
// path a little, and is no figure to show.
func (a *Advisor) imagined(t *workload.Table, def workload.IndexDef) *built {
	b := &built{table: t, def: def, share: coverageOf(t, def.Where).share.Or(1)}
	of, why := tree{}, ""
	if def.Method == "btree" {
		of, why = a.treeOf(t, def, t.RowCount().Or(0))
		b.pages = of.pages
	} else {
		b.pages = a.SizeBytes(Index{Schema: t.Schema, Table: t.Name, IndexDef: def}).Or(0) / blockSize
	}
	if b.pages < 1 && (def.Method == "gist" || def.Method == "spgist") {
		b.pages, _ = a.gistPages(t, def, t.RowCount().Or(0))
	}
	if why != "" || b.pages < 1 {
		b.pages = t.Bytes().Or(blockSize) / 10 / blockSize
	}
	b.height = heightOf(b.pages, of.pivot)
	return b
}

// pivot is the size of an entry above a B-tree's leaves; 0 where it is not known.
func (a *Advisor) pivot(t *workload.Table, def workload.IndexDef) float64 {
	b, _ := a.treeOf(t, def, t.RowCount().Or(0))
	return b.pivot
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
	var alone []*bitmap
	var given []lookup
	for _, ix := range s.indexes {
		if ix.table != u.table {
			continue
		}
		if b := s.byIndex(i, ix, r); b != nil {
			alone = append(alone, b)
		}
		for _, outer := range s.l.givers(i, ix.def) {
			if b := s.lookups(i, ix, outer, r); b.bitmap != nil {
				given = append(given, b)
			}
		}
	}
	alone = append(alone, s.unions(i, u.conds, u.conds)...)
	s.byBitmaps(i, alone, r)
	s.byLookups(i, given, alone, r)
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

// byIndex adds the ways to read a table in the order of one index, forwards and
// backwards, and gives the bitmap that the index makes of what is known before;
// nil: none.
func (s *search) byIndex(i int, ix *built, r *rel) *bitmap {
	u := s.l.uses[i]
	if !Implied(ix.def.Where.Raw(), u.conds) {
		return nil
	}
	use, m := s.access(i, ix, u.conds, 1)
	found := len(m.answered) > 0 || !ix.def.Where.Empty()
	switch ix.def.Method {
	case "btree":
		scan := use
		scan.visible = s.visibleBy(ix, u)
		forwards, backwards := s.l.orderOf(i, ix.def, false), s.l.orderOf(i, ix.def, true)
		how := made{node: scanName(scan.visible), use: u, index: ix}
		if found || len(forwards) > 0 || covers(ix.def, u.needed) {
			s.addScan(r, scan, forwards, how)
		}
		if len(backwards) > 0 {
			how.backward = true
			s.addScan(r, scan, backwards, how)
		}
	case "hash":
		if found = len(m.answered) > 0; found {
			s.addScan(r, hashAccess(use), nil, made{node: "Index Scan", use: u, index: ix})
		}
	case "gist", "spgist":
		if keys := s.l.orderOf(i, ix.def, false); len(m.answered) > 0 || keys != nil {
			scan := gistAccess(use)
			scan.visible = s.visibleBy(ix, u)
			if keys != nil { // the distance, in the index and for the result
				scan.conds, scan.filters = scan.conds+1, scan.filters+1
			}
			w := newWay(withRows(s.k.indexScan(scan).path, r.rows)).reads(scanName(scan.visible), u, ix)
			w.keys = keys
			r.add(w, s.startup)
		}
		found = len(m.answered) > 0
	case "gin", "brin":
		found = len(m.answered) > 0
	default:
		return nil
	}
	if !found {
		return nil
	}
	return s.k.bitmapBy(ix, use, m, r.rows)
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
	if !covers(ix.def, u.beside(ix)) {
		return 0
	}
	for _, k := range ix.def.Keys {
		if c := u.table.Column(k.Column); ix.def.Method != "btree" && (c == nil || !returns(ix.def.Method, c.Type)) {
			return 0
		}
	}
	return share(u.table.AllVisible.Or(0) / math.Max(u.table.Pages.Or(0), 1))
}

// lookup is a bitmap of the rows that values of other tables are looked up by.
type lookup struct {
	*bitmap
	outer tables
	given []sql.Cond // what those values make, all of it
	use   access
	rows  float64 // that pass all conditions
}

// lookups adds the way to find a table's rows by an index for each row of other
// tables, and gives the bitmap that the index makes of them, if any.
func (s *search) lookups(i int, ix *built, outer tables, r *rel) (found lookup) {
	u := s.l.uses[i]
	given := s.l.given(i, outer)
	conds := append(slices.Clip(u.conds), given...)
	if ix.def.Method != "btree" && ix.def.Method != "hash" || !Implied(ix.def.Where.Raw(), conds) {
		return found
	}
	use, m := s.access(i, ix, conds, s.loops(i, outer))
	taken := lookedUp(given, m.answered)
	if taken == 0 {
		return found
	}
	rows := clampRows(u.heap.tuples * u.shares(conds) * u.passing)
	scan := use
	scan.visible = s.visibleBy(ix, u)
	if ix.def.Method == "hash" {
		scan = hashAccess(scan)
	}
	w := newWay(withRows(s.k.indexScan(scan).path, rows)).reads(scanName(scan.visible), u, ix)
	w.outer, w.lookup, w.bare = outer, taken == len(given), true
	r.add(w, false)
	return lookup{s.k.bitmapBy(ix, use, m, rows), outer, given, use, rows}
}

// byLookups adds the ways to find a table's rows by bitmaps for each row of
// other tables, with those that need no other table.
func (s *search) byLookups(i int, list []lookup, alone []*bitmap, r *rel) {
	for n, l := range list {
		if slices.ContainsFunc(list[:n], func(o lookup) bool { return o.outer == l.outer }) {
			continue
		}
		ways := slices.Clip(alone)
		for _, o := range list {
			if o.outer.within(l.outer) {
				ways = append(ways, o.bitmap)
			}
		}
		b := s.k.choose(ways, l.use)
		w := newWay(withRows(s.k.bitmapHeap(b, l.use, 0).path, l.rows)).bitmapOf(s.l.uses[i], b)
		w.outer, w.lookup, w.bare = l.outer, lookedUp(l.given, b.asked) == len(l.given), true
		r.add(w, false)
	}
}

// lookedUp counts the conditions that values of other tables make, among those
// that an index answers.
func lookedUp(given, answered []sql.Cond) int {
	n := 0
	for _, c := range answered {
		if c.Value == sql.Runtime && slices.ContainsFunc(given, func(g sql.Cond) bool { return g.Left.Name == c.Left.Name }) {
			n++
		}
	}
	return n
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
// by a condition on its first key, from 18 on on a later one behind keys of few
// values, in its order, or from the index alone.
func (l *level) mayRead(ix *built, version float64) bool {
	for of := range l.below {
		if of.mayReadHere(ix, version) {
			return true
		}
	}
	return false
}

func (l *level) mayReadHere(ix *built, version float64) bool {
	for i, u := range l.uses {
		if u.table != ix.table {
			continue
		}
		conds := append(slices.Clip(u.conds), l.given(i, tables(1<<len(l.uses)-1))...)
		if !Implied(ix.def.Where.Raw(), conds) {
			continue
		}
		if !ix.def.Where.Empty() || covers(ix.def, u.needed) || len(l.orderOf(i, ix.def, false))+len(l.orderOf(i, ix.def, true)) > 0 {
			return true
		}
		conds = branched(conds)
		for n := range ix.def.Keys {
			k := &ix.def.Keys[n]
			for i := range conds {
				if answers(ix.def.Method, k, &conds[i]) {
					return true
				}
			}
			if values := distinct(u.table, k.Column); version < 18 || values <= 0 || values > ix.pages {
				break
			}
		}
	}
	return false
}

// branched are conditions and, after an OR, those of its branches.
func branched(conds []sql.Cond) []sql.Cond {
	if !slices.ContainsFunc(conds, func(c sql.Cond) bool { return c.Op == sql.Or }) {
		return conds
	}
	var list []sql.Cond
	for _, c := range conds {
		list = append(list, c)
		for _, branch := range c.Any {
			list = append(list, branched(branch)...)
		}
	}
	return list
}

// access is a use of an index for conditions, and what it answers of them.
func (s *search) access(i int, ix *built, conds []sql.Cond, loops float64) (access, matched) {
	u := s.l.uses[i]
	use := s.heapAccess(i, conds, loops)
	use.height, use.indexPages = ix.height, ix.pages/math.Max(ix.share, 1e-6)
	use.correlation = s.a.correlation(u.table, ix.def)
	m := u.match(ix, conds, s.k.version)
	use.boundary, use.selected = m.boundary*ix.share, m.selected*ix.share
	use.lookups, use.conds = m.lookups, m.quals
	use.filters = math.Max(use.checks-m.settled, 0)
	if ix.unique && m.exact {
		use.boundary = math.Min(use.boundary, 1/u.heap.tuples)
		use.selected = use.boundary
	}
	return use, m
}

func withRows(p path, rows float64) path { p.rows = rows; return p }
