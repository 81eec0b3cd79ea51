package review_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestNothingFound: what the verdict says where no rule speaks.
func TestNothingFound(t *testing.T) {
	const counted = ` HashAggregate  (cost=9000.00..9001.00 rows=12 width=16) (actual time=310.000..310.010 rows=12 loops=1)
   Group Key: depot
   ->  Seq Scan on parcels  (cost=0.00..6000.00 rows=400000 width=8) (actual time=0.010..90.000 rows=400000 loops=1)
 Execution Time: 311.000 ms
`
	const joined = ` Aggregate  (cost=9000.00..9001.00 rows=1 width=8) (actual time=310.000..310.010 rows=1 loops=1)
   ->  Hash Join  (cost=10.00..8000.00 rows=40 width=0) (actual time=1.000..300.000 rows=35 loops=1)
         Hash Cond: ((p.depot + p.lane) = d.id)
         ->  Seq Scan on parcels p  (cost=0.00..6000.00 rows=400000 width=8) (actual time=0.010..200.000 rows=400000 loops=1)
         ->  Hash  (cost=9.00..9.00 rows=1 width=4) (actual time=0.020..0.020 rows=1 loops=1)
               ->  Seq Scan on depots d  (cost=0.00..9.00 rows=1 width=4) (actual time=0.010..0.010 rows=1 loops=1)
 Execution Time: 311.000 ms
`
	const unknown = ` Seq Scan on parcels p  (cost=0.00..250669.12 rows=7437 width=10) (actual time=0.258..723.800 rows=63 loops=1)
   Filter: ((label #%# '7'::label) AND (NOT odd(weight)))
   Rows Removed by Filter: 557731
 Execution Time: 724.000 ms
`
	const all = ` Seq Scan on parcels  (cost=0.00..6000.00 rows=400000 width=8) (actual time=0.010..90.000 rows=399000 loops=1)
   Filter: (weight > 0)
   Rows Removed by Filter: 1000
 Execution Time: 99.000 ms
`
	// 8% of 1.5 million rows on 14,291 pages, read by three processes: scattered,
	// an index reads nearly every page at random; in order, a twelfth of them one
	// after the other.
	const ordered = ` Finalize Aggregate  (cost=23400.00..23400.01 rows=1 width=8) (actual time=238.500..238.900 rows=1 loops=1)
   ->  Gather  (cost=23399.00..23399.20 rows=2 width=8) (actual time=238.000..238.800 rows=3 loops=1)
         Workers Planned: 2
         Workers Launched: 2
         ->  Partial Aggregate  (cost=22399.00..22399.01 rows=1 width=8) (actual time=230.000..230.100 rows=1 loops=3)
               ->  Parallel Seq Scan on booking  (cost=0.00..22103.50 rows=49000 width=5) (actual time=0.010..225.000 rows=39200 loops=3)
                     Filter: (booked > '2024-01-17 00:00:00+00'::timestamp with time zone)
                     Rows Removed by Filter: 460800
                     Buffers: shared hit=14291
 Execution Time: 239.000 ms
`
	const waiting = ` Finalize GroupAggregate  (cost=23400.00..23410.01 rows=30 width=8) (actual time=210.000..239.900 rows=30 loops=1)
   Group Key: depot
   ->  Gather Merge  (cost=23399.00..23399.20 rows=60 width=8) (actual time=209.000..239.500 rows=90 loops=1)
         Workers Planned: 2
         Workers Launched: 2
         ->  Partial HashAggregate  (cost=22399.00..22399.01 rows=30 width=8) (actual time=140.000..140.100 rows=30 loops=3)
               Group Key: depot
               ->  Parallel Seq Scan on booking  (cost=0.00..22103.50 rows=625000 width=5) (actual time=0.010..75.000 rows=500000 loops=3)
 Execution Time: 240.000 ms
`
	const indexed = ` Aggregate  (cost=9000.00..9000.01 rows=1 width=8) (actual time=119.500..119.600 rows=1 loops=1)
   ->  Bitmap Heap Scan on booking  (cost=900.00..8800.00 rows=100000 width=200) (actual time=9.000..101.000 rows=100000 loops=1)
         Recheck Cond: (depot = 3)
         Heap Blocks: exact=7700
         ->  Bitmap Index Scan on booking_depot_idx  (cost=0.00..880.00 rows=100000 width=0) (actual time=6.000..6.000 rows=100000 loops=1)
               Index Cond: (depot = 3)
 Execution Time: 119.800 ms
`
	const page = ` Limit  (cost=900.00..910.00 rows=11 width=75) (actual time=119.000..119.300 rows=11 loops=1)
   ->  NODE  (cost=900.00..9900.00 rows=40000 width=75) (actual time=119.000..119.200 rows=11 loops=1)
         Group Key: d.id, w.id
         ->  Sort  (cost=900.00..1000.00 rows=40000 width=75) (actual time=118.000..118.900 rows=12 loops=1)
               Sort Key: d.id DESC, w.id
               Sort Method: quicksort  Memory: 9000kB
               ->  Hash Left Join  (cost=20.00..600.00 rows=40000 width=75) (actual time=3.000..80.000 rows=40000 loops=1)
                     Hash Cond: (d.way = w.id)
                     ->  Seq Scan on docks d  (cost=0.00..500.00 rows=40000 width=35) (actual time=0.010..60.000 rows=40000 loops=1)
                     ->  Hash  (cost=10.00..10.00 rows=500 width=40) (actual time=2.000..2.000 rows=500 loops=1)
                           ->  Seq Scan on ways w  (cost=0.00..10.00 rows=500 width=40) (actual time=0.010..1.000 rows=500 loops=1)
 Execution Time: 119.800 ms
`
	for name, c := range map[string]struct{ in, want string }{
		"a page of groups in order":  {strings.NewReplacer("NODE", "GroupAggregate", "d.id DESC, w.id", "w.id, d.id").Replace(page), "No problem found in this plan: it took 120 ms, the largest part in #4 Seq Scan on docks d (50%), which returns 100% of the 40,000 rows that it reads"},
		"a page before its joins":    {strings.Replace(page, "NODE", "GroupAggregate", 1), "#0 Limit needs 11 rows of docks d, but a join and an aggregate are computed for 40,000 of them"},
		"a plan that was not run":    {" Index Scan using docks_pkey on docks d  (cost=0.42..8.44 rows=1 width=8) (actual time=0.020..0.021 rows=1 loops=1)\n   Index Cond: (id = 7)\n Execution Time: 0.043 ms\n\n Seq Scan on ways w  (cost=0.00..5.00 rows=100 width=8)\n", "No problem found in these 2 plans: the slowest, plan 1, took 0.043 ms. Plan 2 was not executed"},
		"rows found by an index":     {indexed, "No problem found in this plan: it took 120 ms, the largest part in #1 Bitmap Heap Scan on booking (79%). It aggregates 100,000 rows into 1"},
		"a Gather that waits":        {waiting, "it took 240 ms, the largest part in #1 Gather Merge (41%), which starts the workers and waits for them; then #3 Parallel Seq Scan on booking (31%)"},
		"an aggregate of all rows":   {counted, "no index would avoid the work: it took 311 ms, the largest part in #0 HashAggregate (71%). It aggregates 400,000 rows into 12"},
		"a join that drops the rows": {joined, "64% of the 311 ms: #2 Seq Scan on parcels p returns 400,000 rows. The result needs at most 35 of them"},
		"a filter nobody can read":   {unknown, "reads 557,794 rows and keeps 63. No index can serve the condition as it is written"},
		"a range of unknown order":   {ordered, "Do the matching rows lie together in the table"},
		"all rows":                   {all, "no index would avoid the work: it took 99 ms, the largest part in #0 Seq Scan on parcels (91%), which returns 99.8% of the 400,000 rows that it reads, so a sequential scan is the right plan"},
	} {
		path := filepath.Join(write(t, map[string]string{"plan.txt": c.in}), "plan.txt")
		if r := run(t, path); !strings.Contains(r.Summary.Verdict, c.want) {
			t.Errorf("%s: want %q, got %q", name, c.want, r.Summary.Verdict)
		}
	}
}

