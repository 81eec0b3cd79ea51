package plan_test

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// TestFragments reads plans whose lines were shortened by hand, or noted on.
func TestFragments(t *testing.T) {
	const index = "Index Only Scan using berths_idx"
	const long = "((quay = 3) AND (name = '" + "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" + "'::text) AND (state = 2))"
	for name, c := range map[string]struct{ in, label, cut, filter string }{
		"a scan without its table": {index + "  (cost=0.00..1.00 rows=1 width=8) (actual time=0.010..0.020 rows=1 loops=1)\n  Heap Fetches: 7\nExecution Time: 0.1 ms\n",
			"Index Only Scan on berths_idx", "", ""},
		"its figures on the next line": {index + "\n  (actual time=0.010..0.020 rows=3.50 loops=298)\n  Heap Fetches: 7\nExecution Time: 90.1 ms\n",
			"Index Only Scan on berths_idx", "the nodes above #0 Index Only Scan on berths_idx are missing, which ran 298 times", ""},
		"remarks in JSON": {"[{\"Plan\": {\"Node Type\": \"Seq Scan\", \"Relation Name\": \"berths\", -- the table\n\"Total Cost\": 9.5, // an estimate\n\"Plan Rows\": 3, # few\n\"Actual Rows\": 3, \"Actual Loops\": 1, \"Actual Total Time\": 0.2},\n\"Execution Time\": 0.3\n}]\n",
			"Seq Scan on berths", "", ""},
		"a row count before a tag": {"<pre><code> Seq Scan on berths  (cost=0.00..35.50 rows=10 width=4)\n   Filter: " + long + "\n(2 rows)</code></pre>\n</div>\n<div class=\"answer\">\n<p>" + strings.Repeat("This is what somebody answered. ", 9) + "</p>\n</div>\n",
			"Seq Scan on berths", "", long},
	} {
		plans, err := plan.Parse([]byte(c.in))
		if err != nil || len(plans) != 1 {
			t.Errorf("%s: %d plans, %v", name, len(plans), err)
			continue
		}
		root := plans[0].Root
		if got := root.Label(); got != c.label {
			t.Errorf("%s: root %q, want %q", name, got, c.label)
		}
		if got := plans[0].Cut(); got != c.cut {
			t.Errorf("%s: cut %q, want %q", name, got, c.cut)
		}
		if got := root.Text("Filter").Raw(); got != c.filter {
			t.Errorf("%s: filter %q, want %q", name, got, c.filter)
		}
	}
}

// TestQuotations reads a text that speaks about nodes of the plan above it: they are no plans.
// Other figures are those of another run, which the text does not show as a whole.
func TestQuotations(t *testing.T) {
	const whole = "Nested Loop  (actual time=3.581..6.159 rows=1088 loops=1)\n" +
		"  ->  Seq Scan on berths b  (actual time=3.560..4.310 rows=1088 loops=1)\n" +
		"  ->  Index Scan using berths_quay_key on quays q  (actual time=0.001..0.002 rows=1 loops=1088)\n" +
		"        Index Cond: (id = b.quay)\n" +
		"Total runtime: 6.503 ms\n\nThe inner scan takes long:\n\n"
	for name, c := range map[string]struct {
		quoted string
		plans  int
	}{
		"as it is":            {"->  Index Scan using berths_quay_key on quays q  (actual time=0.001..0.002 rows=1 loops=1088)", 1},
		"its index shortened": {"->  Index Scan using idx on quays (actual time=0.001..0.002 rows=1 loops=1088)", 1},
		"two nodes":           {"->  Index Scan using idx on quays (actual time=0.001..0.002 rows=1 loops=1088)\n\n->  Seq Scan on berths (actual time=3.560..4.310 rows=1088 loops=1)", 1},
		"of another run":      {"->  Index Scan using idx on quays (actual time=0.610..0.611 rows=1 loops=1088)", 2},
		"of another table":    {"->  Index Scan using idx on piers (actual time=0.001..0.002 rows=1 loops=1088)", 2},
	} {
		plans, _ := plan.Parse([]byte(whole + c.quoted + "\n\nIt should not.\n"))
		if len(plans) != c.plans {
			t.Errorf("%s: %d plans, want %d", name, len(plans), c.plans)
		}
	}
}
