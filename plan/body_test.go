package plan

import (
	"fmt"
	"strings"
	"testing"
)

// The lines of a logged plan that are taken as a whole give the plan that they give one by one,
// on the same lines: over the size of what is read at a time, with the line ends of Windows,
// around a line that lost its tab, and below a statement with a node in it.
func TestBodyOfEntry(t *testing.T) {
	const head = "2024-03-01 00:00:00.001 UTC [4000] app@shop LOG:  "
	var tree strings.Builder
	tree.WriteString("Append  (cost=0.00..9.00 rows=9 width=8) (actual time=0.010..9.000 rows=9 loops=1)\n  Buffers: shared hit=9000\n")
	const members = 2_000
	for i := range members {
		fmt.Fprintf(&tree, "  ->  Seq Scan on part_%d p  (cost=0.00..1.00 rows=1 width=8) (actual time=0.001..0.002 rows=1 loops=1)\n        Filter: (a = %d)\n        Buffers: shared hit=4\n", i, i)
	}
	if tree.Len() < 3*linesRead {
		t.Fatal("the plan fits in what is read at a time")
	}
	tabbed := "\t" + strings.ReplaceAll(strings.TrimSuffix(tree.String(), "\n"), "\n", "\n\t") + "\n"
	const place = "\n\t        Buffers: shared hit=4\n\t  ->  Seq Scan on part_1500 "
	for name, text := range map[string]string{
		"plain":     "\tQuery Text: SELECT 1\n" + tabbed,
		"Windows":   strings.ReplaceAll("\tQuery Text: SELECT 1\n"+tabbed, "\n", "\r\n"),
		"blank":     "\tQuery Text: SELECT 1\n" + strings.Replace(tabbed, place, "\n"+place, 1),
		"statement": "\tQuery Text: SELECT 1\n\t-- was Seq Scan on t  (cost=0.00..1.00\n\t-- rows=1 width=4)\n\tFROM t\n" + tabbed,
	} {
		log := head + "duration: 1.000 ms  plan:\n" + text + head + "duration: 2.000 ms  statement: SELECT 2\n"
		var plans []*Plan
		for f, err := range Find("log", strings.NewReader(log), func(string) {}) {
			if err != nil {
				t.Fatal(name, err)
			}
			if f.IsRead() {
				t.Errorf("%s: the plan is read at once", name)
			}
			f.Keep()
			plans = append(plans, f.Plans()...)
		}
		if len(plans) != 1 || plans[0].Len() != 1+members || len(plans[0].Warnings) > 0 {
			t.Fatalf("%s: %d plans", name, len(plans))
		}
		lines := strings.Split(log, "\n")
		for n := range plans[0].Nodes() {
			if n.Type == "Seq Scan" && !strings.Contains(lines[n.Line-1], n.Relation+" ") || n.Buffers.SharedHit.Or(0) == 0 {
				t.Fatalf("%s: line %d has not the node %s", name, n.Line, n.Relation)
			}
		}
		if last := plans[0].nodes[members]; last.Relation != fmt.Sprintf("part_%d", members-1) || last.Text("Filter").Raw() != fmt.Sprintf("(a = %d)", members-1) {
			t.Errorf("%s: the last node is %s", name, last.Relation)
		}
	}
}

// auto_explain.log_format = yaml: the query is a line of its own above the plan.
func TestLoggedYAML(t *testing.T) {
	entry := func(second, ms, query string) string {
		return "2026-01-31 10:00:0" + second + ".114 UTC [7] LOG:  duration: " + ms + " ms  plan:\n\tQuery Text: \"" + query + "\"\n\tPlan: \n\t  Node Type: \"Aggregate\"\n\t  Strategy: \"Plain\"\n\t  Startup Cost: 206.55\n\t  Total Cost: 206.56\n\t  Plan Rows: 1\n\t  Plan Width: 8\n" +
			"\t  Actual Startup Time: 1.447\n\t  Actual Total Time: 1.448\n\t  Actual Rows: 1\n\t  Actual Loops: 1\n\t  Plans: \n\t    - Node Type: \"Seq Scan\"\n\t      Parent Relationship: \"Outer\"\n\t      Relation Name: \"parcels\"\n\t      Alias: \"parcels\"\n\t      Startup Cost: 0.00\n\t      Total Cost: 176.04\n" +
			"\t      Plan Rows: 12204\n\t      Plan Width: 4\n\t      Actual Startup Time: 0.009\n\t      Actual Total Time: 0.818\n\t      Actual Rows: 12000\n\t      Actual Loops: 1\n"
	}
	plans, err := Parse([]byte("2026-01-31 10:00:00.001 UTC [1] LOG:  database system is ready to accept connections\n" + entry("1", "1.453", "select sum(depot) from parcels") + entry("2", "2.001", "select count(*) from parcels")))
	if err != nil || len(plans) != 2 {
		t.Fatalf("%d plans, %v", len(plans), err)
	}
	for i, want := range []struct {
		query string
		ms    float64
	}{{"select sum(depot) from parcels", 1.453}, {"select count(*) from parcels", 2.001}} {
		p := plans[i]
		if p.Query.Raw() != want.query || p.ExecMs().Or(0) != want.ms || p.Root.Type != "Aggregate" || len(p.Root.Children) != 1 || p.Root.Children[0].Rows.Or(0) != 12000 || len(p.Warnings) > 0 {
			t.Errorf("%q took %v, %v", p.Query.Raw(), p.ExecMs(), p.Warnings)
		}
	}
}
