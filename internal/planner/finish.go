package planner

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/indexcost"
)

// finish adds grouping, what goes over the groups, sorting and LIMIT to the
// rows of all tables (grouping_planner).
func (s *search) finish(top *rel) *rel {
	l := s.l
	want := l.wanted
	switch {
	case l.groups > 0:
		want = l.grouped
	case len(l.sorted) > 0:
		want = l.sorted
	}
	s.gatherWays(top, want)
	if l.groups > 0 || l.Aggregates > 0 || len(l.kept) > 0 {
		top = s.grouped(top)
	}
	for _, w := range l.windows {
		top = s.windowed(top, w)
	}
	if len(l.firsts) > 0 {
		top = s.firstOfEach(top)
	}
	each := 0.0
	for _, of := range l.answers {
		startup, one := s.subCost(of, "SubPlan")
		s.once, each = s.once+startup, each+one
	}
	early := 0.0 // where the order is by what they answer
	if slices.ContainsFunc(l.wanted, func(k sortKey) bool { return len(l.classes[k.class].members)+len(l.classes[k.class].from) == 0 }) {
		early, each = each, 0
	}
	out := &rel{set: top.set, rows: top.rows, width: top.width}
	if l.handsOn() {
		out.partial = top.partial
	}
	for _, w := range top.ways {
		if w.outer != 0 {
			continue
		}
		if !begins(w.keys, l.wanted) {
			if l.inOrder || w != top.cheap && common(w.keys, l.wanted) == 0 {
				continue
			}
			asked := *w
			asked.Total += early * w.Rows
			w = s.sort(&asked, top.width, l.wanted, l.limit)
		}
		out.ways = append(out.ways, s.closed(w, each))
	}
	for _, w := range out.ways {
		if out.cheap == nil || w.Total < out.cheap.Total {
			out.cheap = w
		}
		out.rows = w.Rows
	}
	return out
}

// handsOn reports whether a level gives its rows as they come: a level above
// may share them among several processes.
func (l *Level) handsOn() bool {
	return l.groups == 0 && l.Aggregates == 0 && len(l.kept)+len(l.windows)+len(l.firsts)+len(l.answers)+len(l.inits)+len(l.apart)+len(l.wanted) == 0 && l.limit == 0 && !l.locks
}

// closed adds what comes last: the outputs' sub-selects, locks and LIMIT, and
// what is spent before the first row.
func (s *search) closed(of *path, each float64) *path {
	w := *of
	if s.l.locks {
		each += s.k.CPUTuple
	}
	w.Total += each * w.Rows
	w.again.Total += each * w.Rows
	done := &w
	if s.l.limit > 0 {
		done = w.upTo(s.l.limit)
		done.keys = w.keys
	}
	done.asks = s.asks
	done.Startup += s.once
	done.Total += s.once
	return done
}

// sort brings a way's rows into an order: those that begin with it already by
// groups (cost_sort, cost_incremental_sort); kept > 0 rows are wanted.
func (s *search) sort(of *path, width float64, keys []sortKey, kept float64) *path {
	k := s.k
	w := *of
	w.keys, w.kept, w.bare, w.lookup = keys, true, true, false
	first, run := k.Sort(of.Rows, width, kept)
	w.Cost = Cost{of.Total + first, of.Total + first + run, of.Rows}
	if n := common(of.keys, keys); n > 0 && of.outer == 0 {
		if in := s.sortGroups(of, width, keys[:n], kept); in.Total < w.Total || kept > 0 && in.cut(kept) < w.cut(kept) {
			w.Cost, w.bare, w.kept = in, false, false
			w.again = w.Cost
			return w.over("Incremental Sort", of)
		}
	}
	spill := 0.0
	if bytes := sortBytes(of.Rows, width); bytes > k.workMemBytes {
		spill = k.SeqPage * math.Ceil(bytes/indexcost.BlockSize)
	}
	w.again = Cost{0, k.CPUOperator*of.Rows + spill, of.Rows}
	return w.over("Sort", of)
}

// sortGroups is cost_incremental_sort.
func (s *search) sortGroups(of *path, width float64, sorted []sortKey, kept float64) Cost {
	k := s.k
	groups, _ := s.groupsOf(s.columnsOf(sorted), of.Rows)
	each := of.Rows / groups
	if k.Version < 16 {
		each *= 1.5
	}
	first, run := k.Sort(each, width, kept)
	input := (of.Total - of.Startup) / groups
	p := Cost{Startup: of.Startup + first + input, Rows: of.Rows}
	p.Total = p.Startup + run + (run+first+input)*(groups-1)
	p.Total += (k.CPUTuple+2*k.CPUOperator)*of.Rows + 2*k.CPUTuple*groups
	return p
}

// columnsOf are columns that keys stand for, one each; an expression's has no
// table.
func (s *search) columnsOf(keys []sortKey) []member {
	var list []member
	for _, k := range keys {
		m := member{use: -1}
		c := s.l.classes[k.class]
		switch {
		case len(c.members) > 0:
			m = c.members[0]
		case len(c.from) > 0:
			list = append(list, c.from[1:]...)
			m = c.from[0]
		}
		list = append(list, m)
	}
	return list
}

