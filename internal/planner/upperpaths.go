package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/pgversion"
)

// finish adds grouping, windows, sorting and LIMIT to the join of all relations
// (grouping_planner).
func (s *search) finish(top *joinRel) *joinRel {
	l := s.l
	want := l.orderBy
	switch {
	case l.groupColumns > 0:
		want = l.groupBy
	case len(l.windowOrder) > 0:
		want = l.windowOrder
	}
	s.gatherPaths(top, want)
	if l.groupColumns > 0 || l.Aggregates > 0 || len(l.havingQuals) > 0 {
		top = s.grouped(top)
	}
	for _, w := range l.windows {
		top = s.windowed(top, w)
	}
	if len(l.distinctOn) > 0 {
		top = s.distinctOn(top)
	}
	each := 0.0
	for _, of := range l.outputSubPlans {
		startup, one := s.subCost(of, "SubPlan")
		s.startupCost, each = s.startupCost+startup, each+one
	}
	early := 0.0 // where the order is by what they answer
	if slices.ContainsFunc(l.orderBy, func(k sortKey) bool { return len(l.classes[k.class].members)+len(l.classes[k.class].exprColumns) == 0 }) {
		early, each = each, 0
	}
	out := &joinRel{set: top.set, rows: top.rows, width: top.width}
	if l.streams() {
		out.partial = top.partial
	}
	for _, p := range top.paths {
		if p.outer != 0 {
			continue
		}
		if !startsWith(p.pathKeys, l.orderBy) {
			if l.ordered || p != top.cheapest && commonKeys(p.pathKeys, l.orderBy) == 0 {
				continue
			}
			answered := *p
			answered.Total += early * p.Rows
			p = s.sort(&answered, top.width, l.orderBy, l.limit)
		}
		out.paths = append(out.paths, s.topped(p, each))
	}
	for _, p := range out.paths {
		if out.cheapest == nil || p.Total < out.cheapest.Total {
			out.cheapest = p
		}
		out.rows = p.Rows
	}
	return out
}

// streams reports whether a level returns its joined rows as they are: the level above
// may share them among workers.
func (l *Level) streams() bool {
	return l.groupColumns == 0 && l.Aggregates == 0 && len(l.havingQuals)+len(l.windows)+len(l.distinctOn)+len(l.outputSubPlans)+len(l.initPlans)+len(l.ctes)+len(l.orderBy) == 0 && l.limit == 0 && !l.locks
}

// topped adds SubPlans of the output, row locks and LIMIT, and the startup cost.
func (s *search) topped(of *path, each float64) *path {
	p := *of
	if s.l.locks {
		each += s.k.CPUTuple
	}
	p.Total += each * p.Rows
	p.rescan.Total += each * p.Rows
	done := &p
	if s.l.limit > 0 {
		done = p.limited(s.l.limit)
		done.pathKeys = p.pathKeys
	}
	done.subPlans = s.subPlans
	done.Startup += s.startupCost
	done.Total += s.startupCost
	return done
}

// sort sorts a path, incrementally if it has the first keys (cost_sort,
// cost_incremental_sort); kept > 0: only so many rows are needed.
func (s *search) sort(of *path, width float64, keys []sortKey, kept float64) *path {
	k := s.k
	p := *of
	p.pathKeys, p.materialized, p.markable, p.allLookedUp = keys, true, true, false
	first, run := k.Sort(of.Rows, width, kept)
	p.Cost = Cost{of.Total + first, of.Total + first + run, of.Rows}
	if n := commonKeys(of.pathKeys, keys); n > 0 && of.outer == 0 {
		if in := s.sortGroups(of, width, keys[:n], kept); in.Total < p.Total || kept > 0 && in.cut(kept) < p.cut(kept) {
			p.Cost, p.markable, p.materialized = in, false, false
			p.rescan = p.Cost
			return p.over("Incremental Sort", of)
		}
	}
	spill := 0.0
	if bytes := sortBytes(of.Rows, width); bytes > k.workMemBytes {
		spill = k.SeqPage * math.Ceil(bytes/indexcost.BlockSize)
	}
	p.rescan = Cost{0, k.CPUOperator*of.Rows + spill, of.Rows}
	return p.over("Sort", of)
}