// TestJoinKeepsWhatTheFilterLeft: a filter that nobody can read removes the rows, not the
// join. An index on the join's column would find all that the filter removes. Where the
// author left a value out, the columns are still there.
func TestJoinKeepsWhatTheFilterLeft(t *testing.T) {
	const slow = ` Hash Join  (cost=310.00..43521.85 rows=62028 width=72) (actual time=12.105..1798.442 rows=58234 loops=1)
   Hash Cond: (p.depot_id = d.id)
   ->  Seq Scan on parcels p  (cost=0.00..41023.00 rows=62028 width=48) (actual time=0.021..1752.108 rows=58234 loops=1)
         Filter: FILTER
         Rows Removed by Filter: 9941766
   ->  Hash  (cost=185.00..185.00 rows=10000 width=32) (actual time=11.900..11.901 rows=10000 loops=1)
         ->  Seq Scan on depots d  (cost=0.00..185.00 rows=10000 width=32) (actual time=0.010..5.120 rows=10000 loops=1)
 Planning Time: 0.285 ms
 Execution Time: 1842.502 ms
`
	for name, c := range map[string]struct{ filter, want string }{
		"a function of two columns": {"((label #%# '7'::label) AND odd(weight))", "No index can serve the condition as it is written"},
		"a value left out":          {"(status = 'pending' AND sent_at > ...)", "an index on parcels (status, sent_at)"},
		"with one character":        {"(status = … AND sent_at > …)", "an index on parcels (status, sent_at)"},
		"a list left out":           {"(status = ANY (...))", "an index on parcels (status)"},
		"the rest left out":         {"((status = 'pending'::text) AND ...)", "an index on parcels (status)"},
	} {
		path := filepath.Join(write(t, map[string]string{"plan.txt": strings.Replace(slow, "FILTER", c.filter, 1)}), "plan.txt")
		if r := run(t, path); !strings.Contains(r.Summary.Verdict, c.want) || strings.Contains(r.Summary.Verdict, "depot_id") {
			t.Errorf("%s: want %q, got %q", name, c.want, r.Summary.Verdict)
		}
	}
}

