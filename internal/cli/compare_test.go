package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/report"
)

const (
	scanPlan = ` Limit  (cost=59120.40..59120.45 rows=25 width=48) (actual time=1371.204..1371.210 rows=25 loops=1)
   Buffers: shared hit=1900 read=40110
   ->  Sort  (cost=59120.40..59132.20 rows=4720 width=48) (actual time=1371.202..1371.205 rows=25 loops=1)
         Sort Key: seen_at DESC
         Sort Method: top-N heapsort  Memory: 28kB
         Buffers: shared hit=1900 read=40110
         ->  Seq Scan on visits  (cost=0.00..58987.20 rows=4720 width=48) (actual time=0.280..1368.900 rows=4655 loops=1)
               Filter: (patient_id = 5120)
               Rows Removed by Filter: 1995345
               Buffers: shared hit=1900 read=40110
 Execution Time: 1371.280 ms
`
	indexPlan = ` Limit  (cost=0.43..91.20 rows=25 width=48) (actual time=0.041..0.104 rows=25 loops=1)
   Buffers: shared hit=29
   ->  Index Scan Backward using visits_seen on visits  (cost=0.43..17138.40 rows=4720 width=48) (actual time=0.040..0.100 rows=25 loops=1)
         Index Cond: (patient_id = 5120)
         Buffers: shared hit=29
 Execution Time: 0.125 ms
`
)

// before and after are named, what changed comes first, and --fail-on looks at what is
// new or slower after.
func TestCompare(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) string {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return name
	}
	scan, index := write("scan.txt", scanPlan), write("index.txt", indexPlan)
	warm := write("warm.txt", strings.ReplaceAll(scanPlan, "1371.280", "1380.000"))
	estimate := write("estimate.txt", " Seq Scan on visits  (cost=0.00..58987.20 rows=4720 width=48)\n   Filter: (patient_id = 5120)\n")
	logged := func(ms ...string) string {
		text := ""
		for i, x := range ms {
			q := string(rune('a' + i))
			text += "2026-01-01 10:00:00 UTC [1] LOG:  duration: " + x + " ms  plan:\n\tQuery Text: SELECT * FROM " + q + " WHERE x = 1\n" +
				"\tSeq Scan on " + q + "  (cost=0.00..10.00 rows=1 width=4) (actual time=0.100.." + x + " rows=1 loops=1)\n\t  Filter: (x = 1)\n"
		}
		return text
	}
	one, two := write("one.log", logged("10.000", "20.000", "30.000")), write("two.log", logged("10.500", "8.000", "90.000"))
	rewritten := write("rewritten.txt", "Index Scan using v_x on visits v  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..1.900 rows=1 loops=1)\n  Index Cond: (day = 1)\nExecution Time: 2.00 ms\n")
	other := write("other.txt", "Seq Scan on orders  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..0.010 rows=1 loops=1)\nExecution Time: 0.02 ms\n")

	for _, test := range []struct {
		before, after string
		status        int
		says          []string
		not           string
	}{
		{scan, index, exitDone, []string{"VERDICT  After: 0.125 ms, was 1.37 s (11,000x faster). visits_seen (#1) replaced #2 Seq Scan on visits, which took 1.37 s",
			"BEFORE AND AFTER before after change execution time 1.37 s 0.125 ms -99.99%", "NO LONGER FOUND seq-scan: #2", "PLAN after, execution 0.125 ms", "PLAN before, execution 1.37 s"}, "CREATE INDEX"},
		{index, scan, exitFailOn, []string{"VERDICT  After: 1.37 s, was 0.125 ms (11,000x slower). visits_seen is no longer used: #2 Seq Scan on visits takes 1.37 s",
			"execution time 0.125 ms 1.37 s 11,000x", "NEW FINDINGS A1 seq-scan", "the plan before already uses visits_seen"}, "CREATE INDEX"},
		{scan, warm, exitDone, []string{"VERDICT  After: 1.38 s, was 1.37 s: no difference beyond noise. Still found: #2 Seq Scan on visits", "execution time 1.37 s 1.38 s ~", "CREATE INDEX"}, "NEW FINDINGS"},
		{estimate, index, exitDone, []string{"After: estimated cost 91.2, was 58,987. Not both plans were executed"}, "faster"},
		{one, two, exitFailOn, []string{"After: of 3 queries, 1 slower, 1 faster, 1 same. Largest difference: plan 3, 90 ms, was 30 ms (3x slower)", "plan 3 30 ms 90 ms +200% SELECT * FROM c", "plan 1 10 ms 10.5 ms ~"}, ""},
		{scan, rewritten, exitDone, []string{"After: 2 ms, was 1.37 s", "The plans read different columns or have different texts: compare them only if they are two forms of one query."}, ""},
		{"-", index, exitDone, []string{"After: 0.125 ms, was 1.37 s"}, ""},
		{scan, other, exitInput, []string{"expected plans of one query on both sides"}, "faster"},
		{scan, "none.txt", exitInput, []string{"none.txt: no such file"}, "faster"},
	} {
		stdin := ""
		if test.before == "-" {
			stdin = scanPlan
		}
		got := run(stdin, "compare", test.before, test.after, "--fail-on", "high")
		flat := strings.Join(strings.Fields(got.out+got.err), " ")
		if got.status != test.status || test.not != "" && strings.Contains(flat, test.not) {
			t.Errorf("%s %s: status %d\n%s%s", test.before, test.after, got.status, got.out, got.err)
		}
		for _, want := range test.says {
			if want = strings.Join(strings.Fields(want), " "); !strings.Contains(flat, want) {
				t.Errorf("%s %s does not say %q:\n%s%s", test.before, test.after, want, got.out, got.err)
			}
		}
	}
	if got := run("", "compare", scan, index, "-q"); got.out != "After: 0.125 ms, was 1.37 s (11,000x faster). visits_seen (#1) replaced #2 Seq Scan on visits, which took 1.37 s and read 2 M rows.\n" {
		t.Error(got.out)
	}
	for format, want := range map[string]string{
		"markdown": "| execution time | 1.37\u00a0s | 0.125\u00a0ms | -99.99% |", "html": "<caption>Before, 1.37\u00a0s</caption>", "jsonl": `"comparison_slower":false`,
	} {
		if got := run("", "compare", scan, index, "-f", format); !strings.Contains(got.out, want) {
			t.Errorf("%s has no %s:\n%s", format, want, got.out)
		}
	}
	var r struct {
		Comparison *report.Comparison
		Findings   []struct{ New bool }
	}
	if err := json.Unmarshal([]byte(run("", "compare", index, scan, "-f", "json").out), &r); err != nil || r.Comparison == nil || !r.Comparison.Slower || !r.Findings[0].New || len(r.Comparison.Before) != 1 {
		t.Errorf("%v %+v", err, r.Comparison)
	}
}