// sortGroups is cost_incremental_sort.
func (s *search) sortGroups(of *path, width float64, sorted []sortKey, kept float64) Cost {
	k := s.k
	groups, _ := s.groupsOf(s.columnsOf(sorted), of.Rows)
	each := of.Rows / groups
	if !k.Server.Has(pgversion.FairSortGroups) {
		each *= 1.5
	}
	first, run := k.Sort(each, width, kept)
	input := (of.Total - of.Startup) / groups
	p := Cost{Startup: of.Startup + first + input, Rows: of.Rows}
	p.Total = p.Startup + run + (run+first+input)*(groups-1)
	p.Total += (k.CPUTuple+2*k.CPUOperator)*of.Rows + 2*k.CPUTuple*groups
	return p
}

// columnsOf are columns that sort keys stand for; of an expression without columns one
// without a relation.
func (s *search) columnsOf(keys []sortKey) []columnRef {
	var list []columnRef
	for _, k := range keys {
		m := columnRef{relation: -1}
		c := s.l.classes[k.class]
		switch {
		case len(c.members) > 0:
			m = c.members[0]
		case len(c.exprColumns) > 0:
			list = append(list, c.exprColumns[1:]...)
			m = c.exprColumns[0]
		}
		list = append(list, m)
	}
	return list
}

// gatherPaths adds Gather and Gather Merge over the partial paths
// (generate_useful_gather_paths).
func (s *search) gatherPaths(r *joinRel, want []sortKey) {
	if len(r.partial) == 0 {
		return
	}
	k := s.k
	cheap := cheapestOf(r.partial)
	r.add(k.gather(cheap, r.rows), s.fastStart)
	for _, p := range r.partial {
		if len(p.pathKeys) > 0 {
			r.add(k.gatherMerge(p, r.rows), s.fastStart)
		}
		if len(want) > 0 && !startsWith(p.pathKeys, want) && (p == cheap || commonKeys(p.pathKeys, want) > 0) {
			kept := 0.0
			if s.l.groupColumns == 0 && s.l.Aggregates == 0 {
				kept = s.l.limit
			}
			r.add(k.gatherMerge(s.sort(p, r.width, want, kept), r.rows), s.fastStart)
		}
	}
}

// gather is cost_gather.
func (k Settings) gather(p *path, rows float64) *path {
	return newPath(Cost{p.Startup + k.parallelSetup, p.Total + k.parallelSetup + k.parallelTuple*rows, rows}).over("Gather", p)
}

// gatherMerge is cost_gather_merge.
func (k Settings) gatherMerge(p *path, rows float64) *path {
	n := p.workers + 1
	startup := k.parallelSetup + 2*k.CPUOperator*n*math.Log2(n)
	run := rows*(2*k.CPUOperator*math.Log2(n)+k.CPUOperator) + 1.05*k.parallelTuple*rows
	merge := newPath(Cost{p.Startup + startup, p.Total + startup + run, rows})
	merge.pathKeys = p.pathKeys
	return merge.over("Gather Merge", p)
}

// grouped aggregates, in one process or in parallel (create_grouping_paths).
func (s *search) grouped(top *joinRel) *joinRel {
	columns := s.columnsOf(s.l.groupBy)
	groups := 1.0
	if s.l.groupColumns > 0 {
		groups, _ = s.groupsOf(columns, top.rows)
	}
	to := &joinRel{set: top.set, rows: groups, width: top.width}
	aggregates := s.l.aggregation
	for _, p := range top.paths {
		if p.outer != 0 {
			continue
		}
		if s.l.groupColumns == 0 {
			to.add(s.k.summed(p, aggregates), s.fastStart)
			continue
		}
		if startsWith(p.pathKeys, s.l.groupBy) || p == top.cheapest || commonKeys(p.pathKeys, s.l.groupBy) > 0 {
			to.add(s.sortedAggregate(s.sorted(p, top, s.l.groupBy), groups, aggregates), s.fastStart)
		}
	}
	if s.l.groupColumns > 0 && !aggregates.sorted {
		to.add(s.hashAggregate(top.cheapest, top.width, float64(s.l.groupColumns), groups, aggregates), s.fastStart)
	}
	if len(top.partial) > 0 && !aggregates.sorted {
		s.partlyGrouped(to, top, columns, groups, aggregates)
	}
	if p := s.minMaxPath(); p != nil {
		to.add(p, s.fastStart)
	}
	return s.having(to)
}