// A distributed plan whose tasks took little spends its time between the coordinator and the
// workers. Where they took most of it, that is not said.
func TestFetching(t *testing.T) {
	const one = `Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=0 width=0) (actual time=1004.129..1013.223 rows=100000 loops=1)
  Task Count: 1
  Tuple data received from nodes: 9375 kB
  Tasks Shown: All
  ->  Task
        Tuple data received from node: 9375 kB
        Node: host=w1 port=5432 dbname=shop
        ->  Seq Scan on parcels_102014 parcels  (cost=0.00..5832.00 rows=99873 width=97) (actual time=0.007..13.018 rows=100000 loops=1)
            Planning Time: 0.031 ms
            Execution Time: 25.675 ms
Planning Time: 0.089 ms
Execution Time: 1018.872 ms
`
	several := strings.NewReplacer("Task Count: 1", "Task Count: 2", "Tasks Shown: All", "Tasks Shown: One of 2").Replace(one)
	busy := strings.NewReplacer("0.007..13.018", "0.007..801.018", "25.675", "825.675").Replace(one)
	for _, c := range []struct{ in, want, not string }{
		{one, "took 1.02 s: 1.01 s in #0 Custom Scan (Citus Adaptive), whose slowest shown task took 25.7 ms on its worker. The other 988 ms go into connecting to the workers, and into fetching and storing its rows (9375 kB).", "other tasks"},
		{several, "The other 988 ms go into connecting to the workers and waiting for the other tasks, and", "unknown which node"},
		{busy, "", "go into connecting"},
	} {
		r := run(t, filepath.Join(write(t, map[string]string{"plan.txt": c.in}), "plan.txt"))
		if got := r.Summary.Verdict; !strings.Contains(got, c.want) || strings.Contains(got, c.not) {
			t.Errorf("want %q, got %q", c.want, got)
		}
	}
}
