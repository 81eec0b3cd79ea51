package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// Index is an index that a path may use: one that exists, or one that is
// thought of.
type Index struct {
	Table    *workload.Table
	Existing *workload.Index // nil: it is only thought of
	Name     string          // as a plan calls it; empty while it has none
	Def      workload.IndexDef
	Pages    float64
	height   float64
	share    float64 // of the table's rows that its predicate lets in
	unique   bool
}

// Existing makes the indexes of a table ready for costing.
func (p *Planner) Existing(t *workload.Table) []*Index {
	var list []*Index
	for _, ix := range t.Indexes {
		if !ix.Valid.Or(true) || ix.Def.Method == "" {
			continue
		}
		b := &Index{Table: t, Existing: ix, Name: ix.Name, Def: ix.Def, unique: ix.Unique.Or(false), share: indexcost.CoveredShare(t, ix.Def.Where).Or(1)}
		b.Pages = ix.Pages.Or(0)
		if b.Pages <= 0 {
			b.Pages = p.sizes.SizeBytes(t, ix.Def).Or(t.Bytes().Or(indexcost.BlockSize)/10) / indexcost.BlockSize
		}
		b.height = p.sizes.Height(t, ix.Def, b.Pages)
		list = append(list, b)
	}
	return list
}

// existingOf are the indexes of all tables of a level.
func (p *Planner) existingOf(l *Level) []*Index {
	var list []*Index
	for _, t := range l.Tables() {
		list = append(list, p.Existing(t)...)
	}
	return list
}

// Hypothetical makes an index that does not exist ready for costing.
func (p *Planner) Hypothetical(t *workload.Table, def workload.IndexDef) *Index {
	b := &Index{Table: t, Def: def, share: indexcost.CoveredShare(t, def.Where).Or(1)}
	b.Pages, b.height = p.sizes.Pages(t, def)
	return b
}

// readTable makes the ways to read a table: by itself, for each row of other
// tables whose values an index looks up, and its parts by several processes.
func (s *search) readTable(i int) {
	u, r := s.l.Relations[i], s.rels[1<<i]
	quals := Operators(u.Conds) + u.weight
	r.add(newWay(Cost{0, s.k.SeqScan(u.Heap, quals, 0), r.rows}).reads("Seq Scan", u, nil), s.startup)
	w := s.k.workersFor(u.Heap.Pages)
	if s.l.child {
		w = math.Max(w, 1) // however small
	}
	if w > 0 {
		p := newWay(Cost{0, s.k.SeqScan(u.Heap, quals, w), r.rows}).reads("Seq Scan", u, nil)
		r.addPartial(s.parted(p, w, r.rows))
	}
	var alone []*bitmap
	var given []lookup
	for _, ix := range s.indexes {
		if ix.Table != u.Table {
			continue
		}
		if b := s.byIndex(i, ix, r); b != nil {
			alone = append(alone, b)
		}
		for _, outer := range s.l.givers(i, ix.Def) {
			if b := s.lookups(i, ix, outer, r); b.bitmap != nil {
				given = append(given, b)
			}
		}
	}
	alone = append(alone, s.unions(i, u.Conds, u.Conds)...)
	s.byBitmaps(i, alone, r)
	s.byLookups(i, given, alone, r)
	if set := r.set; set != 1<<len(s.l.Relations)-1 {
		s.gatherWays(r, nil)
	}
}

// parted makes a way one that several processes take together.
func (s *search) parted(w *path, workers, rows float64) *path {
	w.workers, w.divisor = workers, s.k.ParallelDivisor(workers)
	w.Rows = clampRows(rows / w.divisor)
	w.again, w.parallel = w.Cost, true
	return w
}