// having filters groups.
func (s *search) having(r *joinRel) *joinRel {
	if len(s.l.havingQuals) == 0 {
		return r
	}
	share, each := 1.0, 0.0
	for _, c := range s.l.havingQuals {
		share *= c.share
		each += s.qualCost(c) * s.k.CPUOperator
	}
	to := &joinRel{set: r.set, rows: clampRows(r.rows * share), width: r.width}
	for _, of := range r.paths {
		p := *of
		p.Total += each * r.rows
		p.Rows, p.rescan = to.rows, p.Cost
		to.add(&p, s.fastStart)
	}
	return to
}

// minMaxPath is each min and max as the first row of an index's order; nil if there is
// no such index.
func (s *search) minMaxPath() *path {
	if len(s.l.minMax) == 0 {
		return nil
	}
	total := s.k.CPUTuple
	var from []*path
	for _, l := range s.l.minMax {
		p := s.planner.final(l, s.indexes).cheapest
		if p == nil {
			return nil
		}
		total += p.Total
		from = append(from, p)
	}
	result := newPath(Cost{total - s.k.CPUTuple, total, 1}).over("Result", from[0])
	result.moreInputs = from[1:]
	return result
}

// windowed is cost_windowagg.
func (s *search) windowed(r *joinRel, of window) *joinRel {
	k := s.k
	to := &joinRel{set: r.set, rows: r.rows, width: r.width + 8*of.calls}
	for _, p := range r.paths {
		if p.outer != 0 || p != r.cheapest && commonKeys(p.pathKeys, of.keys) == 0 {
			continue
		}
		in := s.sorted(p, r, of.keys)
		over := newPath(Cost{in.Startup, in.Total + (k.CPUTuple+k.CPUOperator*(of.calls+of.columns))*in.Rows, in.Rows})
		over.pathKeys = in.pathKeys
		to.add(over.over("WindowAgg", in), s.fastStart)
	}
	return to
}

// distinctOn is the Unique over sorted rows of DISTINCT ON.
func (s *search) distinctOn(r *joinRel) *joinRel {
	groups, _ := s.groupsOf(s.columnsOf(s.l.distinctOn), r.rows)
	to := &joinRel{set: r.set, rows: groups, width: r.width}
	for _, p := range r.paths {
		if p.outer != 0 || p != r.cheapest && commonKeys(p.pathKeys, s.l.windowOrder) == 0 {
			continue
		}
		in := s.sorted(p, r, s.l.windowOrder)
		one := newPath(Cost{in.Startup, in.Total + s.k.CPUOperator*float64(len(s.l.distinctOn))*in.Rows, groups})
		one.pathKeys = in.pathKeys
		to.add(one.over("Unique", in), s.fastStart)
	}
	return to
}

// partlyGrouped adds partial aggregates below a Gather.
func (s *search) partlyGrouped(to, top *joinRel, columns []columnRef, groups float64, aggregates aggregation) {
	p := cheapestOf(top.partial)
	combined := aggregates
	combined.each, aggregates.results = combined.states, 0
	if s.l.groupColumns == 0 {
		each := s.k.summed(p, aggregates)
		each.workers, each.divisor = p.workers, p.divisor
		to.add(s.k.summed(s.k.gather(each.withMode("Partial"), p.workers), combined).withMode("Finalize"), s.fastStart)
		return
	}
	some, _ := s.groupsOf(columns, p.Rows)
	part := s.hashAggregate(p, top.width, float64(s.l.groupColumns), some, aggregates).withMode("Partial")
	all := s.k.gather(part, some*p.workers)
	to.add(s.hashAggregate(all, top.width, float64(s.l.groupColumns), groups, combined).withMode("Finalize"), s.fastStart)
	to.add(s.sortedAggregate(s.sort(all, top.width, s.l.groupBy, 0), groups, combined).withMode("Finalize"), s.fastStart)
	for _, in := range top.partial {
		if in == p || startsWith(in.pathKeys, s.l.groupBy) {
			runs := s.sortedAggregate(s.sorted(in, top, s.l.groupBy), some, aggregates).withMode("Partial")
			runs.workers, runs.divisor = in.workers, in.divisor
			to.add(s.sortedAggregate(s.k.gatherMerge(runs, some*in.workers), groups, combined).withMode("Finalize"), s.fastStart)
		}
	}
	sorted := s.sort(part, top.width, s.l.groupBy, 0)
	to.add(s.sortedAggregate(s.k.gatherMerge(sorted, some*p.workers), groups, combined).withMode("Finalize"), s.fastStart)
}

