package plan_test

import (
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// A truncated plan is recognized by what is missing.
func TestCut(t *testing.T) {
	const whole = `Sort  (cost=10.00..11.00 rows=100 width=8) (actual time=120.100..121.000 rows=100 loops=1)
  Sort Key: a
  ->  Hash Join  (cost=5.00..9.00 rows=100 width=8) (actual time=20.100..118.000 rows=100 loops=1)
        Hash Cond: (t.id = u.id)
        ->  Seq Scan on t  (cost=0.00..3.00 rows=100 width=8) (actual time=0.100..100.000 rows=100 loops=1)
        ->  Hash  (cost=2.00..2.00 rows=50 width=4) (actual time=0.900..0.900 rows=50 loops=1)
              ->  Seq Scan on u  (cost=0.00..2.00 rows=50 width=4) (actual time=0.100..0.500 rows=50 loops=1)
Planning Time: 0.100 ms
Execution Time: 121.500 ms
`
	const yamlScan = "- Plan: \n    Node Type: \"Seq Scan\"\n    Relation Name: \"t\"\n    Total Cost: 3.00\n    Plan Rows: 9\n    Actual Total Time: 1.100\n    Actual Rows: 9\n    Actual Loops: 1\n"
	const lookup = "Limit  (cost=0.00..3.00 rows=1 width=8)\n  ->  Bitmap Heap Scan on t  (cost=0.00..3.00 rows=1 width=8)\n"
	from := func(s, start string) string { return s[:strings.Index(s, start)] }
	for name, test := range map[string]struct{ in, want string }{
		"whole":                      {whole, ""},
		"without ANALYZE":            {"Seq Scan on t  (cost=0.00..3.00 rows=100 width=8)\n", ""},
		"SUMMARY OFF, as psql shows": {from(whole, "Planning") + "(7 rows)\n", ""},
		"TIMING OFF, SUMMARY OFF":    {"Seq Scan on t  (cost=0.00..3.00 rows=100 width=8) (actual rows=3 loops=1)\n", ""},
		"a hash join's second input": {from(whole, "        ->  Hash  "), "the second input of #1 Hash Join is missing"},
		"below a hash":               {from(whole, "              ->"), "#3 Hash has no child node"},
		"the first line alone":       {from(whole, "  Sort Key"), "#0 Sort has no child node"},
		"without its end":            {from(whole, "Planning"), "the Execution Time line is missing"},
		"without its last line":      {from(whole, "Execution"), "the Execution Time line is missing"},
		"YAML":                       {yamlScan + "  Planning Time: 0.100\n  Triggers: \n  Execution Time: 1.200\n", ""},
		"YAML without its last line": {yamlScan + "  Planning Time: 0.100\n", "the Execution Time line is missing"},
		"YAML cut behind a key":      {yamlScan + "    Workers: \n", "the text ends before the end of the plan"},
		"YAML of auto_explain":       {"Query Text: \"select 1\"\n" + strings.TrimPrefix(strings.ReplaceAll(yamlScan, "\n  ", "\n"), "- "), ""},
		"JSON without its bracket":   {`[{"Plan": {"Node Type": "Result", "Actual Total Time": 1.0, "Actual Rows": 1, "Actual Loops": 1}, "Execution Time": 1.1}`, ""},
		"JSON without its last line": {`[{"Plan": {"Node Type": "Result", "Actual Total Time": 1.0, "Actual Rows": 1, "Actual Loops": 1}, "Planning Time": 1.1`, "the text ends before the end of the plan"},
		"below a bitmap heap scan":   {lookup, "#1 Bitmap Heap Scan on t has no child node"},
		"an unknown node":            {"Sorcery  (cost=0.00..3.00 rows=1 width=8)\n  ->  Result  (cost=0.00..3.00 rows=1 width=8)\n", ""},
		"JSON":                       {`[{"Plan": {"Node Type": "Aggregate", "Strategy": "Plain", "Total Cost": 9.0, "Plan Rows": 1, "Plans": [{"Node Type": "Sort", "Total Cost": 8.0, "Plan Rows": 4}]}}]`, "#1 Sort has no child node"},
	} {
		plans, err := plan.Parse([]byte(test.in))
		if err != nil || len(plans) != 1 {
			t.Fatalf("%s: %d plans, %v", name, len(plans), err)
		}
		got := plans[0].Cut()
		if got != test.want && (test.want == "" || !strings.Contains(got, test.want)) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
		for _, n := range plans[0].Lacking() {
			if n.SelfMs.Known() || n.SelfBuffers().SharedHit.Known() {
				t.Errorf("%s: %s has a time of its own, which its missing input may have taken", name, n.Label())
			}
		}
	}
}
