package planner

import (
	"math"
	"testing"
)

// TestSortCost: figures worked out by hand from cost_tuplesort and
// tuplesort_merge_order, with the costs at their defaults.
func TestSortCost(t *testing.T) {
	k := newSettings(nil) // work_mem 4 MB = 4,194,304 bytes; a comparison 2 x 0.0025
	for name, test := range map[string]struct {
		rows, width, kept, workMem float64
		want                       float64
	}{
		// 100 rows of 32 + 24 bytes fit: 0.005 x 100 x log2 100.
		"in memory": {100, 32, 0, 4 << 20, 0.005 * 100 * math.Log2(100)},
		// 1,000,000 x 56 B = 56 MB, the 10 kept 560 B: a heap of 20 comparisons.
		"a few of many": {1e6, 32, 10, 4 << 20, 0.005 * 1e6 * math.Log2(20)},
		// 600,000 of 1,000,000 are kept, 33.6 MB: all are sorted on disk. 6,836 pages, 13.35 runs, order 14 (4 MB / 278,528 = 15): one pass.
		"most of many, on disk": {1e6, 32, 6e5, 4 << 20, 0.005*1e6*math.Log2(1e6) + 2*6836*1*(0.75+0.25*4)},
		// 90,000 of 100,000 rows of 56 B are kept: 5.04 MB, more than 4 MB. 684 pages, 1.3 runs.
		"kept does not fit": {1e5, 32, 9e4, 4 << 20, 0.005*1e5*math.Log2(1e5) + 2*684*1*(0.75+0.25*4)},
		// The kept 70,000 fit (3.92 MB), all 100,000 (5.6 MB) do not: bounded, though more than half is kept.
		"kept fits, all do not": {1e5, 32, 7e4, 4 << 20, 0.005 * 1e5 * math.Log2(1.4e5)},
		// 1 GB of memory would merge 3,855 runs at once: 500 at most. 1e9 x 56 B are 52.15 runs: one pass.
		"the order has its cap": {1e9, 32, 0, 1 << 30, 0.005*1e9*math.Log2(1e9) + 2*6835938*1*(0.75+0.25*4)},
		// 64 kB: an order of 6 at least. 1e6 x 56 B = 854.5 runs: log 854.5 / log 6 = 3.77, four passes.
		"at least six": {1e6, 32, 0, 64 << 10, 0.005*1e6*math.Log2(1e6) + 2*6836*4*(0.75+0.25*4)},
	} {
		k.workMemBytes = test.workMem
		got, run := k.Sort(test.rows, test.width, test.kept)
		if math.Abs(got-test.want) > 1e-6*test.want || math.Abs(run-0.0025*test.rows) > 1e-6 {
			t.Errorf("%s: want %v, got %v, run %v", name, test.want, got, run)
		}
	}
}