// byIndex adds the ways to read a table in the order of one index, forwards and
// backwards, and gives the bitmap that the index makes of what is known before;
// nil: none.
func (s *search) byIndex(i int, ix *Index, r *rel) *bitmap {
	u := s.l.Relations[i]
	if !selectivity.Implied(ix.Def.Where.Raw(), u.Conds) {
		return nil
	}
	use, m := s.access(i, ix, u.Conds, 1)
	found := len(m.answered) > 0 || !ix.Def.Where.Empty()
	switch ix.Def.Method {
	case "btree":
		scan := use
		scan.visible = s.visibleBy(ix, u)
		forwards, backwards := s.l.orderOf(i, ix.Def, false), s.l.orderOf(i, ix.Def, true)
		how := made{node: scanName(scan.visible), use: u, index: ix}
		if found || len(forwards) > 0 || Covers(ix.Def, u.Needed) {
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
		if keys := s.l.orderOf(i, ix.Def, false); len(m.answered) > 0 || keys != nil {
			scan := gistAccess(use)
			scan.visible = s.visibleBy(ix, u)
			if keys != nil { // the distance, in the index and for the result
				scan.IndexQuals, scan.Filters = scan.IndexQuals+1, scan.Filters+1
			}
			w := newWay(withRows(s.k.IndexScan(scan).Cost, r.rows)).reads(scanName(scan.visible), u, ix)
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
func (s *search) addScan(r *rel, use Access, keys []sortKey, how made) {
	scan := s.k.IndexScan(use)
	w := newWay(withRows(scan.Cost, r.rows))
	w.keys, w.bare, w.made = keys, true, how
	r.add(w, s.startup)
	workers := s.k.indexWorkers(use, scan.fetched)
	if workers <= 0 {
		return
	}
	p := newWay(withRows(scan.Cost, r.rows))
	p.Total -= scan.cpu * (1 - 1/s.k.ParallelDivisor(workers))
	p.keys, p.bare, p.made = keys, true, how
	r.addPartial(s.parted(p, workers, r.rows))
}

// visibleBy is the share of the heap's pages that an index-only scan spares.
func (s *search) visibleBy(ix *Index, u *Relation) float64 {
	if !Covers(ix.Def, u.beside(ix)) {
		return 0
	}
	for _, k := range ix.Def.Keys {
		if c := u.Table.Column(k.Column); ix.Def.Method != "btree" && (c == nil || !returns(ix.Def.Method, c.Type)) {
			return 0
		}
	}
	return selectivity.Share(u.Table.AllVisible.Or(0) / math.Max(u.Table.Pages.Or(0), 1))
}

// lookup is a bitmap of the rows that values of other tables are looked up by.
type lookup struct {
	*bitmap
	outer tables
	given []sql.Cond // what those values make, all of it
	use   Access
	rows  float64 // that pass all conditions
}

// lookups adds the way to find a table's rows by an index for each row of other
// tables, and gives the bitmap that the index makes of them, if any.
func (s *search) lookups(i int, ix *Index, outer tables, r *rel) (found lookup) {
	u := s.l.Relations[i]
	given := s.l.given(i, outer)
	conds := append(slices.Clip(u.Conds), given...)
	if ix.Def.Method != "btree" && ix.Def.Method != "hash" || !selectivity.Implied(ix.Def.Where.Raw(), conds) {
		return found
	}
	use, m := s.access(i, ix, conds, s.loops(i, outer))
	taken := lookedUp(given, m.answered)
	if taken == 0 {
		return found
	}
	rows := clampRows(u.Heap.Tuples * u.shares(conds) * u.passing)
	scan := use
	scan.visible = s.visibleBy(ix, u)
	if ix.Def.Method == "hash" {
		scan = hashAccess(scan)
	}
	w := newWay(withRows(s.k.IndexScan(scan).Cost, rows)).reads(scanName(scan.visible), u, ix)
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
		w := newWay(withRows(s.k.bitmapHeap(b, l.use, 0).Cost, l.rows)).bitmapOf(s.l.Relations[i], b)
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
	for o := range s.l.Relations {
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

// MayUse reports whether a table of a level could be read by an index at all:
// by a condition on its first key, from 18 on on a later one behind keys of few
// values, in its order, or from the index alone.
func (l *Level) MayUse(ix *Index) bool {
	for of := range l.All {
		if of.mayReadHere(ix) {
			return true
		}
	}
	return false
}

func (l *Level) mayReadHere(ix *Index) bool {
	for i, u := range l.Relations {
		if u.Table != ix.Table {
			continue
		}
		conds := append(slices.Clip(u.Conds), l.given(i, tables(1<<len(l.Relations)-1))...)
		if !selectivity.Implied(ix.Def.Where.Raw(), conds) {
			continue
		}
		if !ix.Def.Where.Empty() || Covers(ix.Def, u.Needed) || len(l.orderOf(i, ix.Def, false))+len(l.orderOf(i, ix.Def, true)) > 0 {
			return true
		}
		conds = branched(conds)
		for n := range ix.Def.Keys {
			k := &ix.Def.Keys[n]
			for i := range conds {
				if answers(ix.Def.Method, k, &conds[i]) {
					return true
				}
			}
			if values := selectivity.Distinct(u.Table, k.Column); l.version < 18 || values <= 0 || values > ix.Pages {
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
func (s *search) access(i int, ix *Index, conds []sql.Cond, loops float64) (Access, matched) {
	u := s.l.Relations[i]
	use := s.heapAccess(i, conds, loops)
	use.Height, use.IndexPages = ix.height, ix.Pages/math.Max(ix.share, 1e-6)
	use.Correlation = Correlation(u.Table, ix.Def)
	m := u.match(ix, conds, s.k.Version)
	use.Boundary, use.selected = m.boundary*ix.share, m.selected*ix.share
	use.lookups, use.IndexQuals = m.lookups, m.quals
	use.Filters = math.Max(use.Quals-m.settled, 0)
	if ix.unique && m.exact {
		use.Boundary = math.Min(use.Boundary, 1/u.Heap.Tuples)
		use.selected = use.Boundary
	}
	return use, m
}

func withRows(p Cost, rows float64) Cost { p.Rows = rows; return p }
