package plan_test

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/plan"
)

// framedPlan has content that web pages damage: an underscore, a comparison that
// looks like a tag, a tag in a literal.
const framedPlan = `Aggregate  (cost=64000.00..64000.01 rows=1 width=8) (actual time=900.000..900.100 rows=1 loops=1)
  ->  Seq Scan on parcels p  (cost=0.00..64000.00 rows=258 width=104) (actual time=0.300..890.000 rows=210 loops=1)
        Filter: ((ship_code || '<b>'::text) <> 'a_b|c'::text)
        Rows Removed by Filter: 9620
Planning Time: 0.200 ms
Execution Time: 901.500 ms
`

// TestMarkup checks that HTML, Markdown and line numbers do not change a plan.
func TestMarkup(t *testing.T) {
	want := figures(onePlan(t, framedPlan))
	filter := onePlan(t, framedPlan)[0].Root.Children[0].Text("Filter").Raw()
	body := strings.TrimSuffix(framedPlan, "\n")
	lines := strings.Split(body, "\n")
	escape := strings.NewReplacer("(", `\(`, ")", `\)`, "_", `\_`, "|", `\|`, "<", `\<`, "*", `\*`)
	each := func(form func(i int, l string) string) string {
		var b strings.Builder
		for i, l := range lines {
			b.WriteString(form(i, l) + "\n")
		}
		return b.String()
	}
	nbsp := func(l string) string {
		at := len(l) - len(strings.TrimLeft(l, " "))
		return strings.Repeat("&nbsp;", at) + html.EscapeString(l[at:])
	}
	for name, in := range map[string]string{
		"a page's code":        `<pre><code>` + html.EscapeString(body) + "</code></pre>\n",
		"a page's division":    "<p>Slow:</p>\n<div class=\"out\">" + html.EscapeString(body) + "</div>\n<p>Why?</p>",
		"a page's table":       "<table>\n<tr><th>QUERY PLAN</th></tr>\n" + each(func(_ int, l string) string { return "<tr><td>" + html.EscapeString(l) + "</td></tr>" }) + "</table>\n",
		"a table, cells apart": each(func(_ int, l string) string { return "    <tr>\n        <td>" + nbsp(l) + "</td>\n    </tr>" }),
		"breaks in one line":   strings.ReplaceAll(html.EscapeString(body), "\n", "<br/>") + "\n",
		"Markdown's table": "| QUERY PLAN |\n| :--- |\n" + each(func(_ int, l string) string {
			return "| " + strings.ReplaceAll(escape.Replace(l), "->", "-&gt;") + " |"
		}),
		"Markdown's blanks": each(func(_ int, l string) string {
			return "| " + strings.ReplaceAll(escape.Replace(nbsp(l)), `\&`, "&") + " |"
		}),
		"numbers":              "1shop=# EXPLAIN ANALYZE SELECT 1;\n" + each(func(i int, l string) string { return strconv.Itoa(i+2) + " " + l }) + "8(6 rows)\n",
		"numbers to the right": each(func(i int, l string) string { return fmt.Sprintf("%3d: %s", i+7, l) }),
	} {
		t.Run(name, func(t *testing.T) {
			plans := onePlan(t, in)
			if diff := cmp.Diff(want, figures(plans)); diff != "" {
				t.Errorf("%s\n%s", diff, in)
			}
			if got := plans[0].Root.Children[0].Text("Filter").Raw(); got != filter {
				t.Errorf("got %s, want %s", got, filter)
			}
			if len(plans[0].Warnings) > 0 || plans[0].ExecutionMs.Or(0) != 901.5 {
				t.Errorf("got %v, %v", plans[0].Warnings, plans[0].ExecutionMs)
			}
		})
	}
}

