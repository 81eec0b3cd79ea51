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
	hashMemory                           float64
	parallelSetup, parallelTuple         float64
	maxWorkers, minParallelPages         float64
	minParallelIndex                     float64
	version                              float64 // of the server: 15
	memoize                              bool    // enable_memoize
}

func newConstants(snap *workload.Snapshot) constants {
	k := constants{1, 4, 0.01, 0.005, 0.0025, 524288, 4 << 20, true, 2, 1000, 0.1, 2, 1024, 64, newestVersion, true}
	if snap == nil {
		return k
	}
	for name, to := range map[string]*float64{
		"seq_page_cost": &k.seqPage, "random_page_cost": &k.randomPage,
		"cpu_tuple_cost": &k.cpuTuple, "cpu_index_tuple_cost": &k.cpuIndexTuple, "cpu_operator_cost": &k.cpuOperator,
	} {
		*to = snap.SettingNumber(name).Or(*to)
	}
	for name, to := range map[string]*float64{
		"parallel_setup_cost": &k.parallelSetup, "parallel_tuple_cost": &k.parallelTuple,
		"max_parallel_workers_per_gather": &k.maxWorkers, "min_parallel_table_scan_size": &k.minParallelPages, // in pages of 8 kB
		"min_parallel_index_scan_size": &k.minParallelIndex, "hash_mem_multiplier": &k.hashMemory,
	} {
		*to = snap.SettingNumber(name).Or(*to)
	}
	k.cachePages = snap.SettingBytes("effective_cache_size").Or(k.cachePages*blockSize) / blockSize
	k.workMemBytes = snap.SettingBytes("work_mem").Or(k.workMemBytes)
	k.version = newestVersion
	if server, known := snap.ServerVersion(); known {
		k.version = float64(server.Major)
	}
	k.memoize = snap.Settings["enable_memoize"].Value != "off"
	k.leader = snap.Settings["parallel_leader_participation"].Value != "off"
	return k
}

// newestVersion stands for a server whose version is not in the data.
const newestVersion = 18

// Sizes of the executor's own structures, in bytes: they decide what fits into
// work_mem (nodeHash.c, nodeMemoize.c, nodeAgg.c).
const (
	hashTuple    = 16 + 16      // HJTUPLE_OVERHEAD, and a minimal tuple's header
	hashSkew     = 8*8 + 4 + 16 // of a common value that is kept apart
	memoizeEntry = 24 + 24      // MemoizeEntry and MemoizeKey
	memoizeRow   = 16           // MemoizeTuple
	groupEntry   = 24 + 16 + 16 // TupleHashEntryData, chunk and tuple headers
	groupState   = 16           // AggStatePerGroupData
)

// path is what a way to read a relation costs, and the rows it gives.
type path struct{ startup, total, rows float64 }

// cut is what the first rows of a path cost; 0: all of them.
func (p path) cut(limit float64) float64 {
	if limit > 0 && limit < p.rows {
		return p.startup + (p.total-p.startup)*limit/p.rows
	}
	return p.total
}

// heap is the table as the planner sees it.
type heap struct{ pages, tuples float64 }

// access is one use of a B-tree: which share of the table its conditions
// select, and what is left to check on the heap.
type access struct {
	heap
	indexPages, height float64
	boundary           float64 // selectivity of the conditions that bound the index scan
	lookups            float64 // descents: the product of the IN lists among them
	direct             bool    // it is not descended: a hash says where to look
	conds, filters     float64 // operators evaluated on the index, and on the heap
	checks             float64 // operators evaluated on a row that a bitmap gives: those of all conditions
	correlation        float64
	loops              float64 // outer rows, when the scan is the inner side of a nested loop
	otherPages         float64 // pages of the statement's other tables, which share the cache
	visible            float64 // share of the heap's pages that an index-only scan spares; 0 for any other
	selected           float64 // share of the rows that the index gives; 0: as many as boundary
}

// given is the share of the table's rows that the index hands to the heap.
func (a access) given() float64 {
	if a.selected > 0 {
		return math.Min(a.selected, a.boundary)
	}
	return a.boundary
}

// seqScan is cost_seqscan without parallel workers.
func (k constants) seqScan(h heap, operators, workers float64) float64 {
	return k.seqPage*h.pages + h.tuples*(k.cpuTuple+operators*k.cpuOperator)/k.parallelDivisor(workers)
}

// workersFor is compute_parallel_worker: one more for each threefold size.
func (k constants) workersFor(pages float64) float64 {
	if k.minParallelPages <= 0 || pages < k.minParallelPages {
		return 0
	}
	return math.Min(1+math.Floor(math.Log(pages/k.minParallelPages)/math.Log(3)), k.maxWorkers)
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
	one := 0.0
	if !a.direct {
		one = math.Ceil(math.Log2(math.Max(a.tuples, 2)))*k.cpuOperator + 50*k.cpuOperator*(a.height+1)
	}
	total = io + lookups*leafTuples*(k.cpuIndexTuple+k.cpuOperator*a.conds) + lookups*one
	return one, total
}

