package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/plan"
)

const counted = `Gather  (cost=1000.00..72000.00 rows=620 width=104) (actual time=0.400..900.000 rows=630 loops=1)
  Workers Planned: 2
  Workers Launched: 2
  ->  Parallel Seq Scan on parcels p  (cost=0.00..64000.00 rows=258 width=104) (actual time=0.300..890.000 rows=210 loops=3)
        Filter: (label ~~* 'north%'::text)
        Rows Removed by Filter: 9620
Planning Time: 0.200 ms
Execution Time: 901.500 ms
`

// TestCodeMarks checks that comment and code delimiters directly before and
// after a plan are not read as part of it.
func TestCodeMarks(t *testing.T) {
	want := figures(onePlan(t, counted))
	body := strings.TrimSuffix(counted, "\n")
	for name, in := range map[string]string{
		"a comment":                  "select 1;\n/*" + body + "*/\n",
		"a comment's end, blank":     "/* Before:\n" + body + " */\n",
		"a comment, indented":        "\t/*" + strings.ReplaceAll(body, "\n", "\n\t") + "*/",
		"code":                       "After:\n`" + body + "`\n",
		"a fence":                    "```" + body + "```\n",
		"quoted lines of a comment":  "-- " + strings.ReplaceAll(strings.Replace(body, "Planning Time: 0.200 ms", `"Planning Time: 0.200 ms"`, 1), "\n", "\n-- "),
		"quotes behind alone":        strings.ReplaceAll(body, "\n", "\"\n") + "\"\n",
		"a template above":           "const plan = given || `\n" + body + "`;\n\nconst other = 1\n",
		"a raw string above":         "plan = r\"\"\"\n" + body + "\"\"\",\n",
		"a dollar quote above":       "SELECT $$\n" + body + "$$);\n",
		"two comments in one script": "/*" + body + "*/\n",
	} {
		plans := onePlan(t, in)
		if diff := cmp.Diff(want, figures(plans)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if len(plans[0].Warnings) > 0 || plans[0].ExecutionMs.Or(0) != 901.5 || plans[0].PlanningMs.Or(0) != 0.2 {
			t.Errorf("%s: got %v, %v", name, plans[0].Warnings, plans[0].ExecutionMs)
		}
	}
}

func onePlan(t *testing.T, in string) []*plan.Plan {
	t.Helper()
	plans, err := plan.Parse([]byte(in))
	if err != nil || len(plans) != 1 {
		t.Fatalf("got %d plans, %v", len(plans), err)
	}
	return plans
}

// TestRootLost checks that below an unreadable Gather the workers' time counts
// once, with a warning.
func TestRootLost(t *testing.T) {
	p := onePlan(t, "see:Gather/Top (cost=1000.00..72000.00 rows=620 width=104) (actual time=0.400..900.000 rows=630 loops=1)\n"+counted[strings.Index(counted, "  Workers Planned"):])[0]
	if p.Len() != 1 || p.Root.TotalMs.Or(0) != 890 || p.Root.RowsTotal.Or(0) != 630 {
		t.Errorf("got %d nodes, %v ms, %v rows", p.Len(), p.Root.TotalMs, p.Root.RowsTotal)
	}
	if p.Gaps != 1 || len(p.Warnings) != 1 || p.Warnings[0].Line != 1 {
		t.Errorf("got %d lost, %v", p.Gaps, p.Warnings)
	}
}

// TestBlanksBetweenFigures checks lines in which a page changed the spaces
// between figures.
func TestBlanksBetweenFigures(t *testing.T) {
	for _, gap := range []string{" ", "  ", "    "} {
		in := strings.ReplaceAll(`Hash  (cost=1.00..2.00 rows=4 width=4) (actual time=1.000..2.000 rows=3 loops=1)
  Buckets: 2048 (originally 1024)~Batches: 4 (originally 1)~Memory Usage: 59kB
  ->  Sort  (cost=1.00..2.00 rows=4 width=4) (actual time=1.000..2.000 rows=3 loops=1)
        Sort Key: a
        Sort Method: external merge~Disk: 30kB
        ->  Memoize  (cost=1.00..2.00 rows=4 width=4) (actual time=1.000..2.000 rows=3 loops=1)
              Hits: 5~Misses: 2~Evictions: 0~Overflows: 0~Memory Usage: 7kB
              ->  Incremental Sort  (cost=1.00..2.00 rows=4 width=4) (actual time=1.000..2.000 rows=3 loops=1)
                    Full-sort Groups: 7~Sort Methods: quicksort, top-N heapsort~Average Memory: 30kB~Peak Memory: 31kB
`, "~", gap)
		p := onePlan(t, in)[0]
		got := map[string]float64{}
		for n := range p.Nodes() {
			for _, name := range []string{"Hash Batches", "Original Hash Batches", "Original Hash Buckets", "Sort Space Used", "Cache Misses", "Peak Memory Usage"} {
				if v, ok := n.Number(name).Get(); ok {
					got[n.Type+" "+name] = v
				}
			}
			if groups, ok := n.Property("Full-sort Groups"); ok {
				got["groups"] = groups.Group()[0].Value.Number.Or(0)
				got["peak"] = groups.Group()[2].Value.Group()[1].Value.Number.Or(0)
			}
		}
		want := map[string]float64{"Hash Hash Batches": 4, "Hash Original Hash Batches": 1, "Hash Original Hash Buckets": 1024, "Hash Peak Memory Usage": 59,
			"Sort Sort Space Used": 30, "Memoize Cache Misses": 2, "Memoize Peak Memory Usage": 7, "groups": 7, "peak": 31}
		if diff := cmp.Diff(want, got); diff != "" || len(p.Warnings) > 0 {
			t.Errorf("%d blanks: %s %v", len(gap), diff, p.Warnings)
		}
	}
}

// TestQuotesOfJSON checks that a JSON member is not read as a quoted line.
func TestQuotesOfJSON(t *testing.T) {
	p := onePlan(t, `[{"Plan": {
  "Node Type": "Seq Scan",
  "Alias": "a (cost=0.00..1.00 rows=1 width=4)"
}}]`)[0]
	if p.Root.Alias != "a (cost=0.00..1.00 rows=1 width=4)" {
		t.Errorf("got %q", p.Root.Alias)
	}
}

// TestFiguresAreShown checks that a warning about figures quotes them.
func TestFiguresAreShown(t *testing.T) {
	p := onePlan(t, `Hash  (cost=1.00..2.00 rows=4 width=4) (actual time=1.000..2.000 rows=3 loops=1)
  Buckets: 1024  Batches: many
`)[0]
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0].Error(), "Buckets: 1024  Batches: many") {
		t.Errorf("got %v", p.Warnings)
	}
}

