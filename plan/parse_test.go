package plan_test

import (
	"fmt"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

const hashJoin = `                                QUERY PLAN
-------------------------------------------------------------------------------
 Hash Join  (cost=60.00..802.31 rows=100 width=5) (actual time=1.000..20.000 rows=200 loops=1)
   Hash Cond: (o.customer_id = c.id)
   Buffers: shared hit=100 read=10
   ->  Seq Scan on orders o  (cost=0.00..716.00 rows=100 width=4) (actual time=0.010..12.000 rows=200 loops=1)
         Filter: (note = 'a
  ->  Seq Scan on evil  (cost=0.00..9.99 rows=1 width=4) (actual time=1.000..2.000 rows=3 loops=4)'::text)
         Rows Removed by Filter: 900
         Buffers: shared hit=90 read=10
   ->  Hash  (cost=35.00..35.00 rows=2000 width=9) (actual time=5.000..5.000 rows=2000 loops=1)
         Buckets: 2048  Batches: 1  Memory Usage: 102kB
         ->  Seq Scan on customers c  (cost=0.00..35.00 rows=2000 width=9) (actual time=0.010..4.000 rows=2000 loops=1)
               Buffers: shared hit=10
 Planning Time: 0.500 ms
 Execution Time: 21.000 ms
(13 rows)
`

func ExampleParse() {
	plans, err := plan.Parse([]byte(hashJoin))
	if err != nil {
		fmt.Println(err)
		return
	}
	slowest := plans[0].Root
	for n := range plans[0].Nodes() {
		if n.SelfMs.Or(0) > slowest.SelfMs.Or(0) {
			slowest = n
		}
	}
	fmt.Println(slowest.Type, slowest.Name(), slowest.SelfMs.Or(0), "ms")
	// Output: Seq Scan orders 12 ms
}

func TestParseText(t *testing.T) {
	plans, err := plan.Parse([]byte(hashJoin))
	if err != nil {
		t.Fatal(err)
	}
	if len(plans) != 1 || plans[0].Len() != 4 {
		t.Fatalf("got %d plans, %d nodes", len(plans), plans[0].Len())
	}
	p := plans[0]
	if got := p.Root.SelfMs.Or(-1); got != 3 {
		t.Errorf("the join's self time: got %v", got)
	}
	if !p.Buffered || !p.Analyzed || p.ExecutionMs.Or(0) != 21 || p.Line != 3 {
		t.Errorf("got %+v", p)
	}
}
