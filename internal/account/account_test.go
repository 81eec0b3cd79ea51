package account_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/account"
	"github.com/pgverdict/pgverdict/internal/testcase"
	"github.com/pgverdict/pgverdict/plan"
)

// TestAddsUp: over all complete plans of the rule cases, the parts add up to the whole,
// but for a tenth and what rounding the times of many loops may add; and no more rows
// are needed than were returned.
func TestAddsUp(t *testing.T) {
	plans := 0
	for _, name := range testcase.Glob(t, "../../testdata/rules/*/*") {
		files, err := testcase.Files(name)
		if err != nil {
			t.Fatal(err)
		}
		for file, text := range files {
			if !plan.Sniff([]byte(text)) {
				continue
			}
			list, _ := plan.Parse([]byte(text))
			for _, p := range list {
				if cut := p.Cut(); cut != "" {
					continue
				}
				plans++
				a := account.Of(p)
				sum, rounding := a.Outside.Or(0), 0.0
				for n := range p.Nodes() {
					u := a.Use(n)
					sum += u.Own.Or(0)
					rounding += n.Loops.Or(0) * 0.0005
					if u.Needed.Or(0) > n.RowsTotal.Or(math.Inf(1)) {
						t.Errorf("%s: #%d returns %v rows, needed %v", file, n.ID, n.RowsTotal, u.Needed)
					}
				}
				if a.Whole > 1 && (sum < 0.9*a.Whole-rounding || sum > 1.1*a.Whole+rounding) {
					t.Errorf("%s %s: the parts are %.3f of %.3f %s", filepath.Base(filepath.Dir(name))+"/"+filepath.Base(name), file, sum, a.Whole, a.Unit)
				}
			}
		}
	}
	if plans < 100 {
		t.Errorf("%d plans were read", plans)
	}
}

