package planner

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/pgversion"
)

// Cost is a path's cost in the planner's units, and its rows.
type Cost struct{ Startup, Total, Rows float64 }

// cut is the cost of the first rows; 0: of all.
func (p Cost) cut(limit float64) float64 {
	if limit > 0 && limit < p.Rows {
		return p.Startup + (p.Total-p.Startup)*limit/p.Rows
	}
	return p.Total
}

// Heap is the table as the planner sees it.
type Heap struct{ Pages, Tuples float64 }

// Access is one use of an index: the share of the table that its conditions select, and
// what is left to check on the heap.
type Access struct {
	Heap
	IndexPages, Height  float64 // pages as if the index had all rows of the table
	part                float64 // share of them that it has by its predicate; 0: all
	Boundary            float64 // selectivity of the conditions that bound the index scan
	lookups             float64 // descents: the product of the IN lists among them
	direct              bool    // no descent: a hash gives the place
	IndexQuals, Filters float64 // operators evaluated on the index, and on the heap
	Quals               float64 // operators evaluated on a row of a bitmap: all conditions
	Correlation         float64
	Loops               float64 // outer rows, if the scan is the inner side of a nested loop
	otherPages          float64 // pages of the statement's other tables, which share the cache
	visible             float64 // share of the heap's pages that an index-only scan does not visit
	selected            float64 // share of the rows that the index returns; 0: as Boundary
	values              float64 // cost of the values that it is searched by
}

// given is the share of the table's rows that the index returns.
func (a Access) given() float64 {
	if a.selected > 0 {
		return math.Min(a.selected, a.Boundary)
	}
	return a.Boundary
}

// partial is the share of the table's rows that the index has.
func (a Access) partial() float64 {
	if a.part > 0 {
		return a.part
	}
	return 1
}

// ownPages is the number of pages of the index.
func (a Access) ownPages() float64 { return a.IndexPages * a.partial() }

// SeqScan is cost_seqscan without parallel workers.
func (k Settings) SeqScan(h Heap, operators, workers float64) float64 {
	return k.SeqPage*h.Pages + h.Tuples*(k.CPUTuple+operators*k.CPUOperator)/k.ParallelDivisor(workers)
}

// descend is the index's part of btcostestimate and genericcostestimate: before the
// first entry, and in all.
func (k Settings) descend(a Access) (startup, total float64) {
	lookups := math.Max(a.lookups, 1)
	entries := math.Max(math.RoundToEven(a.Tuples*a.partial()), 1)
	leafTuples := clamp(math.RoundToEven(a.Tuples*a.Boundary/lookups), 1, entries)
	leafPages := math.Ceil(leafTuples * a.ownPages() / entries)
	loops := math.Max(a.Loops, 1)
	io := k.RandomPage * leafPages
	if lookups*loops > 1 {
		io = k.RandomPage * k.pagesFetched(leafPages*lookups*loops, a.ownPages(), a) / loops
	}
	one := 0.0
	if !a.direct {
		one = math.Ceil(math.Log2(math.Max(entries, 2)))*k.CPUOperator + 50*k.CPUOperator*(a.Height+1)
	}
	total = io + lookups*leafTuples*(k.cpuIndexTuple+k.CPUOperator*a.IndexQuals) + lookups*one
	return a.values + one, a.values + total
}

// scanCost is a scan in index order, with the part of its cost that workers share and
// the heap pages that it visits.
type scanCost struct {
	Cost
	cpu, fetched float64
}

// IndexScan is cost_index: entries in index order, with the heap pages that they point
// to.
func (k Settings) IndexScan(a Access) scanCost {
	startup, total := k.descend(a)
	rows := clampRows(a.Tuples * a.given())
	loops := math.Max(a.Loops, 1)
	fetched := math.Ceil((1 - a.visible) * k.pagesFetched(rows*loops, a.Pages, a))
	worst := k.RandomPage * fetched / loops
	best := 0.0
	if n := math.Ceil((1 - a.visible) * math.Ceil(a.given()*a.Pages)); n > 0 {
		best = k.RandomPage + (n-1)*k.SeqPage
		if loops > 1 {
			best = k.RandomPage * k.pagesFetched(n*loops, a.Pages, a) / loops
		}
	}
	c := a.Correlation * a.Correlation
	cpu := rows * (k.CPUTuple + a.Filters*k.CPUOperator)
	total += worst + c*(best-worst) + cpu
	return scanCost{Cost{startup, total, rows}, cpu, fetched}
}

// PagesFetched is the number of heap pages that one scan by an index reads.
func (k Settings) PagesFetched(a Access) float64 {
	loops := math.Max(a.Loops, 1)
	scattered := k.pagesFetched(clampRows(a.Tuples*a.given())*loops, a.Pages, a) / loops
	c := a.Correlation * a.Correlation
	return scattered + c*(math.Min(math.Ceil(a.given()*a.Pages), scattered)-scattered)
}

// ginIndex is gincostestimate before its charges of 16, with the entry and data pages
// that it assumes for a hypothetical index. keys is the number of searched keys.
func (k Settings) ginIndex(a Access, keys float64) float64 {
	pages := math.Max(a.ownPages(), 10)
	entryPages, dataPages := 0.9*pages, 0.1*pages
	entries := 100 * entryPages
	matched := a.given() * a.Tuples
	return k.RandomPage*math.Ceil(keys*math.RoundToEven(math.Pow(entryPages, 0.15))) +
		k.RandomPage*math.Max(math.Ceil(dataPages*keys/entries), math.Ceil(matched/2730)) +
		matched*(k.cpuIndexTuple+k.CPUOperator*a.IndexQuals)
}