// Two exports: the times decide which one is earlier, and the table has what changed.
func TestCompareExports(t *testing.T) {
	t.Chdir(t.TempDir())
	for dir, row := range map[string]string{"monday": "2026-01-05 10:00:00+00,5,SELECT * FROM t WHERE a = $1,1000,2000,2,1000", "tuesday": "2026-01-06 10:00:00+00,5,SELECT * FROM t WHERE a = $1,2000,22000,11,2000"} {
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "s.csv"), []byte("exported_at,queryid,query,calls,total_exec_time,mean_exec_time,rows\n"+row+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, order := range [][2]string{{"monday", "tuesday"}, {"tuesday", "monday"}} {
		got := run("", "compare", order[0], order[1], "--fail-on", "critical")
		flat := strings.Join(strings.Fields(got.out), " ")
		for _, want := range []string{"Between the two exports: 1 statement slower. 20 ms per call, was 2 ms (10x slower): SELECT * FROM t WHERE a = $1.", "statement-regressed 2 ms 20 ms +900% SELECT * FROM t"} {
			if got.status != exitFailOn || !strings.Contains(flat, want) {
				t.Errorf("%v: status %d, no %q\n%s%s", order, got.status, want, got.out, got.err)
			}
		}
		if exchanged := strings.Contains(flat, "before and after were exchanged"); exchanged != (order[0] == "tuesday") {
			t.Errorf("%v: exchanged %v", order, exchanged)
		}
	}
}
