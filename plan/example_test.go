package plan_test

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/plan"
)

const slow = `
 Sort  (cost=9.50..9.51 rows=3 width=8) (actual time=41.101..41.103 rows=5 loops=1)
   Sort Key: total
   Sort Method: quicksort  Memory: 25kB
   ->  Seq Scan on orders  (cost=0.00..9.48 rows=3 width=8) (actual time=0.020..41.050 rows=5 loops=1)
         Filter: (customer_id = 42)
         Rows Removed by Filter: 499995
 Planning Time: 0.110 ms
 Execution Time: 41.130 ms
`

const fast = `
 Sort  (cost=9.50..9.51 rows=3 width=8) (actual time=0.031..0.033 rows=5 loops=1)
   Sort Key: total
   ->  Index Scan using orders_customer_idx on orders  (cost=0.00..9.48 rows=3 width=8) (actual time=0.010..0.020 rows=5 loops=1)
         Index Cond: (customer_id = 42)
 Execution Time: 0.050 ms
`

// A plan as it was pasted, in any format: its nodes have the same names and figures.
func ExampleParse() {
	plans, err := plan.Parse([]byte(slow))
	if err != nil {
		fmt.Println(err)
		return
	}
	p := plans[0]
	fmt.Println(p.Format, p.ExecutionMs.Or(0), "ms")
	for n := range p.Nodes() {
		fmt.Printf("#%d %s: %.2f ms itself, %v rows removed\n", n.ID, n.Label(), n.SelfMs.Or(0), n.RemovedTotal().Or(0))
	}
	fmt.Println(p.Root.Buffers.SharedHit.Known()) // without BUFFERS nothing is known of them
	// Output:
	// text 41.13 ms
	// #0 Sort: 0.05 ms itself, 0 rows removed
	// #1 Seq Scan on orders: 41.05 ms itself, 499995 rows removed
	// false
}

// The plans of a server log, one by one: a log can have any size.
func ExampleRead() {
	log := "2026-01-31 03:12:09.120 UTC [77] LOG:  duration: 41.130 ms  plan:\n" +
		"\tQuery Text: SELECT total FROM orders WHERE customer_id = 42 ORDER BY total\n" +
		strings.ReplaceAll(strings.TrimSpace(slow), "\n", "\n\t") + "\n" +
		"2026-01-31 03:12:10.001 UTC [77] LOG:  checkpoint starting: time\n"
	for p, err := range plan.Read("postgresql.log", strings.NewReader(log)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.ExecMs().Or(0), "ms,", p.Len(), "nodes")
	}
	// Output: 41.13 ms, 2 nodes
}

// Where two plans of one query differ.
func ExampleCompare() {
	before, err := plan.Parse([]byte(slow))
	if err != nil {
		fmt.Println(err)
		return
	}
	after, err := plan.Parse([]byte(fast))
	if err != nil {
		fmt.Println(err)
		return
	}
	d := plan.Compare(before[0], after[0])
	fmt.Println(d.SameShape)
	fmt.Println(d.Before.Label(), "->", d.After.Label())
	// Output:
	// false
	// Seq Scan on orders -> Index Scan using orders_customer_idx on orders
}
