package planner

import (
	"cmp"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// bitmap is the rows that one index returns, or a combination of several (BitmapAnd,
// BitmapOr).
type bitmap struct {
	node      string     // as EXPLAIN calls it
	index     *Index     // nil: it combines the parts
	parts     []*bitmap  // of a BitmapAnd or a BitmapOr
	indexCost float64    // of the index scans
	cost      float64    // with adding the rows to the bitmap (cost_bitmap_tree_node)
	selected  float64    // share of the table's rows that are in it
	pages     float64    // of the indexes
	conds     []sql.Cond // the conditions that the indexes answer
}

// Costs in operators: to add a row to a bitmap, and to combine two bitmaps.
const (
	bitmapEntry = 0.1
	bitmapMerge = 100
)

// maxBitmapConds is the number of conditions up to which a bitmap is combined with
// others (classify_index_clause_usage).
const maxBitmapConds = 100

// bitmapBy is the bitmap of one index. rows are those that pass all conditions, for
// which the planner charges.
func (k Settings) bitmapBy(ix *Index, access Access, m indexMatch, rows float64) *bitmap {
	b := &bitmap{node: "Bitmap Index Scan", index: ix, pages: access.ownPages(), conds: append(m.answered, m.implied...)}
	b.indexCost, b.selected = k.walk(ix.Def.Method, access, m)
	b.cost = b.indexCost + bitmapEntry*k.CPUOperator*rows
	return b
}

// BitmapScan is the cost of a bitmap scan by one index of a method, which is searched
// for some keys. rows are those that pass all conditions.
func (k Settings) BitmapScan(method string, access Access, keys int, rows float64) Cost {
	b := k.bitmapBy(&Index{Def: workload.IndexDef{Method: method}}, access, indexMatch{answered: make([]sql.Cond, keys)}, rows)
	return k.bitmapHeap(b, access, 0).Cost
}

// walk is the cost of an index scan by its method's estimate, and the share of the
// table's rows that it adds to a bitmap.
func (k Settings) walk(method string, a Access, m indexMatch) (cost, selected float64) {
	switch method {
	case "gin":
		return k.ginIndex(a, float64(len(m.answered))), a.given()
	case "brin":
		return k.brinIndex(a)
	case "gist", "spgist":
		a = gistAccess(a)
	case "hash":
		a = hashAccess(a)
	}
	_, cost = k.descend(a)
	return cost, a.given()
}

// and is cost_bitmap_and_node.
func (k Settings) and(parts []*bitmap) *bitmap {
	all := &bitmap{node: "BitmapAnd", parts: parts, selected: 1, cost: bitmapMerge * k.CPUOperator * float64(len(parts)-1)}
	for _, p := range parts {
		all.add(p)
		all.selected *= p.selected
	}
	return all
}

// or is cost_bitmap_or_node.
func (k Settings) or(parts []*bitmap) *bitmap {
	all := &bitmap{node: "BitmapOr", parts: parts}
	for n, p := range parts {
		all.add(p)
		all.selected = math.Min(all.selected+p.selected, 1)
		if n > 0 && p.index == nil {
			all.cost += bitmapMerge * k.CPUOperator
		}
	}
	return all
}

func (b *bitmap) add(part *bitmap) {
	b.cost, b.pages = b.cost+part.cost, b.pages+part.pages
	b.conds = append(b.conds, part.conds...)
	b.indexCost = b.cost
}

// choose is choose_bitmap_and: to each bitmap, the cheapest first, those on other
// conditions are added as long as the total cost falls.
func (k Settings) choose(list []*bitmap, access Access) *bitmap {
	if len(list) == 1 {
		return list[0]
	}
	var kept []*bitmap
	for _, b := range list {
		at := slices.IndexFunc(kept, func(o *bitmap) bool {
			return len(b.conds)+len(o.conds) <= maxBitmapConds && subset(b.conds, o.conds) && subset(o.conds, b.conds)
		})
		switch {
		case at < 0:
			kept = append(kept, b)
		case b.cost < kept[at].cost:
			kept[at] = b
		}
	}
	slices.SortStableFunc(kept, func(x, y *bitmap) int {
		return cmp.Or(cmp.Compare(x.cost, y.cost), cmp.Compare(x.selected, y.selected))
	})
	var best *bitmap
	least := math.Inf(1)
	for n, b := range kept {
		parts, total := []*bitmap{b}, k.bitmapHeap(b, access, 0).Total
		for _, more := range kept[n+1:] {
			if slices.ContainsFunc(parts, func(p *bitmap) bool {
				return len(p.conds)+len(more.conds) > maxBitmapConds || overlap(p.conds, more.conds)
			}) {
				continue
			}
			both := append(slices.Clip(parts), more)
			if t := k.bitmapHeap(k.and(both), access, 0).Total; t < total {
				parts, total = both, t
			}
		}
		if total < least {
			best, least = b, total
			if len(parts) > 1 {
				best = k.and(parts)
			}
		}
	}
	return best
}

func subset(a, of []sql.Cond) bool {
	return !slices.ContainsFunc(a, func(c sql.Cond) bool {
		return !slices.ContainsFunc(of, func(o sql.Cond) bool { return sameCond(c, o) })
	})
}

func overlap(a, b []sql.Cond) bool {
	return slices.ContainsFunc(a, func(c sql.Cond) bool { return slices.ContainsFunc(b, func(o sql.Cond) bool { return sameCond(c, o) }) })
}

// sameCond reports whether two conditions are equal.
func sameCond(a, b sql.Cond) bool {
	return a.Op == b.Op && a.Operator == b.Operator && a.Left.Name == b.Left.Name && a.Other == b.Other && a.InSize == b.InSize &&
		selectivity.SameText(a.Expr, b.Expr) && selectivity.SameText(a.Const, b.Const) && slices.EqualFunc(a.List, b.List, selectivity.SameText) &&
		slices.EqualFunc(a.Any, b.Any, func(x, y []sql.Cond) bool { return slices.EqualFunc(x, y, sameCond) })
}

// bitmapPaths adds the paths that scan a table by bitmaps.
func (s *search) bitmapPaths(i int, list []*bitmap, r *joinRel) {
	if len(list) == 0 {
		return
	}
	rel, access := s.l.Relations[i], s.heapAccess(i, s.l.Relations[i].Conds, 1)
	b := s.k.choose(list, access)
	r.add(newPath(withRows(s.k.bitmapHeap(b, access, 0).Cost, r.rows)).readsBitmap(rel, b).touching(b.touches(access)), s.fastStart)
	if s.k.workersFor(rel.Heap.Pages) <= 0 {
		return
	}
	if p := s.k.bitmapHeap(b, access, -1); p.workers > 0 {
		r.addPartial(s.parallel(newPath(p.Cost).readsBitmap(rel, b).touching(b.touches(access)), p.workers, r.rows))
	}
}

// heapAccess is the access to a table's rows by a bitmap, with conditions to check.
func (s *search) heapAccess(i int, conds []sql.Cond, loops float64) Access {
	access := Access{Heap: s.l.Relations[i].Heap, Quals: Operators(conds) + s.l.Relations[i].qualCost, Loops: loops}
	for o, other := range s.l.Relations {
		if o != i {
			access.otherPages += other.Heap.Pages
		}
	}
	return access
}

// bitmapOrs are the bitmaps for ORs among the conditions (generate_bitmap_or_paths):
// each branch by its own indexes, which may answer the other conditions too.
func (s *search) bitmapOrs(i int, conds, around []sql.Cond) []*bitmap {
	var list []*bitmap
	for _, c := range conds {
		if asList(c, s.k.Server).Op != sql.Or {
			continue // an index takes it whole
		}
		var parts []*bitmap
		others := slices.DeleteFunc(slices.Clone(around), func(o sql.Cond) bool { return sameCond(o, c) })
		for _, branch := range s.branches(c) {
			all := slices.Concat(branch, others)
			var bitmaps []*bitmap
			for _, ix := range s.indexes {
				if ix.Table == s.l.Relations[i].Table && selectivity.Implied(ix.Def.Where.Raw(), all) && (answersAny(ix.Def, branch, s.k.Server) || !selectivity.Implied(ix.Def.Where.Raw(), others)) {
					access, m := s.access(i, ix, all, 1)
					bitmaps = append(bitmaps, s.k.bitmapBy(ix, access, m, s.rels[1<<i].rows))
				}
			}
			if bitmaps = append(bitmaps, s.bitmapOrs(i, branch, all)...); len(bitmaps) == 0 {
				parts = nil
				break
			}
			parts = append(parts, s.k.choose(bitmaps, s.heapAccess(i, s.l.Relations[i].Conds, 1)))
		}
		if len(parts) > 0 {
			list = append(list, s.k.or(parts))
		}
	}
	return list
}

// answersAny reports whether an index answers one of some conditions.
func answersAny(def workload.IndexDef, conds []sql.Cond, server pgversion.Major) bool {
	return slices.ContainsFunc(conds, func(c sql.Cond) bool {
		c = asList(c, server)
		return slices.ContainsFunc(def.Keys, func(k workload.IndexKey) bool { return answers(def.Method, &k, &c) })
	})
}

// branches are the branches of an OR; from 18 on, comparisons of one column with a
// value are grouped (group_similar_or_args).
func (s *search) branches(c sql.Cond) [][]sql.Cond {
	if !s.k.Server.Has(pgversion.OrAsArray) {
		return c.Any
	}
	var list [][]sql.Cond
	at := map[string]int{}
	for _, branch := range c.Any {
		column, ok := comparedColumn(branch)
		n, seen := at[column]
		switch {
		case !ok:
			list = append(list, branch)
		case !seen:
			at[column] = len(list)
			list = append(list, branch)
		case list[n][0].Op == sql.Or:
			list[n][0].Any = append(list[n][0].Any, branch)
		default:
			list[n] = []sql.Cond{{Op: sql.Or, Value: sql.Runtime, ExprColumns: c.ExprColumns, Any: [][]sql.Cond{list[n], branch}}}
		}
	}
	return list
}

// comparedColumn is the column of a branch that is one equality with a value.
func comparedColumn(branch []sql.Cond) (column string, ok bool) {
	if len(branch) != 1 {
		return "", false
	}
	c := branch[0]
	return c.Left.Name, c.Op == sql.Eq && c.Left.Name != "" && (c.Value == sql.Const || c.Value == sql.Param)
}

// asList is an OR of equalities of one column as the list that an index takes it for
// from 18 on (match_orclause_to_indexcol); any other condition as it is.
func asList(c sql.Cond, server pgversion.Major) sql.Cond {
	if c.Op != sql.Or || !server.Has(pgversion.OrAsArray) || len(c.Any) == 0 {
		return c
	}
	list := sql.Cond{Op: sql.In, Operator: "=", Left: c.Any[0][0].Left, InSize: len(c.Any), Value: sql.Const}
	for _, branch := range c.Any {
		column, ok := comparedColumn(branch)
		if !ok || column != list.Left.Name {
			return c
		}
		list.Value = max(list.Value, branch[0].Value)
		list.List = append(list.List, branch[0].Const)
	}
	if list.Value != sql.Const {
		list.List = nil
	}
	return list
}

// parallelCost is the cost with so many workers; 0: not parallel.
type parallelCost struct {
	Cost
	workers float64
}

// bitmapHeap is cost_bitmap_heap_scan: each heap page once, in physical order, all
// conditions checked again. The workers share the rows; negative: as many as the pages
// need.
func (k Settings) bitmapHeap(b *bitmap, a Access, workers float64) parallelCost {
	rows := clampRows(a.Tuples * b.selected)
	a.IndexPages, a.part = b.pages, 0
	once := clamp(2*a.Pages*rows/(2*a.Pages+rows), 0, a.Pages)
	p := once
	if a.Loops > 1 {
		p = k.pagesFetched(rows*a.Loops, a.Pages, a) / a.Loops
	}
	p = clamp(math.Ceil(p), 1, a.Pages)
	if workers < 0 {
		workers = k.workersFor(p)
	}
	perPage := k.RandomPage
	if p >= 2 {
		perPage -= (k.RandomPage - k.SeqPage) * math.Sqrt(p/a.Pages)
	}
	if room := math.Max(k.workMemBytes/64, 16); once > room {
		// Above work_mem the bitmap keeps whole pages, whose rows are all checked.
		lossy := math.Max(once-room/2, 0) / once
		rows = clampRows(a.Tuples * (b.selected*(1-lossy) + lossy))
	}
	total := b.cost + p*perPage + rows*(k.CPUTuple+a.Quals*k.CPUOperator)/k.ParallelDivisor(workers)
	return parallelCost{Cost{b.cost, total, rows / k.ParallelDivisor(workers)}, workers}
}
