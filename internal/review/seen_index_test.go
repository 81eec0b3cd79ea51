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
