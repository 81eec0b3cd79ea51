package plan_test

import (
	"strings"
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

// TestWorkers checks that a worker's properties are not added to the node.
func TestWorkers(t *testing.T) {
	n := read(t, `Sort  (cost=1.00..2.00 rows=4 width=4) (actual time=8.906..8.908 rows=3 loops=3)
  Sort Key: a
  Sort Method: quicksort  Memory: 25kB
  Buffers: shared hit=357
  Worker 0:  actual time=0.025..0.026 rows=2 loops=1
    Sort Method: external merge  Disk: 30kB
    JIT:
      Functions: 8
      Timing: Generation 0.368 ms (Deform 0.100 ms), Total 0.368 ms
    Buffers: shared hit=8
  Worker 1:  Sort Method: quicksort  Memory: 26kB
`)[0]
	if n.Text("Sort Method").Raw() != "quicksort" || n.Buffers.SharedHit.Or(0) != 357 || len(n.Workers) != 2 {
		t.Fatalf("the node got a worker's: %+v", n)
	}
	w := n.Workers[0]
	if w.Rows.Or(0) != 2 || w.Ms.Or(0) != 0.026 || w.Text("Sort Space Type").Raw() != "Disk" || w.Number("Shared Hit Blocks").Or(0) != 8 {
		t.Errorf("got %+v", w)
	}
	for _, p := range w.Properties {
		if p.Name == "JIT" && (len(p.Value.Group()) != 2 || p.Value.Group()[1].Value.Group()[0].Value.Group()[1].Name != "Total") {
			t.Errorf("got %+v", p)
		}
	}
	if n.Workers[1].ID != 1 || n.Workers[1].Number("Sort Space Used").Or(0) != 26 {
		t.Errorf("got %+v", n.Workers[1])
	}
}

// TestBlocksAfterWorkers reads the blocks of a sort that PostgreSQL 12 and older print
// behind its workers' lines. Taken for the last worker's, they are those of the nodes above.
func TestBlocksAfterWorkers(t *testing.T) {
	for _, indent := range []string{"        ", ""} {
		n := read(t, strings.ReplaceAll(`Aggregate  (cost=3.00..4.00 rows=1 width=8) (actual time=9.100..9.100 rows=1 loops=3)
  Buffers: shared hit=360 read=5
  ->  Sort  (cost=1.00..2.00 rows=4 width=4) (actual time=8.906..8.908 rows=3 loops=3)
        Sort Key: a
        Sort Method: quicksort  Memory: 25kB
        Worker 0:  Sort Method: quicksort  Memory: 26kB
        Worker 1:  Sort Method: quicksort  Memory: 27kB
        Buffers: shared hit=357 read=5
        I/O Timings: read=2.500
`, "        ", indent))[0]
		sort := n.Children[0]
		if sort.Buffers.SharedHit.Or(0) != 357 || sort.IO.Read.Or(0) != 2.5 || n.SelfBlocks().Or(0) != 3 {
			t.Errorf("%q: got %+v, %v", indent, sort.Buffers, n.SelfBlocks())
		}
		if last := sort.Workers[1]; len(last.Properties) != 3 || last.Number("Sort Space Used").Or(0) != 27 {
			t.Errorf("%q: got %+v", indent, last)
		}
	}
}

// TestSummary reads the lines after the tree.
func TestSummary(t *testing.T) {
	plans, err := plan.Parse([]byte(`Delete on a  (cost=1.00..2.00 rows=0 width=0) (actual time=1.000..1.000 rows=0 loops=1)
  ->  Seq Scan on a  (cost=1.00..2.00 rows=4 width=4) (actual time=0.100..0.200 rows=3 loops=1)
Settings: search_path = 'a, "B"', work_mem = '1MB'
Query Identifier: -3725607714290729305
Planning:
  Buffers: shared hit=300 read=4
  Memory: used=44kB  allocated=64kB
Planning Time: 1.407 ms
Trigger RI_a for constraint b to c on d e: time=1.500 calls=3
Trigger plain: calls=4
JIT:
  Functions: 8
  Options: Inlining true, Optimization false
  Timing: Generation 1.979 ms, Total 2.000 ms
Serialization: time=0.016 ms  output=1kB  format=text
  Buffers: shared hit=7
Execution Time: 212.396 ms
`))
	if err != nil {
		t.Fatal(err)
	}
	p := plans[0]
	if p.QueryID != "-3725607714290729305" || p.PlanningMs.Or(0) != 1.407 || p.ExecutionMs.Or(0) != 212.396 {
		t.Errorf("got %+v", p)
	}
	if len(p.Settings) != 2 || p.Settings[0].Value.Text.Raw() != `a, "B"` {
		t.Errorf("settings: %+v", p.Settings)
	}
	want := []plan.Trigger{{Name: "RI_a", Constraint: "b to c", Relation: "d e"}, {Name: "plain"}}
	for i, w := range want {
		if g := p.Triggers[i]; g.Name != w.Name || g.Constraint != w.Constraint || g.Relation != w.Relation {
			t.Errorf("trigger: got %+v, want %+v", g, w)
		}
	}
	if p.Triggers[0].Ms.Or(0) != 1.5 || p.Triggers[1].Ms.Known() || p.Triggers[1].Calls.Or(0) != 4 {
		t.Errorf("triggers: %+v", p.Triggers)
	}
	names := ""
	for _, s := range p.Summary {
		names += s.Name + properties(s.Value.Group()) + "; "
	}
	if len(p.Summary) != 3 || len(p.Summary[0].Value.Group()) != 4 || len(p.Summary[2].Value.Group()) != 4 {
		t.Errorf("summary: %s", names)
	}
	// The Planning block proves that BUFFERS was on: the nodes read nothing.
	if n := p.Root; !p.Buffered || !n.Buffers.SharedHit.Known() || n.SelfMs.Or(0) != 0.8 {
		t.Errorf("got %+v", n)
	}
	if from, to := p.Versions(); from != 17 || to != 17 {
		t.Errorf("versions %d to %d", from, to)
	}
}

// TestInitPlans checks that an InitPlan's time is subtracted once, from the node
// that evaluated it.
func TestInitPlans(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		self []float64
	}{
		"a filter's": {`Sort  (cost=1.00..2.00 rows=4 width=4) (actual time=50.000..50.000 rows=3 loops=1)
  InitPlan 1 (returns $0)
    ->  Result  (cost=1.00..2.00 rows=4 width=4) (actual time=10.000..10.000 rows=1 loops=1)
  ->  Seq Scan on a  (cost=1.00..2.00 rows=4 width=4) (actual time=40.000..45.000 rows=3 loops=1)
        Filter: (x > $0)
`, []float64{5, 10, 35}},
		"below a Gather": {`Gather  (cost=1.00..2.00 rows=4 width=4) (actual time=50.000..50.000 rows=3 loops=1)
  Params Evaluated: $0
  InitPlan 1 (returns $0)
    ->  Result  (cost=1.00..2.00 rows=4 width=4) (actual time=10.000..10.000 rows=1 loops=1)
  ->  Parallel Seq Scan on a  (cost=1.00..2.00 rows=4 width=4) (actual time=20.000..30.000 rows=3 loops=3)
        Filter: (x > $0)
`, []float64{10, 10, 30}},
		"a pruning Append's": {`Append  (cost=1.00..2.00 rows=4 width=4) (actual time=50.000..50.000 rows=3 loops=1)
  InitPlan 1
    ->  Result  (cost=1.00..2.00 rows=4 width=4) (actual time=10.000..10.000 rows=1 loops=1)
  ->  Seq Scan on a  (cost=1.00..2.00 rows=4 width=4) (actual time=20.000..30.000 rows=3 loops=1)
        Filter: (x = (InitPlan 1).col1)
  ->  Seq Scan on b  (cost=1.00..2.00 rows=4 width=4) (never executed)
        Filter: (x = (InitPlan 1).col1)
`, []float64{10, 10, 30, 0}},
		"a limit's": {`Limit  (cost=1.00..2.00 rows=4 width=4) (actual time=50.000..50.000 rows=3 loops=1)
  InitPlan 1
    ->  Result  (cost=1.00..2.00 rows=4 width=4) (actual time=10.000..10.000 rows=1 loops=1)
  ->  Seq Scan on a  (cost=1.00..2.00 rows=4 width=4) (actual time=20.000..30.000 rows=3 loops=1)
`, []float64{10, 10, 30}},
		"CTEs": {`Nested Loop  (cost=1.00..2.00 rows=4 width=4) (actual time=50.000..50.000 rows=3 loops=1)
  CTE x
    ->  Seq Scan on a  (cost=1.00..2.00 rows=4 width=4) (actual time=20.000..30.000 rows=3 loops=1)
  CTE unread
    ->  Seq Scan on b  (cost=1.00..2.00 rows=4 width=4) (actual time=90.000..90.000 rows=0 loops=1)
  ->  CTE Scan on x  (cost=1.00..2.00 rows=4 width=4) (actual time=20.000..35.000 rows=3 loops=1)
  ->  CTE Scan on x x_1  (cost=1.00..2.00 rows=4 width=4) (actual time=1.000..1.000 rows=3 loops=3)
`, []float64{12, 30, 90, 5, 3}},
	} {
		for i, n := range read(t, c.in) {
			if got := n.SelfMs.Or(-1); got != c.self[i] {
				t.Errorf("%s: node %d: want %v ms, got %v", name, i, c.self[i], got)
			}
		}
	}
}

