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
	any     bool // cheap is set
	sorted  bool // ordered is set
}

func (b *best) offer(o option) {
	if !b.any || o.total < b.cheap.total {
		b.cheap, b.any = o, true
	}
	if o.ordered && (!b.sorted || o.total < b.ordered.total) {
		b.ordered, b.sorted = o, true
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
			b.offer(o)
			b.rows = o.rows
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
			for _, in := range a.scans(l, i, indexes, set, from.rows) {
				total := outer.total + from.rows*in.total + k.cpuTuple*rows
				to.offer(option{path{outer.startup + in.startup, total, rows}, outer.ordered})
			}
		}
		// The inner side read once, kept, and gone through for each row.
		again := inner.cheap.total + from.rows*inner.rows*(k.cpuOperator*(1+keys))
		to.offer(option{path{outer.startup + inner.cheap.startup, outer.total + again + k.cpuTuple*rows, rows}, outer.ordered})
	}
	if keys == 0 {
		return
	}
	for _, side := range [2]struct{ probe, hashed *best }{{from, inner}, {inner, from}} {
		build := side.hashed.cheap.total + side.hashed.rows*(k.cpuOperator*keys+k.cpuTuple)
		probe := side.probe.cheap.total + side.probe.rows*k.cpuOperator*keys
		total := build + probe + k.cpuTuple*rows + k.spill(side.hashed.rows, side.probe.rows, l.width(set|1<<i))
		to.offer(option{path{build + side.probe.cheap.startup, total, rows}, false})
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
	if l.groups > 0 || l.sums {
		return b.cheap.total + b.rows*k.cpuOperator*float64(l.groups+1)
	}
	cut := func(o option) float64 {
		if l.limit > 0 && l.limit < o.rows {
			return o.startup + (o.total-o.startup)*l.limit/o.rows
		}
		return o.total
	}
	if len(l.order) == 0 {
		return cut(b.cheap)
	}
	startup, run := k.sortCost(b.rows, l.width(1<<len(l.uses)-1), l.limit)
	cost := cut(option{path: path{b.cheap.total + startup, b.cheap.total + startup + run, b.rows}})
	if b.sorted {
		cost = math.Min(cost, cut(b.ordered))
	}
	return cost
}
