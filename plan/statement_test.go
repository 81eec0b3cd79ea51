package plan

import (
	"slices"
	"testing"
)

// A pasted statement before a plan is found. Prose is not distinguished from SQL
// here.
func TestStatementAbove(t *testing.T) {
	const tree = "Seq Scan on t  (cost=0.00..9.00 rows=1 width=8) (actual time=0.010..0.010 rows=1 loops=1)\n"
	for name, test := range map[string]struct{ text, want string }{
		"psql":              {"shop=# explain (analyze, buffers)\nshop-# select * from t\nshop-# where id = 1;\n                QUERY PLAN\n----------------\n " + tree, "select * from t\nwhere id = 1"},
		"alone":             {"SELECT 1\nFROM t\n\n" + tree, "SELECT 1\nFROM t"},
		"EXPLAIN words":     {"EXPLAIN ANALYZE VERBOSE SELECT 1 FROM t;\n" + tree, "SELECT 1 FROM t"},
		"EXPLAIN of braces": {"EXPLAIN (SELECT 1 FROM t)\n" + tree, "(SELECT 1 FROM t)"},
		"Markdown":          {"```sql\nWITH x AS (SELECT 1) SELECT * FROM x, t\n```\n\n```\n" + tree + "```\n", "WITH x AS (SELECT 1) SELECT * FROM x, t"},
		"the last of two":   {"SELECT 1;\nSELECT 2;\n" + tree, "SELECT 2"},
		"none":              {"here is the plan:\n" + tree, ""},
		"after the plan":    {tree + "\nSELECT 1;\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if p := one(t, test.text); p.Above.Raw() != test.want {
				t.Errorf("%q, want %q", p.Above.Raw(), test.want)
			}
		})
	}
}

// The statements between two plans that change plans belong to the second one. What has no
// semicolon is prose, or a command tag.
func TestStatementsSince(t *testing.T) {
	const tree = "Seq Scan on t  (cost=0.00..9.00 rows=1 width=8) (actual time=0.010..0.010 rows=1 loops=1)\nPlanning Time: 0.1 ms\nExecution Time: 0.1 ms\n"
	const query = "explain analyze select * from t;\n"
	for name, test := range map[string]struct {
		between string
		want    []string
	}{
		"psql":                 {"shop=# create index i\nshop-#   on t (a);\nCREATE INDEX\nshop=# " + query, []string{"create index i\non t (a)"}},
		"on one line":          {"SET enable_seqscan = off; set jit to off; " + query, []string{"SET enable_seqscan = off", "set jit to off"}},
		"a semicolon inside":   {"set application_name = 'a;b';\n" + query, []string{"set application_name = 'a;b'"}},
		"analyze and vacuum":   {"ANALYZE;\nANALYZE\nvacuum t;\nVACUUM\n" + query, []string{"ANALYZE", "vacuum t"}},
		"dropped":              {"drop index concurrently i;\n" + query, []string{"drop index concurrently i"}},
		"prose":                {"Drop the table scan; it is slow.\nAnalyze what follows:\n" + query, nil},
		"the SET of an UPDATE": {"UPDATE t\nSET a = 1;\n" + query, nil},
		"of tables":            {"create table u (a int);\ndrop table u;\n" + query, nil},
	} {
		t.Run(name, func(t *testing.T) {
			plans, err := Parse([]byte(query + tree + test.between + tree))
			if err != nil || len(plans) != 2 {
				t.Fatalf("%d plans, %v", len(plans), err)
			}
			var got []string
			for _, text := range plans[1].Since {
				got = append(got, text.Raw())
			}
			if !slices.Equal(got, test.want) || plans[1].Above.Raw() != "select * from t" || plans[0].Since != nil {
				t.Errorf("%q, want %q; above: %q", got, test.want, plans[1].Above.Raw())
			}
		})
	}
}

// Editing by hand does not lose a plan's figures.
func TestHandEdited(t *testing.T) {
	for name, text := range map[string]string{
		"actual figures below":      "Seq Scan on t  (cost=0.00..9.00 rows=1 width=8)\n            (actual time=0.010..5.000 rows=2 loops=1)\n  Filter: (a = 1)\n  Rows Removed by Filter: 77\n",
		"a SQL comment":             "--  Seq Scan on t  (cost=0.00..9.00 rows=1 width=8) (actual time=0.010..5.000 rows=2 loops=1)\n--    Filter: (a = 1)\n--    Rows Removed by Filter: 77\n-- (3 rows)\n",
		"without its indentation":   "Seq Scan on t  (cost=0.00..9.00 rows=1 width=8) (actual time=0.010..5.000 rows=2 loops=1)\nFilter: (a = 1)\nRows Removed by Filter: 77\n",
		"figures on lines below it": "Seq Scan on t\n  (cost=0.00..9.00 rows=1 width=8)\n  (actual time=0.010..5.000 rows=2 loops=1)\n  Filter: (a = 1)\n  Rows Removed by Filter: 77\n",
	} {
		t.Run(name, func(t *testing.T) {
			n := one(t, text).Root
			if n.Ms.Or(0) != 5 || n.RowsTotal.Or(0) != 2 || n.RemovedTotal().Or(0) != 77 || n.PlanRows.Or(0) != 1 {
				t.Errorf("%+v ms, %+v rows, %+v removed, %+v expected", n.Ms, n.RowsTotal, n.RemovedTotal(), n.PlanRows)
			}
		})
	}
}