// TestLeads checks that what stands before the first line of a plan alone does not hide
// it.
func TestLeads(t *testing.T) {
	want := figures(onePlan(t, counted))
	for _, lead := range []string{" * ", "* ", "- ", "• ", "1. ", "(1) ", "=> ", "Plan: ", "Before the index: ", "/* ", " * Plan A: ", "# "} {
		p := onePlan(t, "/*\n * Before\n"+lead+counted+" */\n")
		if diff := cmp.Diff(want, figures(p)); diff != "" || len(p[0].Warnings) > 0 {
			t.Errorf("%q: %s %v", lead, diff, p[0].Warnings)
		}
	}
	for _, prose := range []string{"a Seq Scan (cost=1.00..2.00 rows=3 width=4) was slow\n", "we saw a Seq Scan on a  (cost=1.00..2.00 rows=3 width=4)\n"} {
		if plans, err := plan.Parse([]byte(prose)); err == nil {
			t.Errorf("%q: %d plans", prose, len(plans))
		}
	}
}

// TestXMLBehindALead checks that a plan in XML whose first tag follows something on its
// line is read from its root on.
func TestXMLBehindALead(t *testing.T) {
	const node = `<Plan>
 <Node-Type>Limit</Node-Type>
 <Actual-Startup-Time>0.010</Actual-Startup-Time>
 <Actual-Total-Time>7.020</Actual-Total-Time>
 <Actual-Rows>3</Actual-Rows>
 <Actual-Loops>1</Actual-Loops>
 <Plans>
  <Plan>
   <Node-Type>Seq Scan</Node-Type>
   <Relation-Name>crate</Relation-Name>
   <Alias>crate</Alias>
   <Actual-Startup-Time>0.010</Actual-Startup-Time>
   <Actual-Total-Time>7.010</Actual-Total-Time>
   <Actual-Rows>3</Actual-Rows>
   <Actual-Loops>1</Actual-Loops>
  </Plan>
 </Plans>
</Plan>
`
	const query = "<Query>\n" + node + "<Execution-Time>8.1</Execution-Time>\n</Query>\n"
	for name, in := range map[string]string{
		"alone":                node,
		"a dollar quote":       "SELECT keep($$   " + node + "$$, NULL);\n",
		"a title":              "the plan: " + node,
		"a string, the query":  `xml = """` + query + `"""`,
		"a string, everything": "plan := `<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n" + query + "</explain>`\n",
	} {
		plans := onePlan(t, in)
		if root := plans[0].Root; root.Type != "Limit" || root.TotalMs.Or(0) != 7.02 || len(root.Children) != 1 || root.Children[0].Relation != "crate" || len(plans[0].Warnings) > 0 {
			t.Errorf("%s: %s %v %v", name, root.Type, root.TotalMs, plans[0].Warnings)
		}
	}
}

