package planner

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/indexcost"
)

// hashJoins adds hash joins (hash_inner_and_outer).
func (s *search) hashJoins(to, outer, inner *joinRel, j *join) {
	if len(j.clauses) == 0 || outer.cheapest == nil || inner.cheapest == nil {
		return
	}
	for _, o := range outer.paths {
		if needs, ok := s.requiredOuter(outer, o, inner, inner.cheapest); ok && needs != 0 {
			to.add(s.parameterized(s.hashJoin(to, o, inner.cheapest, inner, j, false), to, needs, o.Rows/outer.rows, 1), s.fastStart)
		}
	}
	for _, in := range inner.paths {
		if needs, ok := s.requiredOuter(outer, outer.cheapest, inner, in); ok && needs != 0 && !in.outer.overlaps(outer.set) {
			to.add(s.parameterized(s.hashJoin(to, outer.cheapest, in, inner, j, false), to, needs, 1, in.Rows/inner.rows), s.fastStart)
		}
	}
	to.add(s.hashJoin(to, outer.cheapest, inner.cheapest, inner, j, false), s.fastStart)
	if s.fastStart {
		for _, o := range outer.paths {
			if o.outer == 0 && o != outer.cheapest && o.Startup < outer.cheapest.Startup {
				to.add(s.hashJoin(to, o, inner.cheapest, inner, j, false), s.fastStart)
			}
		}
	}
	if len(outer.partial) == 0 || j.kind == joinRight || j.kind == joinRightAnti || j.kind == joinRightSemi {
		return
	}
	o := cheapestOf(outer.partial)
	if len(inner.partial) > 0 {
		to.addPartial(s.hashJoin(to, o, cheapestOf(inner.partial), inner, j, true))
	}
	to.addPartial(s.hashJoin(to, o, inner.cheapest, inner, j, true))
}

func cheapestOf(list []*path) *path {
	best := list[0]
	for _, p := range list[1:] {
		if p.Total < best.Total {
			best = p
		}
	}
	return best
}

// hashJoin is initial_cost_hashjoin and final_cost_hashjoin. All processes build a
// partial inner side together.
func (s *search) hashJoin(to *joinRel, outer, inner *path, of *joinRel, j *join, partial bool) *path {
	k := s.k
	n := float64(len(j.clauses))
	total := inner.Rows
	workers := 0.0
	if inner.workers > 0 {
		total, workers = inner.Rows*inner.divisor, inner.workers
	}
	p := s.newJoin(Cost{Rows: to.rows})
	p.Startup = outer.Startup + inner.Total + (k.CPUOperator*n+k.CPUTuple)*inner.Rows
	run := outer.Total - outer.Startup + k.CPUOperator*n*outer.Rows
	buckets, batches := k.hashTable(total, of.width, workers)
	outerWidth := s.l.width(to.set &^ of.set)
	if batches > 1 {
		pages := math.Ceil(sortBytes(inner.Rows, of.width) / indexcost.BlockSize)
		p.Startup += k.SeqPage * pages
		run += k.SeqPage * (pages + 2*math.Ceil(sortBytes(outer.Rows, outerWidth)/indexcost.BlockSize))
	}
	virtual := buckets * batches
	bucket := 1 / virtual
	if !inner.unique {
		bucket = 1
		common := 1.0
		for _, t := range j.clauses {
			b, c := s.bucketShare(t.right, virtual)
			bucket, common = math.Min(bucket, b), math.Min(common, c)
		}
		if sortBytes(clampRows(inner.Rows*common), of.width) > k.workMemBytes*k.hashMemory {
			p.Startup += disabledCost
		}
	}
	rows := 0.0
	if j.stopsAtFirst() {
		matched := math.RoundToEven(outer.Rows * j.matched)
		run += k.CPUOperator * n * matched * clampRows(inner.Rows*bucket*2/(j.partners+1)) * 0.5
		run += k.CPUOperator * n * (outer.Rows - matched) * clampRows(inner.Rows/virtual) * 0.05
		rows = matched
		if j.kind == joinAnti {
			rows = outer.Rows - matched
		}
	} else {
		run += k.CPUOperator * n * outer.Rows * clampRows(inner.Rows*bucket) * 0.5
		rows = clampRows(clausesShare(j.clauses) * outer.Rows * inner.Rows)
	}
	run += rows * (k.CPUTuple + j.operators*k.CPUOperator)
	p.Total = p.Startup + run
	p.rescan = p.Cost
	if batches == 1 {
		p.rescan = Cost{0, run, p.Rows}
	}
	p.joinOf("Hash Join", j.kind, outer, inner, "Hash")
	p.parallel = inner.workers > 0
	if partial {
		p.shareLike(outer, to.rows)
	}
	return p
}

// disabledCost is disable_cost, for a path that is the last resort.
const disabledCost = 1e10

// bucketShare is estimate_hash_bucket_stats: the share of the inner rows in one bucket,
// and the frequency of the most common value.
func (s *search) bucketShare(m columnRef, buckets float64) (bucket, common float64) {
	c := s.l.statsOf(m)
	if c.stats != nil && len(c.stats.MCVFreqs) > 0 {
		common = c.stats.MCVFreqs[0]
	}
	if c.guessed {
		return math.Max(0.1, common), common
	}
	average := (1 - c.nulls) / c.distinct
	rel := s.l.Relations[m.relation]
	distinct := clampRows(c.distinct * s.rels[1<<m.relation].rows / rel.Heap.Tuples)
	bucket = 1 / math.Min(distinct, buckets)
	if average > 0 && common > average {
		bucket *= common / average
	}
	return clamp(bucket, 1e-6, 1), common
}

// hashTable is ExecChooseHashTableSize.
func (k Settings) hashTable(rows, width, workers float64) (buckets, batches float64) {
	rows = math.Max(rows, 1)
	tuple := hashTuple + math.Ceil(width/8)*8
	memory := math.Floor(k.workMemBytes*k.hashMemory) * (workers + 1)
	need := rows * tuple
	table := memory
	if skewed := math.Floor(math.Floor(table/(tuple+hashSkew)) * 0.02); skewed > 0 {
		table -= skewed * (tuple + hashSkew)
	}
	most := powerBelow(table / 8)
	buckets = math.Max(powerAbove(math.Min(rows, most)), 1024)
	if need+8*buckets <= table {
		return buckets, 1
	}
	if workers > 0 {
		return k.hashTable(rows, width, 0) // the processes' memory together does not do either
	}
	buckets = math.Min(powerAbove(math.Max(table/(tuple+8), 1)), most)
	batches = math.Max(2, powerAbove(math.Ceil(need/(table-8*buckets))))
	return buckets, batches
}

func powerAbove(n float64) float64 { return math.Exp2(math.Ceil(math.Log2(math.Max(n, 1)))) }
func powerBelow(n float64) float64 { return math.Exp2(math.Floor(math.Log2(math.Max(n, 1)))) }
