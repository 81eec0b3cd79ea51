package plan_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/plan"
)

// tree is a plan's nodes as "type relation <parent", one a line.
func tree(p *plan.Plan) string {
	var b strings.Builder
	for n := range p.Nodes() {
		for range n.Ancestors() {
			b.WriteString("  ")
		}
		b.WriteString(strings.TrimRight(n.Type+" "+n.Name(), " ") + "\n")
	}
	return b.String()
}

const hashed = "Hash Join\n  Seq Scan a\n  Hash\n    Seq Scan b\n"

// TestIncomplete reads plans changed by hand or by tools. Each has a warning if
// the reader had to infer or drop something.
func TestIncomplete(t *testing.T) {
	for name, c := range map[string]struct{ in, want, warning string }{
		"indentation lost": {`Hash Join  (cost=1.00..2.00 rows=3 width=4) (actual time=1.0..2.0 rows=3 loops=1)
Hash Cond: (a.id = b.id)
->  Seq Scan on a  (cost=0.00..1.00 rows=3 width=4) (actual time=0.1..0.5 rows=3 loops=1)
Filter: (x = 3)
->  Hash  (cost=1.00..1.00 rows=3 width=4) (actual time=0.5..0.5 rows=3 loops=1)
->  Seq Scan on b  (cost=0.00..1.00 rows=3 width=4) (actual time=0.1..0.4 rows=3 loops=1)
Execution Time: 2.2 ms
`, hashed, "indentation"},
		"one line": {`Hash Join (cost=1.00..2.00 rows=3 width=4) (actual time=1.0..2.0 rows=3 loops=1) Hash Cond: (a.id = b.id) Buffers: shared hit=3 -> Seq Scan on a (cost=0.00..1.00 rows=3 width=4) (actual time=0.1..0.5 rows=3 loops=1) Filter: (x = '-> Seq Scan') -> Hash (cost=1.00..1.00 rows=3 width=4) (actual time=0.5..0.5 rows=3 loops=1) -> Seq Scan on b (cost=0.00..1.00 rows=3 width=4) (actual time=0.1..0.4 rows=3 loops=1) Planning Time: 0.1 ms Execution Time: 2.2 ms`,
			hashed, "indentation"},
		"hard-wrapped": {`Hash Join  (cost=1.00..2.00 rows=3 width=4) (actual
time=1.0..2.0 rows=3 loops=1)
  Hash Cond: ((a.id = b.id) AND
(a.x = b.x))
  ->  Seq Scan on a  (cost=0.00..1.00 rows=3 width=4)
(actual time=0.1..0.5 rows=3 loops=1)
  ->  Hash  (cost=1.00..1.00 rows=3 width=4) (actual time=0.5..0.5
rows=3 loops=1)   <--- this one
        ->  Seq Scan on b  (cost=0.00..1.00 rows=3 wid
th=4) (actual time=0.1..0.4 rows=3 loops=1)
`, hashed, ""},
		"remarks": {`Hash Join  (cost=1.00..2.00 rows=3 width=4) (actual time=1.0..2.0 rows=3 loops=1)   <<< slow
  ->  Seq Scan on a  (cost=0.00..1.00 rows=3 width=4) (actual time=0.1..0.5 rows=3 loops=1) (why?)
  ->  Hash  (cost=1.00..1.00 rows=3 width=4) (actual time=0.5..0.5 rows=3 loops=1)
        **->  Seq Scan on b  (cost=0.00..1.00 rows=3 width=4) (actual time=0.1..0.4 rows=3 loops=1)**
`, hashed, ""},
		"left out": {`Hash Join  (cost=1.00..2.00 rows=3 width=4) (actual time=1.0..2.0 rows=3 loops=1)
  ->  Seq Scan on a  (cost=0.00..1.00 rows=3 width=4) (actual time=...)
  ->  Hash  (...) (actual time=0.5..0.5 rows=3 loops=1)
        ->  Seq Scan on b  (cost=0.00..1.00 rows=3 width=4) (actual time=0.1..0.4 rows=3 loops=1)
`, hashed, "all figures"},
		"cut by a pager": {`Hash Join  (cost=1.00..2.00 rows=3 width=4) (actual time=1.0..2.0 rows=3 loops=1)
  ->  Seq Scan on a  (cost=0.00..1.00 rows=3 wid>
  ->  Hash  (cost=1.00..1.00 rows=3 width=4) (actual time=0.5..0.5 rows=3 loops=1)
        ->  Seq Scan on b  (cost=0.00..1.00 rows=3 width=4) (actual time=0.1..0.4 rows=3 loops=1)
`, hashed, "all figures"},
		"subtree": {`        ->  Hash Join  (cost=1.00..2.00 rows=3 width=4) (actual time=1.0..2.0 rows=3 loops=1)
              ->  Seq Scan on a  (cost=0.00..1.00 rows=3 width=4) (actual time=0.1..0.5 rows=3 loops=1)
              ->  Hash  (cost=1.00..1.00 rows=3 width=4) (actual time=0.5..0.5 rows=3 loops=1)
                    ->  Seq Scan on b  (cost=0.00..1.00 rows=3 width=4) (actual time=0.1..0.4 rows=3 loops=1)
`, hashed, ""},
		"an extension's node": {`Custom Scan (ChunkAppend) on a  (cost=1.00..2.00 rows=3 width=4) (actual time=1.0..2.0 rows=3 loops=1)
  Chunks excluded during startup: 3
  ->  Vectorized Magic Scan of things  (cost=0.00..1.00 rows=3 width=4) (actual time=0.1..0.5 rows=3 loops=1)
`, "Custom Scan a\n  Vectorized Magic Scan of things\n", ""},
		"a time without its first digits": {`Result  (cost=0.00..0.01 rows=1 width=4) (actual time=0.1..139.2 rows=1 loops=1)
Execution Time: 9.352 ms
`, "Result\n", "an execution time that is not less"},
		"figures without loops below the words": {`Result  (cost=0.00..0.01 rows=1 width=4) (actual time=0.1..4.0 rows=1 loops=1)
  ->  Seq Scan on a
        (cost=0.00..1.00 rows=3 width=4) (actual time=0.1..0.5 rows=3)
`, "Result\n  Seq Scan a\n", "all figures of the node"},
		"a rounded time": {`Result  (cost=0.00..0.01 rows=1 width=4) (actual time=0.1..4.083 rows=1 loops=1)
Execution Time: 4.08 ms
`, "Result\n", ""},
		"ends in a node": {hashJoin[:strings.Index(hashJoin, "rows=2000 width=9")], "Hash Join\n  Seq Scan orders\n  Hash\n", "all figures of the node"},
		"ends in a name": {`Result  (cost=0.00..0.01 rows=1 width=4)
Planni`, "Result\n", "the input ends"},
		"ends before its time": {`Result  (cost=0.00..0.01 rows=1 width=4) (actual time=0.1..0.2 rows=1 loops=1)
  Output: 1`, "Result\n", "Execution Time"},
	} {
		t.Run(name, func(t *testing.T) {
			plans, err := plan.Parse([]byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, tree(plans[0])); diff != "" || len(plans) != 1 {
				t.Errorf("%d plans (-want +got):\n%s", len(plans), diff)
			}
			var warnings []string
			for _, w := range plans[0].Warnings {
				warnings = append(warnings, w.Error())
			}
			if all := strings.Join(warnings, "\n"); c.warning == "" && all != "" || !strings.Contains(all, c.warning) {
				t.Errorf("want a warning of %q, got %q", c.warning, all)
			}
		})
	}
}