// TestPlanInALiteral checks that the doubled quotes of a plan inside a literal of SQL are
// single ones, and that empty literals and quotes within literals stay as they are.
func TestPlanInALiteral(t *testing.T) {
	for cond, want := range map[string]string{
		"(label ~ ''^Nano.*$''::text)":                                    "(label ~ '^Nano.*$'::text)",
		"((state = ''''::text) AND (label = ''open''::text))":             "((state = ''::text) AND (label = 'open'::text))",
		"(label = ANY (''{a,b}''::text[]))":                               "(label = ANY ('{a,b}'::text[]))",
		"(label = ''::text)":                                              "(label = ''::text)",
		"((label <> ''::text) AND (state <> ''::text))":                   "((label <> ''::text) AND (state <> ''::text))",
		"(label = 'it''s'::text)":                                         "(label = 'it''s'::text)",
		"((label <> ''::text) AND (state = 'open'::text))":                "((label <> ''::text) AND (state = 'open'::text))",
		"((lower(label) ~>=~ ''nano''::text) AND\n    (x = ''y''::text))": "((lower(label) ~>=~ 'nano'::text) AND (x = 'y'::text))",
	} {
		const node = "Seq Scan on crate  (cost=0.00..9.00 rows=3 width=8) (actual time=0.010..7.000 rows=3 loops=1)\n  Filter: "
		for name, in := range map[string]string{
			"a comment on a table": "COMMENT ON TABLE crate IS '\n" + node + cond + "\nPlanning Time: 0.100 ms\nExecution Time: 7.100 ms\n';\n",
			"alone":                node + cond + "\n",
		} {
			if got := onePlan(t, in)[0].Root.Text("Filter").Raw(); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
}

// TestQuotationsAreNoPlans checks that nodes of a plan that the text below it gives again
// are no plan of their own, and that a part with other figures is one.
func TestQuotationsAreNoPlans(t *testing.T) {
	const whole = `Aggregate  (cost=43110.89..43110.90 rows=1 width=4) (actual time=257.192..257.195 rows=1 loops=1)
  ->  Sort  (cost=38110.89..40610.89 rows=500000 width=4) (actual time=153.684..198.015 rows=500000 loops=1)
        Sort Key: crate.id DESC
        Sort Method: external merge  Disk: 5784kB
        ->  Seq Scan on crate  (cost=0.00..14425.00 rows=500000 width=4) (actual time=0.016..31.566 rows=500000 loops=1)
Planning Time: 0.141 ms
Execution Time: 259.720 ms
`
	const part = "  ->  Sort  (cost=38110.89..40610.89 rows=500000 width=4) (actual time=153.684..198.015 rows=500000 loops=1)\n        Sort Method: external merge  Disk: 5784kB\n"
	for name, c := range map[string]struct {
		in    string
		plans int
	}{
		"a part in a fence":      {"```\n" + whole + "```\nLook at the sort:\n```\n" + part + "```\nIt spilled.\n", 1},
		"a part within a line":   {"```\n" + whole + "```\nMost was spent in `Sort  (cost=38110.89..40610.89 rows=500000 \nwidth=4) (actual time=153.684..198.015 rows=500000 loops=1)`, as you see.\n", 1},
		"of another run":         {"```\n" + whole + "```\nAfter:\n```\n" + strings.Replace(part, "198.015", "98.015", 1) + "```\n", 2},
		"the plan in two halves": {"```\n" + part + "```\n", 1},
	} {
		plans, err := plan.Parse([]byte(c.in))
		if len(plans) != c.plans {
			t.Errorf("%s: %d plans, %v", name, len(plans), err)
		}
		if c.plans == 1 && strings.Contains(c.in, "Aggregate") && (len(slices.Collect(plans[0].Nodes())) != 3 || len(plans[0].Warnings) > 0) {
			t.Errorf("%s: %v", name, plans[0].Warnings)
		}
	}
}

// TestBrokenLines checks lines of nodes that follow a property without a line break, and
// arrows that point at a node in place of its indentation.
func TestBrokenLines(t *testing.T) {
	const joined = `Nested Loop  (cost=1167.42..1257.19 rows=5 width=96) (actual time=9.000..90.100 rows=5 loops=1)
  ->  Hash Join  (cost=1167.01..1254.40 rows=5 width=42) (actual time=8.000..80.100 rows=5 loops=1)
        Hash Cond: (seats.tour = tours.id)
        ->  Seq Scan on seats  (cost=0.00..70.34 rows=4534 width=8) (actual time=0.010..7.100 rows=4534 loops=1)
        ->  Hash  (cost=1167.00..1167.00 rows=1 width=34) (actual time=6.000..6.100 rows=1 loops=1)
              Buckets: 1024  Batches: 1  Memory Usage: 9kB
              ->  Seq Scan on tours  (cost=0.00..1167.00 rows=1 width=34) (actual time=0.020..5.100 rows=1 loops=1)
                    Filter: ((from_id = 700) AND (to_id = 691))
  ->  Index Scan using buses_pkey on buses  (cost=0.28..0.39 rows=1 width=23) (actual time=0.010..0.020 rows=1 loops=5)
        Index Cond: (id = seats.bus)
Planning Time: 0.200 ms
Execution Time: 90.500 ms
`
	want := figures(onePlan(t, joined))
	replaced := func(from, to string) string {
		if !strings.Contains(joined, from) {
			t.Fatalf("%q is not in the plan", from)
		}
		return strings.Replace(joined, from, to, 1)
	}
	for name, in := range map[string]string{
		"an arrow made longer":            replaced("              ->  Seq Scan on tours", ">>>>>>>>>>>>> ->  Seq Scan on tours"),
		"two of them":                     strings.Replace(replaced("              ->  Seq Scan on tours", "============= ->  Seq Scan on tours"), "        ->  Seq Scan on seats", "======= ->  Seq Scan on seats", 1),
		"behind some blanks":              replaced("              ->  Seq Scan on tours", "      ******* ->  Seq Scan on tours"),
		"a line break lost":               replaced("(seats.tour = tours.id)\n", "(seats.tour = tours.id)"),
		"a line break lost, of memory":    replaced("Memory Usage: 9kB\n", "Memory Usage: 9kB"),
		"a line break lost with blanks":   replaced("(seats.tour = tours.id)\n        ->", "(seats.tour = tours.id) ->"),
		"an operator, and no node at all": replaced("Index Cond: (id = seats.bus)", "Index Cond: (id = (seats.doc ->  'bus'::text))"),
	} {
		if got := figures(onePlan(t, in)); !cmp.Equal(want, got) {
			t.Errorf("%s: %s\n%s", name, cmp.Diff(want, got), in)
		}
	}
}
