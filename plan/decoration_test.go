package plan_test

import (
	"encoding/csv"
	"encoding/json"
	"html"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/plan"
)

// bare is a plan as the server prints it, with content that decorations tend to
// damage: quotes, a comma, an empty string, an arrow in a literal, workers, a
// summary.
const bare = `Gather  (cost=0.00..40.00 rows=9 width=4) (actual time=1.000..40.000 rows=30 loops=1)
  Workers Planned: 2
  Workers Launched: 2
  Buffers: shared hit=300 read=20
  ->  Nested Loop  (cost=0.00..30.00 rows=9 width=4) (actual time=1.000..30.000 rows=10 loops=3)
        Buffers: shared hit=300 read=20
        Worker 0:  actual time=0.100..29.000 rows=9 loops=1
          Buffers: shared hit=100
        ->  Parallel Seq Scan on public."Order ""x""" o  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..9.000 rows=100 loops=3)
              Output: o.id, 'a, b'::text, "Odd"
              Filter: ((o.note <> ''::text) AND (o.note = '->  Seq Scan on x'::text))
              Rows Removed by Filter: 900
              Buffers: shared read=20
        ->  Index Scan using b_i on public.b  (cost=0.00..9.00 rows=1 width=4) (actual time=0.001..0.002 rows=0 loops=300)
              Index Cond: (b.id = o.id)
              Buffers: shared hit=300
Planning Time: 0.500 ms
Execution Time: 41.000 ms
`

// perLine returns a function that adds text before and after every line.
func perLine(before, behind string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for l := range strings.Lines(s) {
			b.WriteString(before + strings.TrimSuffix(l, "\n") + behind + "\n")
		}
		return b.String()
	}
}