func TestCutJSON(t *testing.T) {
	whole := grow(15).json.String()
	plans, err := plan.Parse([]byte(whole[:len(whole)*2/3]))
	if err != nil {
		t.Fatal(err)
	}
	if p := plans[0]; p.Len() == 0 || p.Len() >= 15 || len(p.Warnings) != 1 {
		t.Errorf("got %d nodes, warnings %v", p.Len(), p.Warnings)
	}
	// The node in which the text ends keeps its times, wherever it is cut behind them.
	for _, end := range []string{`"Actual Loops": 1,`, `"Group Key": ["k"],`, `"Shared Hit Blocks": 7`, `"Plans": [`} {
		text := `[{"Plan": {"Node Type": "Aggregate", "Strategy": "Hashed", "Total Cost": 9.10, "Plan Rows": 10, "Actual Total Time": 79.5, "Actual Rows": 1001, "Actual Loops": 1, "Group Key": ["k"], "Shared Hit Blocks": 7693, "Plans": [{"Node Type": "Se`
		text = text[:strings.Index(text, end)+len(end)]
		plans, err := plan.Parse([]byte(text))
		if err != nil || plans[0].Root.TotalMs.Or(0) != 79.5 || plans[0].Root.SelfMs.Known() || plans[0].Root.SelfBuffers().SharedHit.Known() {
			t.Errorf("%s: %v", text, err)
		}
	}
	_, err = plan.Parse([]byte(whole[:150]))
	var e *plan.SyntaxError
	if !errors.As(err, &e) || e.Line == 0 {
		t.Errorf("want a line, got %v", err)
	}
}