// pagesFetched is index_pages_fetched, the Mackert-Lohman estimate. The query's
// relations share the cache by size.
func (k Settings) pagesFetched(tuples, pages float64, a Access) float64 {
	t := math.Max(pages, 1)
	all := math.Max(a.Pages+a.ownPages()+a.otherPages, 1)
	b := math.Max(math.Ceil(k.cachePages*t/all), 1)
	full := 2 * t * tuples / (2*t + tuples)
	if t <= b {
		return math.Ceil(math.Min(full, t))
	}
	limit := 2 * t * b / (2*t - b)
	if tuples <= limit {
		return math.Ceil(full)
	}
	return math.Ceil(b + (tuples-limit)*(t-b)/t)
}

// Sort is cost_tuplesort: what sorting rows of that width adds before the first row,
// and in the run; kept > 0: only so many rows are needed. What is kept, not what is
// sorted, has to fit into work_mem.
func (k Settings) Sort(rows, width, kept float64) (startup, run float64) {
	bytes := k.sortedBytes(rows, width)
	rows = math.Max(rows, 2)
	compare := 2 * k.CPUOperator
	out, outBytes := rows, bytes
	if kept > 0 && kept < rows {
		out, outBytes = kept, k.sortedBytes(kept, width)
	}
	startup = compare * rows * math.Log2(rows)
	switch {
	case outBytes > k.workMemBytes:
		pages, runs, order := math.Ceil(bytes/indexcost.BlockSize), bytes/k.workMemBytes, k.mergeOrder()
		passes := 1.0
		if runs > order {
			passes = math.Ceil(math.Log(runs) / math.Log(order))
		}
		startup += 2 * pages * passes * (0.75*k.SeqPage + 0.25*k.RandomPage)
	case rows > 2*out || bytes > k.workMemBytes:
		startup = compare * rows * math.Log2(2*out)
	}
	return startup, k.CPUOperator * rows
}

// sortedBytes is relation_byte_size: rows with their headers, aligned.
func (k Settings) sortedBytes(rows, width float64) float64 {
	return rows * (math.Ceil(width/8)*8 + 24)
}

// mergeOrder is tuplesort_merge_order: the number of runs that a sort on disk merges at
// once. Up to 14 a tape took one buffer less.
func (k Settings) mergeOrder() float64 {
	const least, most, tape, merge = 6, 500, indexcost.BlockSize, 32 * indexcost.BlockSize
	order := math.Floor(k.workMemBytes / (2*tape + merge))
	if !k.Server.Has(pgversion.SmallTapes) {
		order = math.Floor((k.workMemBytes - tape) / (merge + tape))
	}
	return clamp(order, least, most)
}

// clampRows is clamp_row_est.
func clampRows(rows float64) float64 { return math.Max(1, math.RoundToEven(rows)) }

func clamp(v, low, high float64) float64 { return math.Max(low, math.Min(v, high)) }

// Sizes of the executor's own structures, in bytes: they decide what fits into
// work_mem (nodeHash.c, nodeMemoize.c, nodeAgg.c).
const (
	hashTuple    = 16 + 16      // HJTUPLE_OVERHEAD, and a minimal tuple's header
	hashSkew     = 8*8 + 4 + 16 // of a common value that is kept apart
	memoizeEntry = 24 + 24      // MemoizeEntry and MemoizeKey
	memoizeRow   = 16           // MemoizeTuple
	groupEntry   = 24 + 16 + 16 // TupleHashEntryData, chunk and tuple headers
	groupState   = 16           // AggStatePerGroupData
	groupChunk   = 16           // CHUNKHDRSZ, of what a group keeps
)

// workersFor is compute_parallel_worker: one worker more for each threefold size.
func (k Settings) workersFor(pages float64) float64 {
	if k.minParallelPages <= 0 || pages < k.minParallelPages {
		return 0
	}
	return math.Min(1+math.Floor(math.Log(pages/k.minParallelPages)/math.Log(3)), k.maxWorkers)
}

// ParallelDivisor is get_parallel_divisor: the leader does less of the work the more
// workers it serves.
func (k Settings) ParallelDivisor(workers float64) float64 {
	if workers <= 0 {
		return 1
	}
	if help := 1 - 0.3*workers; k.leader && help > 0 {
		return workers + help
	}
	return workers
}

// indexWorkers is compute_parallel_worker for a scan in index order: by the heap pages
// or the index pages that it reads, whichever are fewer.
func (k Settings) indexWorkers(a Access, fetched float64) float64 {
	workers := k.maxWorkers
	if a.visible == 0 {
		workers = math.Min(workers, k.workersFor(fetched))
	}
	pages := math.Ceil(math.Max(a.Tuples*a.Boundary, 1) * a.IndexPages / math.Max(a.Tuples, 1))
	if pages < k.minParallelIndex || k.minParallelIndex <= 0 {
		return 0
	}
	return math.Min(workers, 1+math.Floor(math.Log(pages/k.minParallelIndex)/math.Log(3)))
}