func TestDecorations(t *testing.T) {
	plans, err := plan.Parse([]byte(bare))
	if err != nil {
		t.Fatal(err)
	}
	want := append(shape(plans[0]), figures(plans)...)
	for name, wrap := range map[string]func(string) string{
		"mail":          perLine("> ", ""),
		"mail, twice":   perLine(">> ", ""),
		"answered mail": perLine("> > ", ""),
		"indented":      perLine("    ", ""),
		"trailing":      perLine("", "   "),
		"quoted":        perLine(`"`, `"`),
		"single quotes": perLine(`'`, `'`),
		"blank lines":   perLine("", "\n"),
		"added":         perLine("+ ", ""),
		"frame":         perLine("| ", "                 |"),
		"unicode frame": perLine("│ ", "                 │"),
		"crlf":          func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"byte order":    func(s string) string { return "\ufeff" + s },
		"no last line end": func(s string) string {
			return strings.TrimSuffix(s, "\n")
		},
		"no-break blanks": func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") },
		"entities":        html.EscapeString,
		"arrows":          func(s string) string { return strings.ReplaceAll(s, "  ->  ", "  →  ") },
		"fence":           func(s string) string { return "Slow:\n```sql\nSELECT 1;\n```\n```\n" + s + "```\nWhy?\n" },
		"prose": func(s string) string {
			return "Our report (2 s) got slow.\n\nSELECT a -> 'b' FROM c;\n\nand the plan:\n\n" + s + "\nThe table has 3 million rows\n-> it grows daily. Note: see [1].\n"
		},
		"console": func(s string) string {
			return "shop=> \\timing on\nTiming is on.\nshop=> explain analyze\nshop-> SELECT 1;\n" + s + "\nTime: 123.456 ms\nshop=> \\q\n"
		},
		"tabs": func(s string) string { return strings.ReplaceAll(s, "        ", "\t") },
		"csv": func(s string) string {
			var b strings.Builder
			w := csv.NewWriter(&b)
			_ = w.Write([]string{"QUERY PLAN"})
			for l := range strings.Lines(s) {
				_ = w.Write([]string{strings.TrimSuffix(l, "\n")})
			}
			w.Flush()
			return b.String()
		},
		"rows of a driver": func(s string) string {
			var rows []map[string]string
			for l := range strings.Lines(s) {
				rows = append(rows, map[string]string{"QUERY PLAN": strings.TrimSuffix(l, "\n")})
			}
			b, _ := json.Marshal(rows)
			return string(b)
		},
		"stderr log": func(s string) string {
			return "2026-01-31 10:00:00 UTC [7] LOG:  statement: SELECT 1\n2026-01-31 10:00:00 UTC [7] LOG:  duration: 41.500 ms  plan:\n\tQuery Text: SELECT 'x\n\t  ->  y' FROM z\n" +
				perLine("\t", "")(s) + "2026-01-31 10:00:01 UTC [7] ERROR:  no\n2026-01-31 10:00:01 UTC [7] STATEMENT:  SELECT\n\t2\n"
		},
		"syslog": func(s string) string {
			return "Jan 31 10:00:00 db postgres[7]: [5-1] LOG:  duration: 41.500 ms  plan:\n" + perLine("Jan 31 10:00:00 db postgres[7]: [5-2] #011", "")(s)
		},
		"log without tabs": func(s string) string {
			return "2026-01-31 10:00:00 UTC [7] LOG:  duration: 41.500 ms  plan:\n" + s + "2026-01-31 10:00:01 UTC [7] LOG:  checkpoint starting: time\n"
		},
		"csvlog": func(s string) string {
			var b strings.Builder
			w := csv.NewWriter(&b)
			_ = w.Write([]string{"2026-01-31", "u", "LOG", "statement: select \"x\"\n, 'y'", ""})
			_ = w.Write([]string{"2026-01-31", "u", "LOG", "duration: 41.500 ms  plan:\nQuery Text: SELECT \"a\";\n" + strings.TrimSuffix(s, "\n"), "", "app"})
			_ = w.Write([]string{"2026-01-31", "u", "LOG", "done", ""})
			w.Flush()
			return b.String()
		},
		"jsonlog": func(s string) string {
			b, _ := json.Marshal(map[string]string{"error_severity": "LOG", "message": "duration: 41.500 ms  plan:\nQuery Text: SELECT 1;\n" + strings.TrimSuffix(s, "\n")})
			return `{"message":"say \"hi\""}` + "\n" + string(b) + "\n"
		},
		"UTF-16": func(s string) string {
			b := []byte{0xFF, 0xFE}
			for _, u := range utf16.Encode([]rune(s)) {
				b = append(b, byte(u), byte(u>>8))
			}
			return string(b)
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := []byte(wrap(bare))
			if !plan.Sniff(in) && name != "UTF-16" {
				t.Error("Sniff says no")
			}
			plans, err := plan.Parse(in)
			if err != nil {
				t.Fatal(err)
			}
			if len(plans) != 1 {
				t.Fatalf("got %d plans", len(plans))
			}
			if diff := cmp.Diff(want, append(shape(plans[0]), figures(plans)...)); diff != "" {
				t.Errorf("(-bare +wrapped):\n%s", diff)
			}
			if len(plans[0].Warnings) > 0 {
				t.Errorf("warning: %v", plans[0].Warnings[0])
			}
		})
	}
}

// TestLines checks that decorations do not change reported line numbers.
func TestLines(t *testing.T) {
	text := "Hello\n\n" + perLine("> ", "")(bare)
	plans, err := plan.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text, "\n")
	for n := range plans[0].Nodes() {
		if !strings.Contains(lines[n.Line-1], n.Type) {
			t.Errorf("%s: line %d is %q", n.Type, n.Line, lines[n.Line-1])
		}
	}
}

func TestLogDuration(t *testing.T) {
	entry := "2026-01-31 10:00:00 UTC [7] LOG:  duration: 41.500 ms  plan:\n\tQuery Text: SELECT 4711\n\tResult  (cost=0.00..0.01 rows=1 width=4)\n"
	n := 0
	for p, err := range plan.Read("server.log", strings.NewReader(strings.Repeat(entry, 3))) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if p.ExecutionMs.Or(0) != 41.5 || p.Query.Raw() != "SELECT 4711" || p.Query.String() != "SELECT ?" || p.Line != 3*n {
			t.Errorf("got %v ms, %q, line %d", p.ExecutionMs, p.Query.Raw(), p.Line)
		}
	}
	if n != 3 {
		t.Errorf("got %d plans", n)
	}
}

func TestReadStops(t *testing.T) {
	n := 0
	for range plan.Read("x", strings.NewReader(bare+bare+bare)) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("got %d plans after a break", n)
	}
}

