package indexadvisor

import (
	"math"
)

// best are the ways worth keeping to get some tables' rows: the cheapest, and
// the cheapest in the order that is wanted.
type best struct {
	rows    float64
	cheap   option
	ordered option
	quick   option // the cheapest to give the rows that LIMIT wants
	parts   part   // the cheapest that several processes take together
	parted  bool   // parts is set
	any     bool   // cheap is set
	sorted  bool   // ordered is set
}

func (b *best) offer(o option, limit float64) {
	if !b.any || o.cut(limit) < b.quick.cut(limit) {
		b.quick = o
	}
	if !b.any || o.total < b.cheap.total {
		b.cheap, b.any = o, true
	}
	if o.ordered && (!b.sorted || o.total < b.ordered.total) {
		b.ordered, b.sorted = o, true
	}
}

func (b *best) offerPart(p part) {
	if !b.parted || p.total < b.parts.total {
		b.parts, b.parted = p, true
	}
}

// costOf is what the level's cheapest plan costs with these indexes, in the
// planner's units: left-deep join orders, by nested loops with an inner index
// and by hashing (joinpath.c), then what is done with the rows.
func (a *Advisor) costOf(l *level, indexes []*built) float64 {
	n := len(l.uses)
	plans := make([]best, 1<<n)
	for i := range l.uses {
		b := &plans[1<<i]
		for _, o := range a.scans(l, i, indexes, 0, 1) {
			b.offer(o, l.limit)
			b.rows = o.rows
		}
		for _, p := range a.partialScans(l, i, indexes) {
			b.offerPart(p)
		}
	}
	for set := uint(1); set < 1<<n; set++ {
		if !plans[set].any {
			continue
		}
		for i := range l.uses {
			if set&(1<<i) == 0 && (l.connected(set, i) || !l.reachable(set)) {
				a.join(l, plans, set, i, indexes)
			}
		}
	}
	return a.finish(l, plans[1<<n-1])
}

// connected reports whether a join condition ties a table to those of a set.
func (l *level) connected(set uint, i int) bool {
	for _, j := range l.uses[i].joins {
		if set&(1<<j.other) != 0 {
			return true
		}
	}
	return false
}

// reachable reports whether any table outside of a set is tied to it: only
// where none is, the next one is paired with all rows.
func (l *level) reachable(set uint) bool {
	for i := range l.uses {
		if set&(1<<i) == 0 && l.connected(set, i) {
			return true
		}
	}
	return false
}

// join adds table i to the tables of a set.
func (a *Advisor) join(l *level, plans []best, set uint, i int, indexes []*built) {
	from, inner := &plans[set], &plans[1<<i]
	to := &plans[set|1<<i]
	rows := clampRows(from.rows * inner.rows * l.joinShare(set, i))
	to.rows = rows
	k := a.cost
	keys := 0.0
	for _, j := range l.uses[i].joins {
		if set&(1<<j.other) != 0 {
			keys++
		}
	}
	outers := []option{from.cheap}
	if from.sorted {
		outers = append(outers, from.ordered)
	}
	for _, outer := range outers {
		if keys > 0 {
			for _, in := range a.scans(l, i, indexes, set, l.loops(plans, set, i)) {
				total := outer.total + from.rows*in.total + k.cpuTuple*rows
				to.offer(option{path{outer.startup + in.startup, total, rows}, outer.ordered}, l.limit)
			}
		}
		// The inner side read once, kept, and gone through for each row.
		again := inner.cheap.total + from.rows*inner.rows*(k.cpuOperator*(1+keys))
		to.offer(option{path{outer.startup + inner.cheap.startup, outer.total + again + k.cpuTuple*rows, rows}, outer.ordered}, l.limit)
	}
	if keys == 0 {
		return
	}
	a.joinParts(l, plans, set, i, indexes, keys, rows)
	for _, side := range [2]struct{ probe, hashed *best }{{from, inner}, {inner, from}} {
		build := side.hashed.cheap.total + side.hashed.rows*(k.cpuOperator*keys+k.cpuTuple)
		probe := side.probe.cheap.total + side.probe.rows*k.cpuOperator*keys
		total := build + probe + k.cpuTuple*rows + k.spill(side.hashed.rows, side.probe.rows, l.width(set|1<<i))
		to.offer(option{path{build + side.probe.cheap.startup, total, rows}, false}, l.limit)
	}
}