// TestNotMarkup checks that text which only looks like markup is kept.
func TestNotMarkup(t *testing.T) {
	p := onePlan(t, `Seq Scan on parcels  (cost=0.00..64000.00 rows=258 width=104) (actual time=0.300..890.000 rows=210 loops=1)
  Filter: ((label ~ '\(x\)'::text) AND (body = '<td>'::text))
`)[0]
	if got := p.Root.Text("Filter").Raw(); got != `((label ~ '\(x\)'::text) AND (body = '<td>'::text))` {
		t.Errorf("got %s", got)
	}
	if _, err := plan.Parse([]byte("1 apple\n2 pears (cost=3)\n3 plums\n")); err == nil {
		t.Error("a list is no plan")
	}
}

// TestFragment checks that a subtree copied without indentation is one plan, and
// that two separately copied nodes are two.
func TestFragment(t *testing.T) {
	const heap = "->  Bitmap Heap Scan on parcels  (cost=23.87..2357.58 rows=1244 width=12) (actual time=11.900..38.100 rows=98 loops=1)\nRecheck Cond: (state = 7)\n"
	const bitmap = "->  Bitmap Index Scan on parcels_state  (cost=0.00..23.34 rows=2115 width=0) (actual time=9.100..9.100 rows=51540 loops=1)\nIndex Cond: (state = 7)\n"
	const scan = "->  Seq Scan on depots  (cost=0.00..23.34 rows=2115 width=0) (actual time=9.100..9.100 rows=51540 loops=1)\n"
	for in, want := range map[string]int{
		heap + bitmap:        1,
		scan + heap:          2, // a scan takes no child
		heap + "\n" + bitmap: 2, // apart
		heap + strings.Replace(bitmap, "9.100..9.100", "9.100..99.100", 1): 2, // longer than the whole
	} {
		plans, err := plan.Parse([]byte(in))
		if err != nil || len(plans) != want {
			t.Errorf("want %d plans, got %d, %v:\n%s", want, len(plans), err, in)
		}
		if inferred := len(plans[0].Warnings) > 0; inferred != (want == 1) {
			t.Errorf("warnings %v:\n%s", plans[0].Warnings, in)
		}
	}
}

// TestFiguresByHand reads figures written by hand: without loops, with other
// names for the estimate, or with the table in prose.
func TestFiguresByHand(t *testing.T) {
	p := onePlan(t, `Sort (actual time=426.000..545.000, Disk: 13312kB)
  -> Hash Join (plan rows=1, actual rows=2179)
       -> Seq Scan (actual time=2.000..107.000 rows=522720)
       -> Nested Loop (actual time=1.000..2.000 rows=88)
            -> Seq Scan on a (actual rows=8 loops=1)
            -> Seq Scan on b (actual rows=11)
Execution Time: 598.000 ms
`)[0]
	if diff := cmp.Diff("Sort\n  Hash Join\n    Seq Scan\n    Nested Loop\n      Seq Scan a\n      Seq Scan b\n", tree(p)); diff != "" {
		t.Fatal(diff)
	}
	join := p.Root.Children[0]
	scan, loop := join.Children[0], join.Children[1]
	if join.PlanRows.Or(0) != 1 || join.RowsTotal.Or(0) != 2179 || scan.RowsTotal.Or(0) != 522720 || scan.TotalMs.Or(0) != 107 {
		t.Errorf("got %+v, %+v", join, scan)
	}
	if loop.Children[1].Loops.Known() {
		t.Error("the inner side of a loop may have run any number of times")
	}
}

// TestStatementBefore checks that a statement on the same line as its plan is
// not part of it.
func TestStatementBefore(t *testing.T) {
	p := onePlan(t, `explain analyze SELECT * FROM "Sort" WHERE id IN (1); Sort (cost=1.00..2.00 rows=3 width=4) (actual time=1.0..2.0 rows=3 loops=1) Sort Key: id -> Seq Scan on "Sort" (cost=0.00..1.00 rows=3 width=4) (actual time=0.1..0.5 rows=3 loops=1) Filter: (id > 3) Rows Removed by Filter: 77 Execution time: 2.2 ms`)[0]
	if diff := cmp.Diff("Sort\n  Seq Scan Sort\n", tree(p)); diff != "" {
		t.Error(diff)
	}
	if got := p.Root.Children[0].Number("Rows Removed by Filter").Or(0); got != 77 {
		t.Errorf("got %v rows removed", got)
	}
}
