package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/plan"
)

// TestCutCondition checks that the complete part of a truncated condition is
// kept, with a warning, and that no other condition is invented.
func TestCutCondition(t *testing.T) {
	for in, want := range map[string]string{
		`((depot = 7) AND (label = 'north-55>`:                        `((depot = 7) AND (label = 'north-55'))`,
		`(code = ANY ('{100,200,3>`:                                   `(code = ANY ('{100,200,3}'))`,
		`((depot = 7) AND (sent > '2026-01-01'::date) AND (weig>`:     `((depot = 7) AND (sent > '2026-01-01'::date))`,
		`((depot = 7) OR (weight = 3) OR (lab>`:                       `((depot = 7) OR (weight = 3) OR (lab`,
		`(depo>`:                                                      `(depo`,
		`((depot = 7) AND (label = 'north'::text) AND near((pl (...)`: `((depot = 7) AND (label = 'north'::text))`,
		`((depot = 7) AND (sent > '2026...`:                           `((depot = 7) AND (sent > '2026'))`,
		`((doc ->> 'Key: a'::text) = 'b: c'::text)`:                   `((doc ->> 'Key: a'::text) = 'b: c'::text)`,
		`(doc ->Y Filter: a)`:                                         `(doc ->Y Filter: a)`, // no SQL, and no line that was joined
		`(label = '...'::text)`:                                       `(label = '...'::text)`,
		`(label = '>'::text)`:                                         `(label = '>'::text)`,
		"((label = 'a>\nb'::text) AND (depot = 7))":                   "((label = 'a>\nb'::text) AND (depot = 7))",
	} {
		p := onePlan(t, "Index Scan using i on parcels  (cost=0.10..2.00 rows=1 width=8) (actual time=1.000..780.000 rows=50 loops=1)\n   Filter: "+in+"\n   Rows Removed by Filter: 3675\n Execution Time: 781.000 ms\n")[0]
		if got := p.Root.Text("Filter").Raw(); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
		cut := in[len(in)-1] == '>' || strings.HasSuffix(in, "...") || strings.HasSuffix(in, "(...)")
		if (len(p.Warnings) == 1) != cut || (p.Gaps == 1) != cut || p.Root.Number("Rows Removed by Filter").Or(0) != 3675 {
			t.Errorf("%s: %v, %d gaps", in, p.Warnings, p.Gaps)
		}
	}
}

// TestAbbreviated checks that a plan shortened by hand keeps its nodes and the
// figures left, and that omitted figures are unknown, with a warning.
func TestAbbreviated(t *testing.T) {
	p := onePlan(t, `Limit  (cost=90.10..90.20 rows=10) (actual time=152.200..154.300)
  Buffers: shared hit=43 read=5909
  ->  Sort  (Sort Key: sent DESC NULLS LAST, top-N heapsort)
        ->  Bitmap Heap Scan on parcels  (rows=5179, Heap Blocks: exact=4589)
              Recheck Cond: (depot_id = 7)
              ->  Bitmap Index Scan on parcels_depot
Execution Time: 156.500 ms
`)[0]
	if diff := cmp.Diff("Limit\n  Sort\n    Bitmap Heap Scan parcels\n      Bitmap Index Scan\n", tree(p)); diff != "" {
		t.Fatal(diff)
	}
	root, sort := p.Root, p.Root.Children[0]
	heap := sort.Children[0]
	if !p.Analyzed || root.TotalMs.Or(0) != 154.3 || root.SelfMs.Known() || root.SelfBuffers().SharedRead.Known() || heap.Buffers.SharedRead.Known() || heap.Rows.Known() {
		t.Errorf("a root runs once, and what was left out is unknown: %+v, %+v", root, heap)
	}
	if keys := sort.List("Sort Key"); len(keys) != 1 || keys[0].Raw() != "sent DESC NULLS LAST" || heap.Number("Exact Heap Blocks").Or(0) != 4589 {
		t.Errorf("got %v, %v", keys, heap.Properties)
	}
	if p.Gaps != 4 || len(p.Warnings) != 4 {
		t.Errorf("%d gaps, %v", p.Gaps, p.Warnings)
	}
}

// TestShortenedAfterPlan: plans that an author shortened are read after a complete one, and
// what they lack is said.
func TestShortenedAfterPlan(t *testing.T) {
	const first = "Seq Scan on parcels  (cost=0.00..219.00 rows=90 width=8) (actual time=0.010..4.100 rows=90 loops=1)\nPlanning Time: 0.100 ms\nExecution Time: 4.200 ms\n\n"
	for name, c := range map[string]struct {
		second, tree string
		gaps         int
	}{
		"below a setting":     {"random_page_cost = 1.1:\n  Index Scan  (cost=0.29..1746.67) (actual time=0.037..3.421 rows=30000)\n  Execution Time: 4.159 ms\n", "Index Scan\n", 1},
		"without a width":     {"Seq Scan on depots (cost=0.00..45891.00 rows=234)\n  Filter: (state = 'open')\n", "Seq Scan depots\n", 1},
		"a node behind":       {"Limit  (cost=34.45..34.58 rows=50 width=9) (actual time=23.234..23.267 rows=50 loops=1)\n  ->  Sort  ->  Seq Scan on depots  (cost=0.00..32.56 rows=799 width=9) (actual time=0.345..18.765 rows=798 loops=1)\nExecution Time: 23.334 ms\n", "Limit\n  Sort\n    Seq Scan depots\n", 1},
		"figures below":       {"Seq Scan on depots:\n  (cost=0.00..45.00 rows=234 width=4)\n  (actual time=0.011..0.190 rows=234 loops=1)\n  Filter: (state = 'open')\nExecution Time: 0.230 ms\n", "Seq Scan depots\n", 0},
		"no costs, not timed": {"Seq Scan on depots\n  Filter: (state = 'open')\n  (actual rows=234 loops=1)\nExecution Time: 0.230 ms\n", "Seq Scan depots\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			plans, err := plan.Parse([]byte(first + c.second))
			if err != nil || len(plans) != 2 {
				t.Fatalf("%d plans, %v", len(plans), err)
			}
			if diff := cmp.Diff(c.tree, tree(plans[1])); diff != "" {
				t.Error(diff)
			}
			if plans[1].Gaps != c.gaps {
				t.Errorf("%d gaps, %v", plans[1].Gaps, plans[1].Warnings)
			}
		})
	}
}