// loops is get_loop_count: how often a lookup of table i is taken to be
// repeated, by the rows of the smallest table that gives it its value.
func (l *level) loops(plans []best, set uint, i int) float64 {
	loops := math.Inf(1)
	for _, j := range l.uses[i].joins {
		if set&(1<<j.other) != 0 {
			loops = math.Min(loops, plans[1<<j.other].rows)
		}
	}
	return math.Max(loops, 1)
}

// joinParts adds table i to a path that several processes take together: each
// looks its rows up, or hashes the other side for itself or with the others.
func (a *Advisor) joinParts(l *level, plans []best, set uint, i int, indexes []*built, keys, rows float64) {
	k, to := a.cost, &plans[set|1<<i]
	for _, side := range [2]struct{ probe, hashed uint }{{set, 1 << i}, {1 << i, set}} {
		from, hashed := &plans[side.probe], &plans[side.hashed]
		if !from.parted {
			continue
		}
		p := from.parts
		each := clampRows(rows / p.divisor)
		if side.probe == set {
			for _, in := range a.scans(l, i, indexes, set, l.loops(plans, set, i)) {
				to.offerPart(part{path{p.startup + in.startup, p.total + p.rows*in.total + k.cpuTuple*each, each}, p.workers, p.divisor})
			}
		}
		join := func(build, hashedRows float64) {
			build += hashedRows * (k.cpuOperator*keys + k.cpuTuple)
			total := build + p.total + p.rows*k.cpuOperator*keys + k.cpuTuple*each + k.spill(hashed.rows, p.rows, l.width(set|1<<i))
			to.offerPart(part{path{build + p.startup, total, each}, p.workers, p.divisor})
		}
		join(hashed.cheap.total, hashed.rows)
		if hashed.parted {
			join(hashed.parts.total, hashed.parts.rows)
		}
	}
}

// joinShare is the selectivity of all conditions that tie a table to a set:
// eqjoinsel without most common values.
func (l *level) joinShare(set uint, i int) float64 {
	share := 1.0
	u := l.uses[i]
	for _, j := range u.joins {
		if set&(1<<j.other) != 0 {
			share /= math.Max(distinctOf(u.table, j.column), distinctOf(l.uses[j.other].table, j.with))
		}
	}
	return share
}

func (l *level) width(set uint) float64 {
	width := 0.0
	for i, u := range l.uses {
		if set&(1<<i) != 0 {
			width += u.width
		}
	}
	return width
}

// spill is the reading and writing of both sides where the hash table is
// larger than its memory.
func (k constants) spill(hashed, probed, width float64) float64 {
	bytes := func(rows float64) float64 { return rows * (math.Ceil(width/8)*8 + 24) }
	if bytes(hashed) <= k.workMemBytes*k.hashMemory {
		return 0
	}
	return 2 * k.seqPage * (bytes(hashed) + bytes(probed)) / blockSize
}

// finish adds grouping, sorting and LIMIT.
func (a *Advisor) finish(l *level, b best) float64 {
	k := a.cost
	if !b.any {
		return 0
	}
	if b.parted {
		b.offer(option{path: k.gather(b.parts)}, l.limit)
	}
	if l.groups > 0 || l.sums {
		return a.grouped(l, b)
	}
	cut := func(p path) float64 { return p.cut(l.limit) }
	if len(l.order) == 0 {
		return cut(b.quick.path)
	}
	width := l.width(1<<len(l.uses) - 1)
	cost := cut(k.sorted(b.cheap.path, width, l.limit))
	if b.parted {
		p := b.parts
		p.path = k.sorted(p.path, width, l.limit)
		cost = math.Min(cost, cut(k.gatherMerge(p)))
	}
	if b.sorted {
		cost = math.Min(cost, cut(b.ordered.path))
	}
	return cost
}

// grouped adds an aggregate: by one process, or a part by each.
func (a *Advisor) grouped(l *level, b best) float64 {
	k := a.cost
	work := func(rows float64) float64 { return rows * k.cpuOperator * float64(l.groups+1) }
	cost := b.cheap.total + work(b.rows) + k.cpuTuple
	if b.parted && l.groups == 0 {
		p := b.parts
		each := p.total + work(p.rows) + k.cpuTuple + k.parallelSetup + k.parallelTuple*p.workers
		cost = math.Min(cost, each+k.cpuOperator*p.workers+k.cpuTuple)
	}
	return cost
}

// sorted adds a sort to a path.
func (k constants) sorted(p path, width, kept float64) path {
	startup, run := k.sortCost(p.rows, width, kept)
	return path{p.total + startup, p.total + startup + run, p.rows}
}
