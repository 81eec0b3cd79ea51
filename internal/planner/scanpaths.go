package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// Index is an index that a path may use, existing or hypothetical.
type Index struct {
	Table    *workload.Table
	Existing *workload.Index // nil: it is hypothetical
	Name     string          // in a plan; empty without one
	Def      workload.IndexDef
	Pages    float64
	height   float64
	share    float64 // of the table's rows that its predicate includes
	unique   bool
}

// Existing are a table's indexes, with their sizes.
func (p *Planner) Existing(t *workload.Table) []*Index {
	var list []*Index
	for _, ix := range t.Indexes {
		if !ix.Valid.Or(true) || ix.Def.Method == "" {
			continue
		}
		b := &Index{Table: t, Existing: ix, Name: ix.Name, Def: ix.Def, unique: ix.Unique.Or(false), share: indexcost.AssumedShare(t, ix.Def.Where)}
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

// Hypothetical is an index that does not exist, with the size that it would have.
func (p *Planner) Hypothetical(t *workload.Table, def workload.IndexDef) *Index {
	b := &Index{Table: t, Def: def, share: indexcost.AssumedShare(t, def.Where)}
	b.Pages, b.height = p.sizes.Pages(t, def)
	return b
}

// readTable adds the paths of a table: sequential, by its indexes, parameterized by
// other relations, and the partial ones.
func (s *search) readTable(i int) {
	rel, r := s.l.Relations[i], s.rels[1<<i]
	quals := Operators(rel.Conds) + rel.qualCost
	r.add(newPath(Cost{0, s.k.SeqScan(rel.Heap, quals, 0), r.rows}).reads("Seq Scan", rel, nil).touching(rel.Heap.Pages), s.fastStart)
	w := s.k.workersFor(rel.Heap.Pages)
	if s.l.appendChild {
		w = math.Max(w, 1) // however small
	}
	if w > 0 {
		p := newPath(Cost{0, s.k.SeqScan(rel.Heap, quals, w), r.rows}).reads("Seq Scan", rel, nil).touching(rel.Heap.Pages)
		r.addPartial(s.parallel(p, w, r.rows))
	}
	var alone []*bitmap
	var given []paramBitmap
	for _, ix := range s.indexes {
		if ix.Table != rel.Table {
			continue
		}
		if b := s.indexPaths(i, ix, r); b != nil {
			alone = append(alone, b)
		}
		for _, outer := range s.l.paramSources(i, ix.Def) {
			if b := s.paramIndexPaths(i, ix, outer, r); b.bitmap != nil {
				given = append(given, b)
			}
		}
	}
	alone = append(alone, s.bitmapOrs(i, rel.Conds, rel.Conds)...)
	s.bitmapPaths(i, alone, r)
	s.paramBitmapPaths(i, given, alone, r)
	if set := r.set; set != 1<<len(s.l.Relations)-1 {
		s.gatherPaths(r, nil)
	}
}

// parallel makes a path one that workers share.
func (s *search) parallel(p *path, workers, rows float64) *path {
	p.workers, p.divisor = workers, s.k.ParallelDivisor(workers)
	p.Rows = clampRows(rows / p.divisor)
	p.rescan, p.parallel = p.Cost, true
	return p
}

// indexPaths adds the scans in the order of one index, forward and backward, and
// returns the bitmap of the index; nil: none.
func (s *search) indexPaths(i int, ix *Index, r *joinRel) *bitmap {
	rel := s.l.Relations[i]
	if where := ix.Def.Where.Raw(); where != "" && !selectivity.Implied(where, s.l.paramConds(i, relationsFrom(0, len(s.l.Relations)))) {
		return nil // what a join compares proves the predicate, too (check_index_predicates)
	}
	access, m := s.access(i, ix, rel.Conds, 1)
	found := len(m.answered) > 0 || !ix.Def.Where.Empty()
	switch ix.Def.Method {
	case "btree":
		scan := access
		scan.visible = s.visibleBy(ix, rel)
		forwards, backwards := s.l.indexOrder(i, ix.Def, false), s.l.indexOrder(i, ix.Def, true)
		how := node{nodeType: scanName(scan.visible), relation: rel, index: ix}
		if found || len(forwards) > 0 || Covers(ix.Def, rel.Needed) {
			s.addScan(r, scan, forwards, how)
		}
		if len(backwards) > 0 {
			how.backward = true
			s.addScan(r, scan, backwards, how)
		}
	case "hash":
		if found = len(m.answered) > 0; found {
			s.addScan(r, hashAccess(access), nil, node{nodeType: "Index Scan", relation: rel, index: ix})
		}
	case "gist", "spgist":
		if keys := s.l.indexOrder(i, ix.Def, false); len(m.answered) > 0 || keys != nil {
			scan := gistAccess(access)
			scan.visible = s.visibleBy(ix, rel)
			if keys != nil { // the distance, in the index and for the result
				scan.IndexQuals, scan.Filters = scan.IndexQuals+1, scan.Filters+1
			}
			p := newPath(withRows(s.k.IndexScan(scan).Cost, r.rows)).reads(scanName(scan.visible), rel, ix).touching(scan.touches())
			p.pathKeys = keys
			r.add(p, s.fastStart)
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
	return s.k.bitmapBy(ix, access, m, r.rows)
}

// addScan adds a scan in index order, and its parallel variant.
func (s *search) addScan(r *joinRel, access Access, keys []sortKey, how node) {
	scan := s.k.IndexScan(access)
	how.blocks = access.touches()
	serial := newPath(withRows(scan.Cost, r.rows))
	serial.pathKeys, serial.markable, serial.node = keys, true, how
	r.add(serial, s.fastStart)
	workers := s.k.indexWorkers(access, scan.fetched)
	if workers <= 0 {
		return
	}
	p := newPath(withRows(scan.Cost, r.rows))
	p.Total -= scan.cpu * (1 - 1/s.k.ParallelDivisor(workers))
	p.pathKeys, p.markable, p.node = keys, true, how
	r.addPartial(s.parallel(p, workers, r.rows))
}

// visibleBy is the share of the heap's pages that an index-only scan need not visit.
func (s *search) visibleBy(ix *Index, rel *Relation) float64 {
	if !Covers(ix.Def, rel.NeededBeside(ix.Def.Where)) {
		return 0
	}
	for _, k := range ix.Def.Keys {
		if c := rel.Table.Column(k.Column); ix.Def.Method != "btree" && (c == nil || !returnsValues(ix.Def.Method, c.Type)) {
			return 0
		}
	}
	return selectivity.Share(rel.Table.AllVisible.Or(0) / math.Max(rel.Table.Pages.Or(0), 1))
}

// paramBitmap is a parameterized bitmap.
type paramBitmap struct {
	*bitmap
	outer  relationSet
	conds  []sql.Cond // all conditions that the values make
	access Access
	rows   float64 // that pass all conditions
	moved  float64 // operators of join quals among these
}

// paramIndexPaths adds the index scan that is parameterized by other relations, and
// returns its bitmap.
func (s *search) paramIndexPaths(i int, ix *Index, outer relationSet, r *joinRel) (found paramBitmap) {
	rel := s.l.Relations[i]
	conds := s.l.paramConds(i, outer)
	given := conds[len(rel.Conds):]
	if ix.Def.Method != "btree" && ix.Def.Method != "hash" || !selectivity.Implied(ix.Def.Where.Raw(), conds) {
		return found
	}
	access, m := s.access(i, ix, conds, s.loopCount(i, outer))
	taken := countLookups(given, m.answered)
	if taken == 0 {
		return found
	}
	moved := s.move(i, outer, &access, m)
	rows := clampRows(rel.Heap.Tuples * rel.selectivity(conds) * rel.qualShare)
	scan := access
	scan.visible = s.visibleBy(ix, rel)
	if ix.Def.Method == "hash" {
		scan = hashAccess(scan)
	}
	p := newPath(withRows(s.k.IndexScan(scan).Cost, rows)).reads(scanName(scan.visible), rel, ix).touching(scan.touches())
	p.outer, p.allLookedUp, p.markable, p.moved = outer, taken == len(given), true, moved
	r.add(p, false)
	return paramBitmap{s.k.bitmapBy(ix, access, m, rows), outer, given, access, rows, moved}
}

// move adds to a scan what the join quals cost that it checks in place of the join. What
// they compare a column with is computed once for each scan if the index answers them, and
// otherwise for each row. It returns their operators.
func (s *search) move(i int, outer relationSet, a *Access, m indexMatch) (operators float64) {
	for n, u := range s.l.lookups(i, outer) {
		if n >= len(s.joinQualCosts) {
			continue // they are not known for one access by itself
		}
		value := s.joinQualCosts[n] - 1
		a.Quals += value
		if slices.ContainsFunc(m.answered, func(c sql.Cond) bool { return sameCond(c, u.cond) }) {
			a.values += value * s.k.CPUOperator
		} else {
			a.Filters += value
		}
		operators += s.joinQualCosts[n]
	}
	return operators
}

// paramBitmapPaths adds the bitmap scans that are parameterized by other relations.
func (s *search) paramBitmapPaths(i int, list []paramBitmap, alone []*bitmap, r *joinRel) {
	for n, l := range list {
		if slices.ContainsFunc(list[:n], func(o paramBitmap) bool { return o.outer == l.outer }) {
			continue
		}
		bitmaps := slices.Clip(alone)
		for _, o := range list {
			if o.outer.within(l.outer) {
				bitmaps = append(bitmaps, o.bitmap)
			}
		}
		b := s.k.choose(bitmaps, l.access)
		p := newPath(withRows(s.k.bitmapHeap(b, l.access, 0).Cost, l.rows)).readsBitmap(s.l.Relations[i], b).touching(b.touches(l.access))
		p.outer, p.allLookedUp, p.markable, p.moved = l.outer, countLookups(l.conds, b.conds) == len(l.conds), true, l.moved
		r.add(p, false)
	}
}

// countLookups counts the parameterized conditions among those that an index answers.
func countLookups(given, answered []sql.Cond) int {
	n := 0
	for _, c := range answered {
		if c.Value == sql.Runtime && slices.ContainsFunc(given, func(g sql.Cond) bool { return g.Left.Name == c.Left.Name }) {
			n++
		}
	}
	return n
}

// loopCount is get_loop_count: the repetitions that are assumed of a parameterized
// scan, by the rows of its smallest source; of a semi join's right side, by its
// distinct values.
func (s *search) loopCount(i int, outer relationSet) float64 {
	loops := math.Inf(1)
	for o := range s.l.Relations {
		if !outer.has(o) {
			continue
		}
		rows := s.rels[1<<o].rows
		for _, sp := range s.l.specialJoins {
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

// MayUse reports whether an index could be of use for a level at all: by a condition on
// its first key, from 18 on on a later key behind keys of few values, by its order, or
// for an index-only scan.
func (l *Level) MayUse(ix *Index) bool {
	for of := range l.All {
		if of.mayUseHere(ix) {
			return true
		}
	}
	return false
}

func (l *Level) mayUseHere(ix *Index) bool {
	for i, rel := range l.Relations {
		if rel.Table != ix.Table {
			continue
		}
		conds := l.paramConds(i, relationSet(1<<len(l.Relations)-1))
		if !selectivity.Implied(ix.Def.Where.Raw(), conds) {
			continue
		}
		if !ix.Def.Where.Empty() || Covers(ix.Def, rel.Needed) || len(l.indexOrder(i, ix.Def, false))+len(l.indexOrder(i, ix.Def, true)) > 0 {
			return true
		}
		conds = withBranches(conds)
		for n := range ix.Def.Keys {
			k := &ix.Def.Keys[n]
			for i := range conds {
				if answers(ix.Def.Method, k, &conds[i]) {
					return true
				}
			}
			if values := selectivity.Distinct(rel.Table, k.Column); !l.server.Has(pgversion.SkipScan) || values <= 0 || values > ix.Pages {
				break
			}
		}
	}
	return false
}

// withBranches are conditions and, after an OR, those of its branches.
func withBranches(conds []sql.Cond) []sql.Cond {
	if !slices.ContainsFunc(conds, func(c sql.Cond) bool { return c.Op == sql.Or }) {
		return conds
	}
	var list []sql.Cond
	for _, c := range conds {
		list = append(list, c)
		for _, branch := range c.Any {
			list = append(list, withBranches(branch)...)
		}
	}
	return list
}

// access is the use of an index for conditions, with the conditions that it answers.
func (s *search) access(i int, ix *Index, conds []sql.Cond, loops float64) (Access, indexMatch) {
	rel := s.l.Relations[i]
	access := s.heapAccess(i, conds, loops)
	access.part = math.Max(ix.share, 1e-6)
	access.Height, access.IndexPages = ix.height, ix.Pages/access.part
	access.Correlation = Correlation(rel.Table, ix.Def)
	m := rel.match(ix, conds, s.k.Server)
	access.Boundary, access.selected = m.boundary*ix.share, m.selected*ix.share
	access.lookups, access.IndexQuals = m.lookups, m.quals
	access.Filters = math.Max(access.Quals-m.settledQuals, 0)
	if ix.unique && m.exact {
		access.Boundary = math.Min(access.Boundary, 1/rel.Heap.Tuples)
		access.selected = access.Boundary
	}
	return access, m
}

func withRows(p Cost, rows float64) Cost { p.Rows = rows; return p }