// gatherWays brings the parts of several processes together, as they come or
// sorted (generate_useful_gather_paths).
func (s *search) gatherWays(r *rel, want []sortKey) {
	if len(r.partial) == 0 {
		return
	}
	k := s.k
	cheap := cheapestOf(r.partial)
	r.add(k.gather(cheap, r.rows), s.startup)
	for _, w := range r.partial {
		if len(w.keys) > 0 {
			r.add(k.gatherMerge(w, r.rows), s.startup)
		}
		if len(want) > 0 && !begins(w.keys, want) && (w == cheap || common(w.keys, want) > 0) {
			kept := 0.0
			if s.l.groups == 0 && s.l.Aggregates == 0 {
				kept = s.l.limit
			}
			r.add(k.gatherMerge(s.sort(w, r.width, want, kept), r.rows), s.startup)
		}
	}
}

// gather brings the parts together in any order.
func (k Settings) gather(p *path, rows float64) *path {
	return newWay(Cost{p.Startup + k.parallelSetup, p.Total + k.parallelSetup + k.parallelTuple*rows, rows}).over("Gather", p)
}

// gatherMerge brings sorted parts together, in their order.
func (k Settings) gatherMerge(p *path, rows float64) *path {
	n := p.workers + 1
	startup := k.parallelSetup + 2*k.CPUOperator*n*math.Log2(n)
	run := rows*(2*k.CPUOperator*math.Log2(n)+k.CPUOperator) + 1.05*k.parallelTuple*rows
	w := newWay(Cost{p.Startup + startup, p.Total + startup + run, rows})
	w.keys = p.keys
	return w.over("Gather Merge", p)
}

// grouped makes groups, or one row of all: by one process, or a part by each
// (create_grouping_paths).
func (s *search) grouped(top *rel) *rel {
	columns := s.columnsOf(s.l.grouped)
	groups := 1.0
	if s.l.groups > 0 {
		groups, _ = s.groupsOf(columns, top.rows)
	}
	to := &rel{set: top.set, rows: groups, width: top.width}
	aggregates := s.l.Aggregates
	for _, w := range top.ways {
		if w.outer != 0 {
			continue
		}
		if s.l.groups == 0 {
			to.add(s.k.summed(w, aggregates), s.startup)
			continue
		}
		if begins(w.keys, s.l.grouped) || w == top.cheap || common(w.keys, s.l.grouped) > 0 {
			to.add(s.runs(s.inOrder(w, top, s.l.grouped), groups, aggregates), s.startup)
		}
	}
	if s.l.groups > 0 {
		to.add(s.hashed(top.cheap, top.width, float64(s.l.groups), groups, aggregates), s.startup)
	}
	if len(top.partial) > 0 {
		s.partlyGrouped(to, top, columns, groups, aggregates)
	}
	if w := s.byEnds(); w != nil {
		to.add(w, s.startup)
	}
	return s.having(to)
}

// having leaves out groups.
func (s *search) having(r *rel) *rel {
	if len(s.l.kept) == 0 {
		return r
	}
	share, each := 1.0, 0.0
	for _, c := range s.l.kept {
		share *= c.share
		each += s.check(c) * s.k.CPUOperator
	}
	to := &rel{set: r.set, rows: clampRows(r.rows * share), width: r.width}
	for _, of := range r.ways {
		w := *of
		w.Total += each * r.rows
		w.Rows, w.again = to.rows, w.Cost
		to.add(&w, s.startup)
	}
	return to
}

// byEnds is each min and max by the first row of its order; nil where an index
// does not give one of them.
func (s *search) byEnds() *path {
	if len(s.l.ends) == 0 {
		return nil
	}
	total := s.k.CPUTuple
	var from *path
	for _, l := range s.l.ends {
		w := s.planner.final(l, s.indexes).cheap
		if w == nil {
			return nil
		}
		total += w.Total
		from = w
	}
	return newWay(Cost{total - s.k.CPUTuple, total, 1}).over("Result", from)
}

// windowed is cost_windowagg over rows in the window's order.
func (s *search) windowed(r *rel, of window) *rel {
	k := s.k
	to := &rel{set: r.set, rows: r.rows, width: r.width + 8*of.calls}
	for _, w := range r.ways {
		if w.outer != 0 || w != r.cheap && common(w.keys, of.keys) == 0 {
			continue
		}
		in := s.inOrder(w, r, of.keys)
		over := newWay(Cost{in.Startup, in.Total + (k.CPUTuple+k.CPUOperator*(of.calls+of.columns))*in.Rows, in.Rows})
		over.keys = in.keys
		to.add(over.over("WindowAgg", in), s.startup)
	}
	return to
}

// firstOfEach is DISTINCT ON: of rows in order the first of each group.
func (s *search) firstOfEach(r *rel) *rel {
	groups, _ := s.groupsOf(s.columnsOf(s.l.firsts), r.rows)
	to := &rel{set: r.set, rows: groups, width: r.width}
	for _, w := range r.ways {
		if w.outer != 0 || w != r.cheap && common(w.keys, s.l.sorted) == 0 {
			continue
		}
		in := s.inOrder(w, r, s.l.sorted)
		one := newWay(Cost{in.Startup, in.Total + s.k.CPUOperator*float64(len(s.l.firsts))*in.Rows, groups})
		one.keys = in.keys
		to.add(one.over("Unique", in), s.startup)
	}
	return to
}