// summed is cost_agg of a plain aggregate.
func (k Settings) summed(p *path, aggregates aggregation) *path {
	startup := p.Total + aggregates.each*k.CPUOperator*p.Rows + aggregates.results*k.CPUOperator
	return newPath(Cost{startup, startup + k.CPUTuple, 1}).over("Aggregate", p).withStrategy("Plain")
}

// sortedAggregate is cost_agg over sorted rows; without aggregates a Group or Unique.
func (s *search) sortedAggregate(p *path, groups float64, aggregates aggregation) *path {
	k := s.k
	total := p.Total + k.CPUOperator*(p.Rows*(aggregates.each+float64(s.l.groupColumns))+groups*aggregates.results) + k.CPUTuple*groups
	if aggregates.states == 0 && s.l.distinct {
		total -= k.CPUTuple * groups
	}
	out := newPath(Cost{p.Startup, total, groups})
	out.pathKeys = p.pathKeys
	switch {
	case aggregates.states > 0:
		return out.over("Aggregate", p).withStrategy("Sorted")
	case s.l.distinct:
		return out.over("Unique", p)
	}
	return out.over("Group", p)
}

// hashAggregate is cost_agg by hashing, which spills to disk if it exceeds its memory.
func (s *search) hashAggregate(p *path, width, keys, groups float64, aggregates aggregation) *path {
	k := s.k
	startup := p.Total + k.CPUOperator*p.Rows*(aggregates.each+keys)
	total := startup + (k.CPUTuple+k.CPUOperator*aggregates.results)*groups
	entry := groupEntry + math.Ceil(width/8)*8
	if aggregates.states > 0 {
		entry += groupChunk + groupState*aggregates.states
	}
	if aggregates.bytes > 0 {
		entry += groupChunk + aggregates.bytes
	}
	memory := k.workMemBytes * k.hashMemory
	if need := entry * groups; need > memory {
		parts := clamp(powerAbove(1+1.5*need/memory), 4, math.Max(powerBelow((memory*0.25-indexcost.BlockSize)/indexcost.BlockSize), 4))
		own := indexcost.BlockSize * (1 + parts)
		left := memory * 0.75
		if memory > 4*own {
			left = memory - own
		}
		batches := math.Max(math.Ceil(need/left), 1)
		depth := math.Ceil(math.Log(batches) / math.Log(math.Max(parts, 2)))
		pages := 2 * sortBytes(p.Rows, width) / indexcost.BlockSize * depth
		spill := depth * p.Rows * 2 * k.CPUTuple
		startup += pages*k.RandomPage + spill
		total += pages*k.RandomPage + pages*k.SeqPage + spill
	}
	out := newPath(Cost{startup, total, groups})
	out.workers, out.divisor = p.workers, p.divisor
	return out.over("Aggregate", p).withStrategy("Hashed")
}

// uniqueRel makes some columns unique, for a semi join (create_unique_path).
func (s *search) uniqueRel(r *joinRel, values []columnRef) *joinRel {
	if r.uniquePath == nil {
		groups, _ := s.groupsOf(values, r.rows)
		k, n := s.k, float64(len(values))
		first, run := k.Sort(r.cheapest.Rows, r.width, 0)
		sorted := newPath(Cost{r.cheapest.Total + first, r.cheapest.Total + first + run, r.rows}).over("Sort", r.cheapest)
		sorted = newPath(Cost{sorted.Startup, sorted.Total + k.CPUOperator*r.rows*n, groups}).over("Unique", sorted)
		best := sorted
		if (groupEntry+math.Ceil(r.width/8)*8)*groups <= k.workMemBytes*k.hashMemory {
			startup := r.cheapest.Total + k.CPUOperator*r.rows*n
			if p := newPath(Cost{startup, startup + k.CPUTuple*groups, groups}).over("Aggregate", r.cheapest).withStrategy("Hashed"); p.Total < best.Total {
				best = p
			}
		}
		best.unique = true
		r.uniquePath = best
	}
	return &joinRel{set: r.set, rows: r.uniquePath.Rows, width: r.width, paths: []*path{r.uniquePath}, cheapest: r.uniquePath}
}

// groupKeys are the classes of GROUP BY, those of ORDER BY first if it names no others.
func groupKeys(groups []sortKey, wanted []sortKey) []sortKey {
	var keys []sortKey
	for _, w := range wanted {
		if !slices.ContainsFunc(groups, func(g sortKey) bool { return g.class == w.class }) {
			break
		}
		keys = append(keys, w)
	}
	for _, g := range groups {
		keys = addKey(keys, g)
	}
	return keys
}
