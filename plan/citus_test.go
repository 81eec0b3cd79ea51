package plan_test

import (
	"strings"
	"testing"
)

// The parts of a distributed plan have no figures and are no lost lines.
func TestCitus(t *testing.T) {
	plans := onePlan(t, `Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=0 width=0) (actual time=9.000..9.100 rows=8 loops=1)
  Task Count: 4
  Tasks Shown: One of 4
  ->  Task
        Node: host=localhost port=9701 dbname=shop
        ->  Seq Scan on orders_102008 orders  (cost=0.00..25.00 rows=8 width=40) (actual time=0.010..4.000 rows=8 loops=1)
Planning Time: 1.000 ms
Execution Time: 9.200 ms
`)
	var types []string
	for n := range plans[0].Nodes() {
		types = append(types, strings.Repeat(" ", depth(n))+n.Type)
	}
	if got := strings.Join(types, ","); got != "Custom Scan, Task,  Seq Scan" || len(plans[0].Warnings) > 0 {
		t.Error(got, plans[0].Warnings)
	}
}