// A program that wrote a plan as JSON may have quoted the figures of its properties, those
// of workers too. A condition that looks like a number stays a text.
func TestQuotedFigures(t *testing.T) {
	const text = `[{"Plan":{"Node Type":"Sort","Actual Rows":"10","Actual Loops":"1","Actual Total Time":"5.5","Sort Key":["7"],
"Sort Method":"external merge","Sort Space Used":"4096","Sort Space Type":"Disk","Filter":"1","Rows Removed by Filter":"3",
"Workers":[{"Worker Number":0,"Sort Method":"quicksort","Sort Space Used":"1024","Sort Space Type":"Memory"}]},"Execution Time":"6.0"}]`
	plans, err := plan.Parse([]byte(text))
	if err != nil || len(plans) != 1 {
		t.Fatal(len(plans), err)
	}
	n := plans[0].Root
	if n.Rows.Or(0) != 10 || n.Number("Sort Space Used").Or(0) != 4096 || n.Number("Rows Removed by Filter").Or(0) != 3 {
		t.Errorf("%v, %v, %v", n.Rows, n.Number("Sort Space Used"), n.Number("Rows Removed by Filter"))
	}
	if len(n.Workers) != 1 || n.Workers[0].Number("Sort Space Used").Or(0) != 1024 {
		t.Errorf("%+v", n.Workers)
	}
	if n.Text("Filter").Raw() != "1" {
		t.Errorf("filter %q", n.Text("Filter").Raw())
	}
}
