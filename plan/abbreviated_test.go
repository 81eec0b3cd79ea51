package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
	if !p.Analyzed || root.TotalMs.Or(0) != 154.3 || root.SelfMs.Known() || root.SelfBuffers.SharedRead.Known() || heap.Buffers.SharedRead.Known() || heap.Rows.Known() {
		t.Errorf("a root runs once, and what was left out is unknown: %+v, %+v", root, heap)
	}
	if keys := sort.List("Sort Key"); len(keys) != 1 || keys[0].Raw() != "sent DESC NULLS LAST" || heap.Number("Exact Heap Blocks").Or(0) != 4589 {
		t.Errorf("got %v, %v", keys, heap.Properties)
	}
	if p.Gaps != 4 || len(p.Warnings) != 4 {
		t.Errorf("%d gaps, %v", p.Gaps, p.Warnings)
	}
}