// partlyGrouped makes groups of each process's part, and of these the groups.
func (s *search) partlyGrouped(to, top *rel, columns []member, groups, aggregates float64) {
	p := cheapestOf(top.partial)
	if s.l.groups == 0 {
		each := s.k.summed(p, aggregates)
		each.workers, each.divisor = p.workers, p.divisor
		to.add(s.k.summed(s.k.gather(each.done("Partial"), p.workers), aggregates).done("Finalize"), s.startup)
		return
	}
	some, _ := s.groupsOf(columns, p.Rows)
	part := s.hashed(p, top.width, float64(s.l.groups), some, aggregates).done("Partial")
	all := s.k.gather(part, some*p.workers)
	to.add(s.hashed(all, top.width, float64(s.l.groups), groups, aggregates).done("Finalize"), s.startup)
	to.add(s.runs(s.sort(all, top.width, s.l.grouped, 0), groups, aggregates).done("Finalize"), s.startup)
	for _, w := range top.partial {
		if w == p || begins(w.keys, s.l.grouped) {
			runs := s.runs(s.inOrder(w, top, s.l.grouped), some, aggregates).done("Partial")
			runs.workers, runs.divisor = w.workers, w.divisor
			to.add(s.runs(s.k.gatherMerge(runs, some*w.workers), groups, aggregates).done("Finalize"), s.startup)
		}
	}
	sorted := s.sort(part, top.width, s.l.grouped, 0)
	to.add(s.runs(s.k.gatherMerge(sorted, some*p.workers), groups, aggregates).done("Finalize"), s.startup)
}

// summed is cost_agg for one row of all.
func (k Settings) summed(w *path, aggregates float64) *path {
	startup := w.Total + aggregates*k.CPUOperator*w.Rows
	return newWay(Cost{startup, startup + k.CPUTuple, 1}).over("Aggregate", w).by("Plain")
}

// runs is cost_agg over sorted rows; without aggregates, what makes them
// distinct.
func (s *search) runs(w *path, groups, aggregates float64) *path {
	k := s.k
	total := w.Total + k.CPUOperator*w.Rows*(aggregates+float64(s.l.groups)) + k.CPUTuple*groups
	if aggregates == 0 && s.l.distinct {
		total -= k.CPUTuple * groups
	}
	out := newWay(Cost{w.Startup, total, groups})
	out.keys = w.keys
	switch {
	case aggregates > 0:
		return out.over("Aggregate", w).by("Sorted")
	case s.l.distinct:
		return out.over("Unique", w)
	}
	return out.over("Group", w)
}

// hashed is cost_agg by a hash table, which is written out in parts where it
// is larger than its memory.
func (s *search) hashed(w *path, width, keys, groups, aggregates float64) *path {
	k := s.k
	startup := w.Total + k.CPUOperator*w.Rows*(aggregates+keys)
	total := startup + k.CPUTuple*groups
	entry := groupEntry + math.Ceil(width/8)*8
	if aggregates > 0 {
		entry += 8 + groupState*aggregates
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
		pages := 2 * sortBytes(w.Rows, width) / indexcost.BlockSize * depth
		spill := depth * w.Rows * 2 * k.CPUTuple
		startup += pages*k.RandomPage + spill
		total += pages*k.RandomPage + pages*k.SeqPage + spill
	}
	out := newWay(Cost{startup, total, groups})
	out.workers, out.divisor = w.workers, w.divisor
	return out.over("Aggregate", w).by("Hashed")
}

// distinct gives each value of some columns once (create_unique_path).
func (s *search) distinct(r *rel, values []member) *rel {
	if r.each == nil {
		groups, _ := s.groupsOf(values, r.rows)
		k, n := s.k, float64(len(values))
		first, run := k.Sort(r.cheap.Rows, r.width, 0)
		sorted := newWay(Cost{r.cheap.Total + first, r.cheap.Total + first + run, r.rows}).over("Sort", r.cheap)
		sorted = newWay(Cost{sorted.Startup, sorted.Total + k.CPUOperator*r.rows*n, groups}).over("Unique", sorted)
		best := sorted
		if (groupEntry+math.Ceil(r.width/8)*8)*groups <= k.workMemBytes*k.hashMemory {
			startup := r.cheap.Total + k.CPUOperator*r.rows*n
			if w := newWay(Cost{startup, startup + k.CPUTuple*groups, groups}).over("Aggregate", r.cheap).by("Hashed"); w.Total < best.Total {
				best = w
			}
		}
		best.unique = true
		r.each = best
	}
	return &rel{set: r.set, rows: r.each.Rows, width: r.width, ways: []*path{r.each}, cheap: r.each}
}

// groupKeys are the classes that rows are grouped by, those of ORDER BY first
// where it names nothing else.
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