func TestErrors(t *testing.T) {
	const save = "save the plan as the server prints it: psql -X -o plan.txt -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT ...'"
	for in, want := range map[string]string{
		"":                                      "stdin: expected EXPLAIN output: " + save,
		"hello\n":                               "stdin: expected EXPLAIN output: " + save,
		"\n Query rewrites to nothing\n(1 row)": `stdin:2: expected a plan, got "Query rewrites to nothing": a rule of the table replaces the statement. Run EXPLAIN (ANALYZE, BUFFERS) on the statement that the rule executes`,
		"-> Table scan on a  (cost=1.15 rows=9) (actual time=0.1..0.2 rows=9 loops=1)\n":                                                                            `stdin:1: expected a PostgreSQL plan, got "a plan of MySQL": run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL`,
		"-> Filter: (a > 1)  (cost=1.15 rows=9)\n    -> Table scan on a  (cost=1.15 rows=9)\n":                                                                      `stdin:1: expected a PostgreSQL plan, got "a plan of MySQL": run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL`,
		"XN Seq Scan on event  (cost=0.00..87.98 rows=8798 width=17)\n":                                                                                             `stdin:1: expected a PostgreSQL plan, got "a plan of Amazon Redshift": run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL`,
		"Remote Subquery Scan on all (dn001,dn002)  (cost=100.00..280752.00 rows=500000 width=516) (actual time=58.701..25089.246 rows=1000000 loops=1)\n":          `stdin:1: expected a PostgreSQL plan, got "a plan of Postgres-XL or TBase": run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL`,
		`[{"Plan": {"Node Type": "Limit", "Plan Rows": 10, "Plans": [{"Node Type": "Seq Scan", "Relation Name": "t", "Data Node": "ALL", "Actual Max Rows": 2}]}}]`: `stdin:1: expected a PostgreSQL plan, got "a plan of Postgres-XL or TBase": run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL`,
		"Remote Fast Query Execution  (cost=0.00..0.00 rows=0 width=0)\n  Node/s: dn1, dn2\n":                                                                       `stdin:1: expected a PostgreSQL plan, got "a plan of Postgres-XL or TBase": run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL`,
		"PX Coordinator 2:1  (slice1; segments: 2)  (cost=0.00..431.00 rows=1 width=4)\n  ->  Partial Seq Scan on t  (cost=0.00..4.00 rows=1 width=4)\n":            `stdin:1: expected a PostgreSQL plan, got "a plan of PolarDB": run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL`,
		"Gather Motion 2:1  (slice1; segments: 2)  (cost=0.00..431.00 rows=1 width=4)\n  ->  Seq Scan on t  (cost=0.00..4.00 rows=1 width=4)\n":                     `stdin:1: expected a PostgreSQL plan, got "a plan of Greenplum": run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL`,
		"Streaming (type: GATHER)  (cost=0.00..431.00 rows=1 width=4)\n  Node/s: All datanodes\n  ->  Seq Scan on t  (cost=0.00..4.00 rows=1 width=4)\n":            `stdin:1: expected a PostgreSQL plan, got "a plan of openGauss or GaussDB": run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL`,
		"Seq Scan on t  (cost=0.00..4.00 rows=1 width=4)\n  Storage Table Read Requests: 1\n":                                                                       `stdin:1: expected a PostgreSQL plan, got "a plan of YugabyteDB": run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL`,
		"  distribution: full\n  vectorized: true\n\n  • scan\n":                                                                                                    `stdin:1: expected a PostgreSQL plan, got "a plan of CockroachDB": run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL`,
		"\nQUERY PLAN\n":                    `stdin:2: expected a plan from its first line on, such as "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)", got "QUERY PLAN": ` + save,
		`[{"Plan": {"Node`:                  "stdin:1: expected the rest of a string before the end of the input: " + save,
		`{"query_block": {"select_id": 1}}`: `stdin:1: expected a PostgreSQL plan, got "a plan of MySQL": run EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL`,
	} {
		_, err := plan.Parse([]byte(in))
		if err == nil || err.Error() != want {
			t.Errorf("%q:\nwant %s\ngot  %v", in, want, err)
		}
	}
}

// A node whose loops the author left out ran as often as its parent, on whichever line its
// figures are.
func TestFiguresWithoutLoops(t *testing.T) {
	for _, at := range []string{"  ", "\n        ", "\n      "} {
		p := onePlan(t, "Limit  (actual time=0.1..9.0 rows=3)\n  ->  Seq Scan on walls"+at+"(actual time=0.1..8.5 rows=3)\n        Filter: (id > 3)\nExecution Time: 9.1 ms\n")[0]
		if scan := p.Root.Children[0]; scan.TotalMs.Or(0) != 8.5 || p.Root.SelfMs.Or(0) != 0.5 || len(p.Warnings) == 0 {
			t.Errorf("%q: %v ms, %v", at, scan.TotalMs, p.Warnings)
		}
	}
}