// scanned is a scan in index order: what of its cost several processes share,
// and the heap pages that it goes to.
type scanned struct {
	path
	cpu, fetched float64
}

// indexScan is cost_index: entries in index order, each heap page fetched as
// often as it comes up.
func (k constants) indexScan(a access) scanned {
	startup, total := k.descend(a)
	rows := clampRows(a.tuples * a.given())
	loops := math.Max(a.loops, 1)
	fetched := math.Ceil((1 - a.visible) * k.pagesFetched(rows*loops, a.pages, a))
	worst := k.randomPage * fetched / loops
	best := 0.0
	if n := math.Ceil((1 - a.visible) * math.Ceil(a.given()*a.pages)); n > 0 {
		best = k.randomPage + (n-1)*k.seqPage
		if loops > 1 {
			best = k.randomPage * k.pagesFetched(n*loops, a.pages, a) / loops
		}
	}
	c := a.correlation * a.correlation
	cpu := rows * (k.cpuTuple + a.filters*k.cpuOperator)
	total += worst + c*(best-worst) + cpu
	return scanned{path{startup, total, rows}, cpu, fetched}
}

// indexWorkers is compute_parallel_worker for a scan in index order: by the
// pages of the heap and of the index that it reads, whichever are fewer.
func (k constants) indexWorkers(a access, fetched float64) float64 {
	workers := k.maxWorkers
	if a.visible == 0 {
		workers = math.Min(workers, k.workersFor(fetched))
	}
	pages := math.Ceil(math.Max(a.tuples*a.boundary, 1) * a.indexPages / math.Max(a.tuples, 1))
	if pages < k.minParallelIndex || k.minParallelIndex <= 0 {
		return 0
	}
	return math.Min(workers, 1+math.Floor(math.Log(pages/k.minParallelIndex)/math.Log(3)))
}

// ginIndex is gincostestimate before its charges of 16, with the entry and data
// pages that it makes up for an index that does not exist; keys is how many are
// looked up.
func (k constants) ginIndex(a access, keys float64) float64 {
	pages := math.Max(a.indexPages, 10)
	entryPages, dataPages := 0.9*pages, 0.1*pages
	entries := 100 * entryPages
	matched := a.given() * a.tuples
	return k.randomPage*math.Ceil(keys*math.RoundToEven(math.Pow(entryPages, 0.15))) +
		k.randomPage*math.Max(math.Ceil(dataPages*keys/entries), math.Ceil(matched/2730)) +
		matched*(k.cpuIndexTuple+k.cpuOperator*a.conds)
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
// the first row and per row; kept > 0 rows are wanted of it. What is kept, not
// what is sorted, has to fit into work_mem.
func (k constants) sortCost(rows, width, kept float64) (startup, run float64) {
	bytes := k.sortedBytes(rows, width)
	rows = math.Max(rows, 2)
	compare := 2 * k.cpuOperator
	out, outBytes := rows, bytes
	if kept > 0 && kept < rows {
		out, outBytes = kept, k.sortedBytes(kept, width)
	}
	startup = compare * rows * math.Log2(rows)
	switch {
	case outBytes > k.workMemBytes:
		pages, runs, order := math.Ceil(bytes/blockSize), bytes/k.workMemBytes, k.mergeOrder()
		passes := 1.0
		if runs > order {
			passes = math.Ceil(math.Log(runs) / math.Log(order))
		}
		startup += 2 * pages * passes * (0.75*k.seqPage + 0.25*k.randomPage)
	case rows > 2*out || bytes > k.workMemBytes:
		startup = compare * rows * math.Log2(2*out)
	}
	return startup, k.cpuOperator * rows
}

// sortedBytes is relation_byte_size: rows with their headers, aligned.
func (k constants) sortedBytes(rows, width float64) float64 {
	return rows * (math.Ceil(width/8)*8 + 24)
}

// mergeOrder is tuplesort_merge_order: how many runs a sort on disk merges at
// once. Up to 14 a tape took one buffer less.
func (k constants) mergeOrder() float64 {
	const least, most, tape, merge = 6, 500, blockSize, 32 * blockSize
	order := math.Floor(k.workMemBytes / (2*tape + merge))
	if k.version < 15 {
		order = math.Floor((k.workMemBytes - tape) / (merge + tape))
	}
	return clamp(order, least, most)
}

// clampRows is clamp_row_est.
func clampRows(rows float64) float64 { return math.Max(1, math.RoundToEven(rows)) }

func clamp(v, low, high float64) float64 { return math.Max(low, math.Min(v, high)) }