// TestFlow: which LIMIT may stop a scan, and whether it takes the scan's order.
func TestFlow(t *testing.T) {
	for name, c := range map[string]struct {
		plan          string
		limit, sorted bool // the flow of the last node
		ordered       bool
	}{
		"through a loop and a Gather Merge": {limit: true, ordered: true, plan: `Limit  (cost=1.00..2.00 rows=10 width=8)
  ->  Gather Merge  (cost=1.00..2.00 rows=10 width=8)
        ->  Nested Loop  (cost=1.00..2.00 rows=10 width=8)
              ->  Index Scan Backward using t_at_idx on t  (cost=1.00..2.00 rows=10 width=8)`},
		"the inner side of a loop": {plan: `Limit  (cost=1.00..2.00 rows=10 width=8)
  ->  Nested Loop  (cost=1.00..2.00 rows=10 width=8)
        ->  Seq Scan on u  (cost=1.00..2.00 rows=10 width=8)
        ->  Index Scan using t_at_idx on t  (cost=1.00..2.00 rows=10 width=8)`},
		"the inner side for one outer row": {limit: true, ordered: true, plan: `Limit  (cost=1.00..2.00 rows=10 width=8)
  ->  Nested Loop  (cost=1.00..2.00 rows=10 width=8)
        ->  Index Scan using u_pkey on u  (cost=1.00..2.00 rows=1 width=8)
        ->  Index Scan using t_at_idx on t  (cost=1.00..2.00 rows=10 width=8)`},
		"a hash join keeps no order": {limit: true, plan: `Limit  (cost=1.00..2.00 rows=10 width=8)
  ->  Hash Join  (cost=1.00..2.00 rows=10 width=8)
        ->  Seq Scan on t  (cost=1.00..2.00 rows=10 width=8)`},
		"a sort in between": {sorted: true, ordered: true, plan: `Limit  (cost=1.00..2.00 rows=10 width=8)
  ->  Sort  (cost=1.00..2.00 rows=10 width=8)
        Sort Key: t.at
        ->  Nested Loop  (cost=1.00..2.00 rows=10 width=8)
              ->  Seq Scan on t  (cost=1.00..2.00 rows=10 width=8)`},
		"groups in between": {limit: true, ordered: true, plan: `Limit  (cost=1.00..2.00 rows=10 width=8)
  ->  GroupAggregate  (cost=1.00..2.00 rows=10 width=8)
        Group Key: t.at
        ->  Index Scan using t_at_idx on t  (cost=1.00..2.00 rows=10 width=8)`},
		"a hash table in between": {plan: `Limit  (cost=1.00..2.00 rows=10 width=8)
  ->  HashAggregate  (cost=1.00..2.00 rows=10 width=8)
        Group Key: t.at
        ->  Index Scan using t_at_idx on t  (cost=1.00..2.00 rows=10 width=8)`},
		"partitions": {limit: true, ordered: true, plan: `Limit  (cost=1.00..2.00 rows=10 width=8)
  ->  Merge Append  (cost=1.00..2.00 rows=10 width=8)
        ->  Index Scan using t1_at_idx on t1  (cost=1.00..2.00 rows=10 width=8)
        ->  Index Scan using t2_at_idx on t2  (cost=1.00..2.00 rows=10 width=8)`},
	} {
		list, err := plan.Parse([]byte(c.plan + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		var last *plan.Node
		for n := range list[0].Nodes() {
			last = n
		}
		use, alone := account.Of(list[0]).Use(last), account.FlowOf(last)
		if (use.Limit != nil) != c.limit || (use.Sort != nil) != c.sorted || use.Ordered != c.ordered {
			t.Errorf("%s: LIMIT %v, sort %v, ordered %v", name, use.Limit != nil, use.Sort != nil, use.Ordered)
		}
		if alone.Limit != use.Limit || alone.Sort != use.Sort || alone.Ordered != use.Ordered {
			t.Errorf("%s: FlowOf differs from the account", name)
		}
	}
}

// TestEstimated: the estimated cost of an inner side is counted once per outer row, and
// what a LIMIT does not fetch is not counted.
func TestEstimated(t *testing.T) {
	for text, want := range map[string][]float64{
		`Nested Loop  (cost=0.00..100100.00 rows=10 width=8)
  ->  Seq Scan on u  (cost=0.00..100.00 rows=1000 width=8)
  ->  Seq Scan on t  (cost=0.00..99.00 rows=1 width=8)
`: {1000, 100, 99000},
		`Limit  (cost=0.00..5.00 rows=10 width=8)
  ->  Seq Scan on t  (cost=0.00..500.00 rows=1000 width=8)
`: {0, 5},
	} {
		list, err := plan.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		a := account.Of(list[0])
		for n := range list[0].Nodes() {
			if got := a.Use(n).Own.Or(-1); got != want[n.ID] {
				t.Errorf("#%d %s: %v, want %v", n.ID, n.Type, got, want[n.ID])
			}
		}
		if a.Unit != account.Cost || a.Whole != list[0].Root.TotalCost.Or(0) {
			t.Errorf("%v %v", a.Whole, a.Unit)
		}
	}
}

// TestPartOf: which scans below an Append are of one table.
func TestPartOf(t *testing.T) {
	for text, want := range map[string]string{
		"events_2025 events_1|events_2026 events_2": "events",
		"events_2025 events|events_2026 events":     "events", // up to version 12
		"orders o1|refunds o2":                      "",       // of a UNION
		"orders|refunds":                            "",
		"orders o|refunds r":                        "",
	} {
		in := "Append  (cost=0.00..9.00 rows=1 width=8)\n"
		for name := range strings.SplitSeq(text, "|") {
			in += "  ->  Seq Scan on " + name + "  (cost=0.00..4.00 rows=1 width=8)\n"
		}
		list, err := plan.Parse([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		for n := range list[0].Nodes() {
			if got := account.PartOf(n); n.Parent != nil && got != want {
				t.Errorf("%s: #%d is a part of %q, want %q", text, n.ID, got, want)
			}
		}
	}
}