func TestSniffOthers(t *testing.T) {
	for _, s := range []string{
		"",
		"SELECT data -> 'a', count(*) FROM t WHERE cost = 3 GROUP BY 1;",
		"CREATE TABLE plan (cost int, \"Node Type\" text);\n-- QUERY PLANNING is hard",
		"queryid,query,calls\n1,\"SELECT * FROM t WHERE x -> 'y' = $1\",5\n2,\"EXPLAIN SELECT 1\",1\n",
		"name|setting\nseq_page_cost|1\ncpu_tuple_cost|0.01\n",
		"The plan was a Seq Scan on orders, which took (actual time=long).\n-> so we gave up",
		`[{"relname": "orders", "seq_scan": 3}]`,
	} {
		if plan.Sniff([]byte(s)) {
			t.Errorf("Sniff takes this for a plan: %q", s)
		}
		if plans, err := plan.Parse([]byte(s)); err == nil {
			t.Errorf("Parse takes this for a plan: %q: %v", s, figures(plans))
		}
	}
}

// The plans of a text are read each by itself: below a header of its own at any column, and
// however other systems print the same query after it.
func TestPlansApart(t *testing.T) {
	const first = "Sort  (cost=9.00..9.10 rows=2 width=8)\n  Sort Key: id\n  ->  Seq Scan on walls  (cost=0.00..5.00 rows=2 width=8)\n        Filter: (id > 3)\n"
	const header = "               QUERY PLAN\n------------------------------------------------\n"
	for name, c := range map[string]struct {
		in    string
		plans int
	}{
		"a header, deeper":           {first + "\n" + header + "     Seq Scan on doors  (cost=0.00..7.00 rows=3 width=8)\n(1 row)\n", 2},
		"a header, times":            {first + "\n" + header + "     Seq Scan on doors  (cost=0.00..7.00 rows=3 width=8) (actual time=0.1..0.7 rows=3 loops=1)\n", 2},
		"a header, no costs":         {first + "\n" + header + "     Seq Scan on doors\n       Filter: (id > 3)\n", 2},
		"a heading":                  {first + "--- QUERY PLAN ---\n     Seq Scan on doors\n       Filter: (id > 3)\n", 2},
		"words alone, below SQL":     {first + "\nEXPLAIN (COSTS OFF) SELECT * FROM doors;\nSeq Scan on doors\n  Filter: (id > 3)\n", 2},
		"words alone, below a blank": {first + "\nSeq Scan on doors\n  Filter: (id > 3)\n", 2},
		"targets below words alone":  {first + "\n UPDATE doors SET id = 4;\nUpdate on doors\n  Update on doors doors_1\n  Update on gates doors_2\n  ->  Seq Scan on doors doors_1\n", 2},
		"a pager's header":           {first[:strings.Index(first, "  ->")] + header + first[strings.Index(first, "  ->"):], 1},
		"Hive":                       {first + "\n\nhive> explain select 1;\nSTAGE PLANS:\n  Stage: Stage-1\n      Map Operator Tree:\n          TableScan\n            Statistics: Num rows: 311 Data size: 24888\n            Select Operator\n", 1},
		"Spark":                      {first + "\nspark:\n== Physical Plan ==\n  Project: [id#1]\n", 1},
		"an extension's words":       {first[:strings.LastIndex(first, " Filter")] + " Chunks excluded: 4\n\n" + header + first, 2},
	} {
		plans, err := plan.Parse([]byte(c.in))
		if err != nil || len(plans) != c.plans {
			t.Errorf("%s: %d plans, %v", name, len(plans), err)
			continue
		}
		for _, p := range plans {
			if len(p.Warnings) > 0 || p.Gaps > 0 {
				t.Errorf("%s: %v", name, p.Warnings)
			}
		}
		if c.plans == 2 && name != "an extension's words" && plans[1].Root.Relation != "doors" {
			t.Errorf("%s: the second plan is %s", name, plans[1].Root.Type)
		}
		if name == "an extension's words" && plans[0].Root.Children[0].Number("Chunks excluded").Or(0) != 4 {
			t.Errorf("%s: lost", name)
		}
	}
}

