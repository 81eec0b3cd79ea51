package indexadvisor

import (
	"math"

	"github.com/pgverdict/pgverdict/workload"
)

// constants are the planner's, as the export has them or at their defaults
// (src/include/optimizer/cost.h). Costs are in the planner's units.
type constants struct {
	seqPage, randomPage                  float64
	cpuTuple, cpuIndexTuple, cpuOperator float64
	cachePages                           float64 // effective_cache_size
	workMemBytes                         float64
	leader                               bool // parallel_leader_participation
}

func newConstants(snap *workload.Snapshot) constants {
	k := constants{1, 4, 0.01, 0.005, 0.0025, 524288, 4 << 20, true}
	if snap == nil {
		return k
	}
	for name, to := range map[string]*float64{
		"seq_page_cost": &k.seqPage, "random_page_cost": &k.randomPage,
		"cpu_tuple_cost": &k.cpuTuple, "cpu_index_tuple_cost": &k.cpuIndexTuple, "cpu_operator_cost": &k.cpuOperator,
	} {
		*to = snap.SettingNumber(name).Or(*to)
	}
	k.cachePages = snap.SettingBytes("effective_cache_size").Or(k.cachePages*blockSize) / blockSize
	k.workMemBytes = snap.SettingBytes("work_mem").Or(k.workMemBytes)
	k.leader = snap.Settings["parallel_leader_participation"].Value != "off"
	return k
}

const blockSize = 8192

// path is what a way to read a relation costs, and the rows it gives.
type path struct{ startup, total, rows float64 }

// heap is the table as the planner sees it.
type heap struct{ pages, tuples float64 }

// access is one use of a B-tree: which share of the table its conditions
// select, and what is left to check on the heap.
type access struct {
	heap
	indexPages, height float64
	boundary           float64 // selectivity of the conditions that bound the index scan
	lookups            float64 // descents: the product of the IN lists among them
	conds, filters     float64 // operators evaluated on the index, and on the heap
	correlation        float64
	loops              float64 // outer rows, when the scan is the inner side of a nested loop
	otherPages         float64 // pages of the statement's other tables, which share the cache
}

// seqScan is cost_seqscan without parallel workers.
func (k constants) seqScan(h heap, operators, workers float64) float64 {
	return k.seqPage*h.pages + h.tuples*(k.cpuTuple+operators*k.cpuOperator)/k.parallelDivisor(workers)
}

// parallelDivisor is get_parallel_divisor: the leader helps the less, the
// more workers it has to serve.
func (k constants) parallelDivisor(workers float64) float64 {
	if workers <= 0 {
		return 1
	}
	if help := 1 - 0.3*workers; k.leader && help > 0 {
		return workers + help
	}
	return workers
}

// descend is the index's part of btcostestimate and genericcostestimate: what
// it costs before the first entry, and in all.
func (k constants) descend(a access) (startup, total float64) {
	lookups := math.Max(a.lookups, 1)
	leafTuples := clamp(math.RoundToEven(a.tuples*a.boundary/lookups), 1, a.tuples)
	leafPages := math.Ceil(leafTuples * a.indexPages / math.Max(a.tuples, 1))
	loops := math.Max(a.loops, 1)
	io := k.randomPage * leafPages
	if lookups*loops > 1 {
		io = k.randomPage * k.pagesFetched(leafPages*lookups*loops, a.indexPages, a) / loops
	}
	one := math.Ceil(math.Log2(math.Max(a.tuples, 2)))*k.cpuOperator + 50*k.cpuOperator*(a.height+1)
	total = io + lookups*leafTuples*(k.cpuIndexTuple+k.cpuOperator*a.conds) + lookups*one
	return one, total
}

// indexScan is cost_index: entries in index order, each heap page fetched as
// often as it comes up.
func (k constants) indexScan(a access) path {
	startup, total := k.descend(a)
	rows := clampRows(a.tuples * a.boundary)
	loops := math.Max(a.loops, 1)
	worst := k.randomPage * k.pagesFetched(rows*loops, a.pages, a) / loops
	best := 0.0
	if n := math.Ceil(a.boundary * a.pages); n > 0 {
		best = k.randomPage + (n-1)*k.seqPage
		if loops > 1 {
			best = k.randomPage * k.pagesFetched(n*loops, a.pages, a) / loops
		}
	}
	c := a.correlation * a.correlation
	total += worst + c*(best-worst) + rows*(k.cpuTuple+a.filters*k.cpuOperator)
	return path{startup, total, rows}
}

// bitmapScan is cost_bitmap_heap_scan over one index: each heap page once, in
// physical order, all conditions checked again.
func (k constants) bitmapScan(a access) path {
	_, index := k.descend(a)
	rows := clampRows(a.tuples * a.boundary)
	index += 0.1 * k.cpuOperator * rows
	p := a.pages
	if p > 1 {
		if loops := math.Max(a.loops, 1); loops > 1 {
			p = k.pagesFetched(rows*loops, a.pages, a) / loops
		} else {
			p = math.Ceil(2 * a.pages * rows / (2*a.pages + rows))
		}
		p = clamp(p, 1, a.pages)
	}
	perPage := k.randomPage
	if p >= 2 {
		perPage -= (k.randomPage - k.seqPage) * math.Sqrt(p/a.pages)
	}
	checked := rows
	if room := math.Max(k.workMemBytes/64, 16); p > room {
		// Beyond work_mem whole pages are kept, and all their rows checked.
		lossy := math.Max(p-room/2, 0)
		checked = clampRows(a.tuples * (a.boundary*(p-lossy)/p + lossy/math.Max(a.pages, 1)))
	}
	total := index + p*perPage + checked*(k.cpuTuple+(a.conds+a.filters)*k.cpuOperator)
	return path{index, total, rows}
}

// pagesFetched is index_pages_fetched, the Mackert-Lohman estimate with a
// cache that the statement's relations share by size.
func (k constants) pagesFetched(tuples, pages float64, a access) float64 {
	t := math.Max(pages, 1)
	all := math.Max(a.pages+a.indexPages+a.otherPages, 1)
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

// sortCost is cost_tuplesort: what sorting rows of that width adds, before
// the first row and per row; kept > 0 rows are wanted of it.
func (k constants) sortCost(rows, width, kept float64) (startup, run float64) {
	rows = math.Max(rows, 2)
	compare := 2 * k.cpuOperator
	bytes := rows * (math.Ceil(width/8)*8 + 24)
	switch {
	case kept > 0 && kept*2 < rows:
		startup = compare * rows * math.Log2(2*kept)
	default:
		startup = compare * rows * math.Log2(rows)
		if bytes > k.workMemBytes {
			pages := math.Ceil(bytes / blockSize)
			runs := bytes / k.workMemBytes
			order := math.Max(6, math.Floor(k.workMemBytes/(2*blockSize+32*blockSize)))
			passes := 1.0
			if runs > order {
				passes = math.Ceil(math.Log(runs) / math.Log(order))
			}
			startup += 2 * pages * passes * (0.75*k.seqPage + 0.25*k.randomPage)
		}
	}
	return startup, k.cpuOperator * rows
}

// clampRows is clamp_row_est.
func clampRows(rows float64) float64 { return math.Max(1, math.RoundToEven(rows)) }

func clamp(v, low, high float64) float64 { return math.Max(low, math.Min(v, high)) }
