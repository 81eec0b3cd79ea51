package review_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// A sort that spilled: without its size none is named, and where one process had more rows
// than the others, the memory is that of its rows.
func TestSortSpill(t *testing.T) {
	const plan = ` Gather Merge  (cost=100.00..900.00 rows=1200000 width=20) (actual time=2000.000..3900.000 rows=1200000 loops=1)
   Workers Planned: 2
   Workers Launched: 2
   ->  Sort  (cost=90.00..95.00 rows=500000 width=20) (actual time=2000.000..3500.000 rows=400000 loops=3)
         Sort Key: weight
         METHOD
         ->  Parallel Seq Scan on parcels  (cost=0.00..60.00 rows=500000 width=20) (actual time=0.010..100.000 rows=400000 loops=3)
 Execution Time: 4000.000 ms
`
	for name, c := range map[string]struct{ method, said, memory string }{
		"no size":        {"Sort Method: external merge", "#1 Sort spilled to temporary files", "39MB"},
		"alike":          {"Sort Method: external merge  Disk: 12000kB\n         Worker 0:  Sort Method: external merge  Disk: 12100kB\n         Worker 1:  Sort Method: external merge  Disk: 12050kB", "#1 Sort spilled 11.8 MB to temporary files", "39MB"},
		"one has most":   {"Sort Method: quicksort  Memory: 2000kB\n         Worker 0:  Sort Method: external merge  Disk: 36000kB\n         Worker 1:  Sort Method: quicksort  Memory: 2000kB", "#1 Sort spilled 35.2 MB to temporary files", "114MB"},
		"another had it": {"Sort Method: quicksort  Memory: 150000kB\n         Worker 0:  Sort Method: external merge  Disk: 12100kB\n         Worker 1:  Sort Method: external merge  Disk: 12100kB", "#1 Sort spilled 11.8 MB to temporary files", ""},
	} {
		path := filepath.Join(write(t, map[string]string{"plan.txt": strings.Replace(plan, "METHOD", c.method, 1)}), "plan.txt")
		r := run(t, path)
		if !strings.Contains(r.Summary.Verdict, c.said) {
			t.Errorf("%s: %s", name, r.Summary.Verdict)
		}
		if proposed := strings.Contains(r.Summary.Verdict, "work_mem "+c.memory+" for this statement"); proposed != (c.memory != "") {
			t.Errorf("%s: %s", name, r.Summary.Verdict)
		}
	}
}

// The memory for one sort covers the others that spilled as well: the verdict says how much
// of the time they take.
func TestSpillsTogether(t *testing.T) {
	plan := func(method string) string {
		return ` WindowAgg  (cost=100.00..900.00 rows=500000 width=20) (actual time=3000.000..3900.000 rows=500000 loops=1)
   ->  Sort  (cost=90.00..95.00 rows=500000 width=20) (actual time=2900.000..3200.000 rows=500000 loops=1)
         Sort Key: weight
         Sort Method: external merge  Disk: 12000kB
         ->  WindowAgg  (cost=90.00..95.00 rows=500000 width=20) (actual time=1000.000..2000.000 rows=500000 loops=1)
               ->  Sort  (cost=90.00..95.00 rows=500000 width=20) (actual time=1000.000..1400.000 rows=500000 loops=1)
                     Sort Key: box
                     ` + method + `
                     ->  Seq Scan on parcels  (cost=0.00..60.00 rows=500000 width=20) (actual time=0.010..200.000 rows=500000 loops=1)
 Execution Time: 4000.000 ms
`
	}
	for method, want := range map[string]string{
		"Sort Method: external merge  Disk: 9000kB": "R1 also covers #3 (30%).",
		"Sort Method: quicksort  Memory: 40000kB":   "",
	} {
		path := filepath.Join(write(t, map[string]string{"plan.txt": plan(method)}), "plan.txt")
		if v := run(t, path).Summary.Verdict; want == "" && strings.Contains(v, "also covers") || !strings.Contains(v, want) {
			t.Errorf("%s: %s", method, v)
		}
	}
}