// The words of a node are its whole line if the plan has no figures, however long they are,
// whatever an extension prints below them, and whatever plan is before it.
func TestLongWordsWithoutFigures(t *testing.T) {
	const header = "          QUERY PLAN\n-------------------------------\n"
	for _, words := range []string{"Custom Scan (Harbour Base Scan) on containers_by_terminal", "Seq Scan on containers_by_terminal_and_day containers", "Custom Scan (Harbour Adaptive)"} {
		for _, property := range []string{"Table: containers", "Exec Method: TopKExecState", "Tasks Shown: None, not supported for this query"} {
			for _, before := range []string{"", header, header + " Seq Scan on cranes  (cost=0.00..1.00 rows=1 width=4)\n(1 row)\n\n" + header} {
				text := before + " Limit\n   ->  " + words + "\n         " + property + "\n            TopK Limit: 25\n         Harbour Query: {\"with\":{\"query\":\"all\"}}\n(6 rows)\n"
				plans, err := plan.Parse([]byte(text))
				if err != nil || len(plans) != 1+strings.Count(before, "(1 row)") || plans[len(plans)-1].Len() != 2 || len(plans[len(plans)-1].Warnings) > 0 {
					t.Errorf("%s%v", text, err)
				}
			}
		}
	}
}

// TestOtherSystems: plans that do not look like PostgreSQL's are recognized and named.
func TestOtherSystems(t *testing.T) {
	for in, system := range map[string]string{
		"  distribution: full\n  vectorized: true\n\n  • scan\n":                                                            "CockroachDB",
		"explain select * from walls;\n\n== Physical Plan ==\n*(1) Project [id#0L]\n":                                       "Spark",
		"OK\nSTAGE DEPENDENCIES:\n  Stage-0 is a root stage\n\nSTAGE PLANS:\n  Stage: Stage-0\n      Limit\n        x: 5\n": "Hive",
		"| Max Per-Host Resource Reservation: Memory=4.00MB |\n| 01:EXCHANGE [UNPARTITIONED] |\n":                           "Impala",
		"Fragment 0 [SINGLE]\n    Output layout: [count]\n    │   Estimates: {rows: 1 (9B)}\n":                              "Trino",
		"││  Physical Plan  ││\n┌──────────┐\n│ SEQ_SCAN │\n":                                                               "DuckDB",
		"Expression ((Projection))\n  ReadFromMergeTree (default.walls)\n":                                                  "ClickHouse",
		"GlobalStats:\n    partitionsTotal=2\nOperations:\n1:0  ->Result  W.ID\n1:1  ->TableScan  X.W\n":                    "Snowflake",
		"Access Plan:\n-----------\n  Total Cost:  13.5\n  Query Degree:  1\n":                                              "Db2",
		"Access Path:\n+-SELECT  LIMIT 10 [Cost: 370, Rows: 10] (PATH ID: 0)\n":                                             "Vertica",
		"1) First, we lock w for read.\n2) Next, we do an all-AMPs RETRIEVE step\n":                                         "Teradata",
		`{"queryPlanner": {"winningPlan": {"stage": "COLLSCAN"}}}`:                                                          "MongoDB",
		"sqlite> EXPLAIN QUERY PLAN SELECT 1;\nQUERY PLAN\n`--SCAN walls\n":                                                 "SQLite",
		"  |--Nested Loops(Inner Join)\n       |--Index Seek(OBJECT:([a].[b]))\n":                                           "SQL Server",
	} {
		if !plan.SniffOther([]byte(in)) {
			t.Errorf("%s: not recognized", system)
		}
		if _, err := plan.Parse([]byte(in)); err == nil || !strings.Contains(err.Error(), "a plan of "+system+`"`) {
			t.Errorf("%s: %v", system, err)
		}
	}
}

// A value of several lines in psql's expanded format, as it was printed before unicode.
func TestExpandedOldASCII(t *testing.T) {
	for name, in := range map[string]string{
		"border 1": "-[ RECORD 1 ]-----\nQUERY PLAN | [ \n           :   {\n           :     \"Plan\": {\n           :       \"Node Type\": \"Result\",\n           :       \"Total Cost\": 0.01\n           :     }\n           :   }\n           : ]\n\n",
		"border 2": "+-[ RECORD 1 ]-------------------+\n| QUERY PLAN | - Plan:           |\n|            :     Node Type: \"Result\" |\n|            :     Total Cost: 0.01   |\n+------------+-------------------+\n",
	} {
		plans, err := plan.Parse([]byte(in))
		if err != nil || len(plans) != 1 || plans[0].Root.Type != "Result" || plans[0].Root.TotalCost.Or(0) != 0.01 || len(plans[0].Warnings) > 0 {
			t.Errorf("%s: %d plans, %v", name, len(plans), err)
		}
	}
}
