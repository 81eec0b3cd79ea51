package plan_test

import (
	"math"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// read returns the nodes of the only plan in a text.
func read(t *testing.T, text string) []*plan.Node {
	t.Helper()
	plans, err := plan.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var nodes []*plan.Node
	for n := range plans[0].Nodes() {
		nodes = append(nodes, n)
	}
	return nodes
}

func TestQuantities(t *testing.T) {
	nodes := read(t, `Gather  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..40.000 rows=30 loops=1)
  ->  Nested Loop  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..30.000 rows=10 loops=3)
        ->  Parallel Seq Scan on a  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..9.000 rows=100 loops=3)
              Filter: (x > 1)
              Rows Removed by Filter: 900
        ->  Index Scan using b_i on b  (cost=0.00..9.00 rows=9 width=4) (actual time=0.001..0.002 rows=0 loops=300)
              Index Cond: (id = a.id)
              Filter: (y = 2)
              Rows Removed by Filter: 1
              Rows Removed by Index Recheck: 2
`)
	outer, inner := nodes[2], nodes[3]
	for _, c := range []struct {
		what string
		got  plan.Float
		want float64
	}{
		{"executions", outer.Executions(), 1},
		{"removed", outer.RemovedTotal(), 2700},
		{"scanned", outer.ScannedTotal(), 3000},
		{"scanned per execution", outer.ScannedPerExec(), 3000},
		{"executions of the inner side", inner.Executions(), 300}, // each for a row of its own
		{"scanned per lookup", inner.ScannedPerExec(), 3},         // 0 rows and 3 removed, in each loop of any process
		{"removed by both", inner.RemovedTotal(), 900},
	} {
		if v, ok := c.got.Get(); !ok || math.Abs(v-c.want) > 1e-9 {
			t.Errorf("%s: want %v, got %v", c.what, c.want, v)
		}
	}
	if low, high, ok := outer.Discard(); !ok || low < 0.899 || low >= 0.9 || high <= 0.9 || high > 0.901 {
		t.Errorf("discard: got %v to %v", low, high)
	}
	// 0 rows and 3 removed over 300 loops: each may be off by half a row a loop.
	// But 10 rows in 3 loops came out of the join, which are 0.095 to 0.105 in
	// one of the 300.
	if low, high, ok := inner.Discard(); !ok || math.Abs(low-2/2.105) > 1e-9 || math.Abs(high-4/4.095) > 1e-9 {
		t.Errorf("discard over many loops: got %v to %v", low, high)
	}
	if got := len(nodes); got != 4 || !inner.Is("Seq Scan", "Index Scan") || inner.Is("Seq Scan") {
		t.Errorf("Is is wrong, or the %d nodes", got)
	}
	depth := 0
	for range inner.Ancestors() {
		depth++
	}
	if depth != 2 {
		t.Errorf("want 2 ancestors, got %d", depth)
	}
}

// TestDiscardByTheJoin checks that the join's rows narrow the range: rows=0 and
// one row removed, over many loops, can be half or all of the rows.
func TestDiscardByTheJoin(t *testing.T) {
	for name, c := range map[string]struct {
		join      string
		low, high float64
	}{
		"two rows came":            {"Nested Loop#2", 0.5 / (0.5 + 2/40000.0), 1.5 / (1.5 + 2/40000.0)},
		"a filter of the join":     {"Nested Loop#2\n  Join Filter: (a.x < b.x)\n  Rows Removed by Join Filter: 9998", 0.5 / (0.5 + 0.25), 1.5 / (1.5 + 0.25)},
		"the first match":          {"Nested Loop Semi Join#2", 0.5 / (0.5 + 2/40000.0), 1.5 / (1.5 + 2/40000.0)},
		"others without a match":   {"Nested Loop Left Join#8000", 0.5 / (0.5 + 0.2), 1},
		"those without a match":    {"Nested Loop Anti Join#39990", 0.5, 1},
		"figures of another paste": {"Nested Loop#400000", 0.5, 1},
	} {
		words, rest, _ := strings.Cut(c.join, "#")
		rows, filter, _ := strings.Cut(rest, "\n")
		p := read(t, words+"  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..9.000 rows="+rows+" loops=1)\n"+filter+`
  ->  Seq Scan on a  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..9.000 rows=40000 loops=1)
  ->  Index Scan using b_pkey on b  (cost=0.00..9.00 rows=9 width=4) (actual time=0.001..0.001 rows=0 loops=40000)
        Index Cond: (id = a.b_id)
        Filter: (kind = 3)
        Rows Removed by Filter: 1
`)
		if low, high, ok := p[2].Discard(); !ok || math.Abs(low-c.low) > 1e-9 || math.Abs(high-c.high) > 1e-9 {
			t.Errorf("%s: got %v to %v, want %v to %v", name, low, high, c.low, c.high)
		}
	}
}

func TestDiscardFrom18(t *testing.T) {
	n := read(t, `Seq Scan on a  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..9.000 rows=0.10 loops=10)
  Filter: (x > 1)
  Rows Removed by Filter: 9
`)[0]
	if low, high, _ := n.Discard(); low < 8.5/(8.5+0.11) || high > 9.5/(9.5+0.09) {
		t.Errorf("got %v to %v: rows have two decimals", low, high)
	}
}

func TestStoppedEarly(t *testing.T) {
	const scan = "Seq Scan on a  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..9.000 rows=5 loops=1)"
	for name, c := range map[string]struct {
		plan string
		node int
		want bool
	}{
		"nothing above": {scan, 0, false},
		"limit reached": {`Limit  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  ->  ` + scan, 1, true},
		"limit that ran dry": {`Limit  (cost=0.00..1.00 rows=10 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  ->  ` + scan, 1, false},
		"limit above what was expected": {`Limit  (cost=0.00..1.00 rows=4 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  ->  ` + strings.Replace(scan, "rows=9", "rows=4", 1), 1, false},
		"sort under a limit": {`Limit  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  ->  Sort  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
        ->  ` + scan, 1, true},
		"input of a sort under a limit": {`Limit  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  ->  Sort  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
        ->  ` + scan, 2, false},
		"group aggregate passes on": {`Limit  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  ->  GroupAggregate  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
        ->  ` + scan, 2, true},
		"inner side of a semi join": {`Nested Loop Semi Join  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  ->  ` + scan + `
  ->  Materialize  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..1.000 rows=1 loops=5)
        ->  Seq Scan on b  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..1.000 rows=1 loops=1)`, 3, true},
		"inner side run often": {`Limit  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  ->  Nested Loop  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
        ->  ` + scan + `
        ->  Seq Scan on b  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..1.000 rows=1 loops=5)`, 3, false},
		"hash of a semi join": {`Hash Semi Join  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  ->  ` + scan + `
  ->  Hash  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..1.000 rows=1 loops=1)
        ->  Seq Scan on b  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..1.000 rows=1 loops=1)`, 3, false},
		"probe side of an empty hash": {`Hash Join  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=0 loops=1)
  ->  Seq Scan on a  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..1.000 rows=1 loops=1)
  ->  Hash  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..1.000 rows=0 loops=1)
        ->  Seq Scan on b  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..1.000 rows=0 loops=1)`, 1, true},
		"bitmap under a limit": {`Limit  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  ->  Bitmap Heap Scan on a  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
        ->  Bitmap Index Scan on i  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)`, 2, false},
		"exists": {`Seq Scan on a  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  SubPlan 1
    ->  Seq Scan on b  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..1.000 rows=1 loops=5)`, 1, true},
		"hashed in a filter": {`Seq Scan on a  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  Filter: (NOT (hashed SubPlan 1))
  SubPlan 1
    ->  Seq Scan on b  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..1.000 rows=1 loops=1)`, 1, false},
		"hashed as 17 prints it": {`Seq Scan on a  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  Filter: ((x = 1) OR (ANY (y = (hashed SubPlan 2).col1)))
  SubPlan 2
    ->  Seq Scan on b  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..1.000 rows=1 loops=1)`, 1, false},
		"hashed in the output": {`Seq Scan on a  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  Output: a.x, (hashed SubPlan 1)
  SubPlan 1
    ->  Seq Scan on b  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..1.000 rows=1 loops=1)`, 1, false},
		"beside one that is hashed": {`Seq Scan on a  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  Filter: ((SubPlan 1) OR (hashed SubPlan 2))
  SubPlan 1
    ->  Seq Scan on b  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..1.000 rows=1 loops=5)
  SubPlan 2
    ->  Seq Scan on d  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..1.000 rows=1 loops=1)`, 1, true},
		"aggregate in a subplan": {`Seq Scan on a  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  SubPlan 1
    ->  Aggregate  (cost=0.00..1.00 rows=1 width=4) (actual time=1.000..1.000 rows=1 loops=5)
          ->  Seq Scan on b  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..1.000 rows=1 loops=5)`, 2, false},
		"cte whose scan is cut": {`Limit  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  CTE x
    ->  Seq Scan on b  (cost=0.00..1.00 rows=500 width=4) (actual time=1.000..1.000 rows=5 loops=1)
  ->  CTE Scan on x  (cost=0.00..1.00 rows=500 width=4) (actual time=1.000..1.000 rows=5 loops=1)`, 1, true},
		"cte that is sorted": {`Sort  (cost=0.00..1.00 rows=5 width=4) (actual time=1.000..9.000 rows=5 loops=1)
  CTE x
    ->  Seq Scan on b  (cost=0.00..1.00 rows=500 width=4) (actual time=1.000..1.000 rows=5 loops=1)
  ->  CTE Scan on x  (cost=0.00..1.00 rows=500 width=4) (actual time=1.000..1.000 rows=5 loops=1)`, 1, false},
	} {
		if got := read(t, c.plan)[c.node].StoppedEarly(); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// TestRowsNear checks that an average of 0 over many loops is not taken for no row.
func TestRowsNear(t *testing.T) {
	p := read(t, `Nested Loop  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..9.000 rows=8000 loops=1)
  ->  Seq Scan on a  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..9.000 rows=40000 loops=1)
  ->  Index Scan using b_pkey on b  (cost=0.00..9.00 rows=1 width=4) (actual time=0.001..0.001 rows=0 loops=40000)
        Index Cond: (id = a.b_id)
`)
	for node, want := range []float64{8000, 40000, 8000} {
		if got := p[node].RowsNear(50000).Or(-1); got != want {
			t.Errorf("node %d: got %v rows, want %v", node, got, want)
		}
	}
}

// rows=0 of several processes is an average of less than half a row. A Gather passes on all
// rows that it was given.
func TestRowsPrintedAsZero(t *testing.T) {
	const gather = `Gather  (cost=1000.00..9.00 rows=6165 width=37) (actual time=1.0..9.0 rows=%ROWS% loops=1)
  Workers Launched: 8
  ->  Parallel Seq Scan on address  (cost=0.00..9.00 rows=771 width=37) (actual time=7.0..8.0 rows=%EACH% loops=9)
        Filter: needs_update
        Rows Removed by Filter: 20487686
`
	for _, c := range []struct {
		rows, each  string
		total, most float64
	}{
		{"1", "0", 1, 4}, {"4", "0", 4, 4},
		{"0", "0", 0, 4},
		{"5", "0", 0, 4},    // contradicts: nothing is concluded
		{"1", "0.00", 0, 0}, // of 18, which prints two decimals
		{"9", "1", 9, 0},
	} {
		n := read(t, strings.NewReplacer("%ROWS%", c.rows, "%EACH%", c.each).Replace(gather))[1]
		if total, most := n.RowsTotal.Or(-1), n.MostRows(); total != c.total || most != c.most {
			t.Errorf("%s of %s: got %v, at most %v", c.rows, c.each, total, most)
		}
	}
}
