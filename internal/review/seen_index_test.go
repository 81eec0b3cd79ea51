package review_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// An index that another scan of the input finds rows by, on the same columns, is there: it
// is not proposed again. One on other columns, on another table, or that the finding itself
// is about tells nothing.
func TestIndexSeenElsewhere(t *testing.T) {
	const slow = ` Seq Scan on parcels  (cost=0.00..21000.00 rows=3 width=40) (actual time=0.100..812.000 rows=3 loops=1)
   Filter: (depot_id = 7)
   Rows Removed by Filter: 1900000
   Buffers: shared hit=100 read=9000
 Planning Time: 0.100 ms
 Execution Time: 812.300 ms

`
	const byIndex = ` Index Scan using NAME on TABLE p  (cost=0.43..8.45 rows=3 width=40) (actual time=0.030..0.041 rows=3 loops=1)
   Index Cond: COND
   Filter: (weight > 3)
   Buffers: shared hit=5
 Planning Time: 0.100 ms
 Execution Time: 0.060 ms
`
	const byBitmap = ` Bitmap Heap Scan on parcels p  (cost=4.43..80.45 rows=30 width=40) (actual time=0.030..0.041 rows=30 loops=1)
   Recheck Cond: (depot_id = 9)
   Filter: (weight > 3)
   Heap Blocks: exact=12
   Buffers: shared hit=15
   ->  Bitmap Index Scan on parcels_depot  (cost=0.00..4.40 rows=30 width=0) (actual time=0.010..0.010 rows=30 loops=1)
         Index Cond: (depot_id = 9)
         Buffers: shared hit=3
 Planning Time: 0.100 ms
 Execution Time: 0.060 ms
`
	const estimated = ` Nested Loop  (cost=0.43..80.45 rows=30 width=40)
   ->  Seq Scan on depots d  (cost=0.00..1.10 rows=10 width=8)
   ->  Index Scan using NAME on parcels p  (cost=0.43..8.45 rows=3 width=40)
         Index Cond: (depot_id = d.id)
`
	scan := func(name, table, cond string) string {
		return strings.NewReplacer("NAME", name, "TABLE", table, "COND", cond).Replace(byIndex)
	}
	for name, c := range map[string]struct {
		other string
		there bool
	}{
		"by the same column":         {scan("parcels_depot", "parcels", "(depot_id = 9)"), true},
		"by a list of values":        {scan("parcels_depot", "parcels", "(depot_id = ANY ('{9,11}'::integer[]))"), true},
		"qualified":                  {scan("parcels_depot", "shop.parcels", "(p.depot_id = 9)"), true},
		"by a bitmap":                {byBitmap, true},
		"as the inner side, no run":  {strings.ReplaceAll(estimated, "NAME", "parcels_depot"), true},
		"by another column":          {scan("parcels_lane", "parcels", "(lane_id = 9)"), false},
		"by one column more":         {scan("parcels_lane", "parcels", "((lane_id = 9) AND (depot_id = 9))"), false},
		"by an expression":           {scan("parcels_lane", "parcels", "((depot_id + 1) = 9)"), false},
		"another table":              {scan("boxes_depot", "boxes", "(depot_id = 9)"), false},
		"an index that nobody built": {strings.ReplaceAll(estimated, "NAME", `"<13543>btree_parcels_depot_id"`), false},
	} {
		dir := write(t, map[string]string{"slow.txt": slow, "fast.txt": c.other})
		r := run(t, filepath.Join(dir, "slow.txt"), filepath.Join(dir, "fast.txt"))
		if there := len(r.Recommendations) == 0; there != c.there {
			t.Errorf("%s: %s", name, r.Summary.Verdict)
		}
		if c.there != strings.Contains(r.Summary.Verdict, "Do not create an index before you look at parcels_depot: plan 2 finds rows of parcels by depot_id with it") {
			t.Errorf("%s: %s", name, r.Summary.Verdict)
		}
	}
}

// That an index would hardly be cheaper is not said against a plan of the same query that
// was faster with it, nor of an index that may answer the query without the table.
func TestIndexThatAPlanUses(t *testing.T) {
	const slow = ` Finalize Aggregate  (cost=168833.00..168833.01 rows=1 width=8) (actual time=15800.000..15800.010 rows=1 loops=1)
   ->  Gather  (cost=168733.00..168832.00 rows=2 width=8) (actual time=15799.000..15799.900 rows=3 loops=1)
         Workers Planned: 2
         Workers Launched: 2
         ->  Partial Aggregate  (cost=168123.00..168123.10 rows=1 width=8) (actual time=15700.000..15700.010 rows=1 loops=3)
               ->  Parallel Seq Scan on visits v  (cost=0.00..167862.62 rows=103469 width=12) (actual time=17.392..15600.000 rows=83424 loops=3)
                     Filter: (((state)::text = 'open'::text) AND (opened > (now() - '7 days'::interval)))
                     Rows Removed by Filter: 3249909
 Planning Time: 0.298 ms
 Execution Time: 15801.000 ms

`
	const fast = ` Aggregate  (cost=30000.00..30000.01 rows=1 width=8) (actual time=900.000..900.010 rows=1 loops=1)
   ->  NODE  (cost=0.56..29984.42 rows=310407 width=12) (actual time=6.162..898.532 rows=250272 loops=1)
         Index Cond: ((state = 'open'::text) AND (opened > (now() - '7 days'::interval)))
 Planning Time: 0.300 ms
 Execution Time: 900.600 ms
`
	const bitmap = ` Aggregate  (cost=30000.00..30000.01 rows=1 width=8) (actual time=900.000..900.010 rows=1 loops=1)
   ->  Bitmap Heap Scan on visits v  (cost=5000.56..29984.42 rows=310407 width=12) (actual time=60.162..898.532 rows=250272 loops=1)
         Recheck Cond: ((state = 'open'::text) AND (opened > (now() - '7 days'::interval)))
         Heap Blocks: exact=9000
         ->  Bitmap Index Scan on visits_state_opened  (cost=0.00..5000.00 rows=310407 width=0) (actual time=50.000..50.000 rows=250272 loops=1)
               Index Cond: ((state = 'open'::text) AND (opened > (now() - '7 days'::interval)))
 Planning Time: 0.300 ms
 Execution Time: 900.600 ms
`
	by := func(node string) string { return strings.Replace(fast, "NODE", node, 1) }
	const keys = "CREATE INDEX visits_state_opened ON visits (state, opened)"
	for name, c := range map[string]struct {
		index, other string
		said         bool
	}{
		"nothing beside it":       {keys + ";", "", true},
		"an index only scan":      {keys + ";", by("Index Only Scan using visits_state_opened on visits v"), false},
		"an index scan":           {keys + ";", by("Index Scan using visits_state_opened on visits v"), false},
		"a bitmap":                {keys + ";", bitmap, false},
		"columns beside the keys": {keys + " INCLUDE (id);", "", false},
	} {
		dir := write(t, map[string]string{"a.txt": slow, "b.txt": c.other, "schema.sql": "CREATE TABLE visits (id bigint PRIMARY KEY, state varchar NOT NULL, opened timestamptz NOT NULL);\n" + c.index + "\n"})
		paths := []string{filepath.Join(dir, "a.txt"), filepath.Join(dir, "schema.sql")}
		if c.other != "" {
			paths = append(paths, filepath.Join(dir, "b.txt"))
		}
		if r := run(t, paths...); c.said != strings.Contains(r.Summary.Verdict, "would hardly be cheaper") {
			t.Errorf("%s: %s", name, r.Summary.Verdict)
		}
	}
}
