package review_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
	"github.com/pgverdict/pgverdict/internal/testcase"
)

// write puts files into a folder of the test.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func run(t *testing.T, paths ...string) *report.Report {
	t.Helper()
	r, errs := review.Run(input.Open(paths, nil), review.Options{})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return r
}

func statements(at, reset string, calls ...int) string {
	s := "exported_at,dbid,queryid,query,calls,total_exec_time,rows\n"
	for i, n := range calls {
		s += fmt.Sprintf("%s,5,%d,SELECT * FROM orders WHERE c%d = $1,%d,%d,1\n", at, i+1, i+1, n, 2*n)
	}
	return s
}

func tables(at string, inserted int) string {
	return fmt.Sprintf("exported_at,schemaname,relname,seq_scan,idx_scan,n_tup_ins,n_tup_upd,n_tup_del,n_live_tup\n%s,public,orders,10,20,%d,0,0,100\n", at, inserted)
}

func database(at, reset string) string {
	return fmt.Sprintf("exported_at,datid,datname,xact_commit,stats_reset\n%s,5,shop,1,%s\n", at, reset)
}

const (
	monday = "2026-01-05 00:00:00+00"
	ten    = "2026-01-15 10:00:00+00"
	noon   = "2026-01-15 12:00:00+00"
)

// Rates are of the time between two exports, however they are given.
func TestTwoSnapshots(t *testing.T) {
	before := map[string]string{"s.csv": statements(ten, monday, 100, 50), "t.csv": tables(ten, 1000), "d.csv": database(ten, monday)}
	after := map[string]string{"s.csv": statements(noon, monday, 340, 50, 24), "t.csv": tables(noon, 1500), "d.csv": database(noon, monday)}
	a, b := write(t, before), write(t, after)
	mixed := map[string]string{}
	for name, text := range before {
		mixed["z"+name] = text
	}
	for name, text := range after {
		mixed["a"+name] = text
	}
	for name, paths := range map[string][]string{"two folders": {a, b}, "the later first": {b, a}, "one folder": {write(t, mixed)}} {
		r := run(t, paths...)
		w := r.Workload
		got := fmt.Sprint(*w.WindowBasis, w.WindowDays, len(w.Notes), w.Tables[0].Inserted, w.Tables[0].WritesPerDay)
		for _, s := range w.Statements {
			got += fmt.Sprint(" ", s.QueryID, ":", s.Calls, s.CallsPerDay, s.Share)
		}
		// 240 and 24 calls of 2 ms, 500 rows in two hours.
		const want = "two snapshots0.08333333333333333 0 500 6000 1:240 2880 0.9090909090909091 3:24 288 0.09090909090909091 2:0 0 0"
		if got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

// A reset between two exports is noticed: rates are then since the reset, and
// never negative.
func TestReset(t *testing.T) {
	a := write(t, map[string]string{"s.csv": statements(ten, monday, 100), "t.csv": tables(ten, 1000), "d.csv": database(ten, monday)})
	tests := map[string]struct {
		files map[string]string
		note  string
		basis string
	}{
		"reset": {map[string]string{"s.csv": statements(noon, monday, 30), "t.csv": tables(noon, 200), "d.csv": database(noon, "2026-01-15 11:00:00+00")},
			"statistics were reset between the two exports", "stats_reset"},
		"crash": {map[string]string{"s.csv": statements(noon, monday, 30), "t.csv": tables(noon, 200), "d.csv": database(noon, "")},
			"its counters went back", ""},
	}
	for name, test := range tests {
		r := run(t, a, write(t, test.files))
		w := r.Workload
		basis := ""
		if w.WindowBasis != nil {
			basis = *w.WindowBasis
		}
		if basis != test.basis || len(w.Notes) != 1 || !strings.Contains(w.Notes[0], test.note) {
			t.Errorf("%s: basis %q, notes %q", name, basis, w.Notes)
		}
		if v := w.Tables[0].WritesPerDay.Or(0); v < 0 {
			t.Errorf("%s: %v writes a day", name, v)
		}
	}
}

// A Gather without any worker explains the time below it.
func TestVerdictWithoutWorkers(t *testing.T) {
	v := run(t, testcase.Unpack(t, "../../testdata/rules/workers-not-launched/fires")).Summary.Verdict
	if !strings.HasPrefix(v, "99.95% of the 256 ms: #1 Gather Merge got 0 of its 2 workers.") {
		t.Error(v)
	}
}

// The statements of another database are not put on this one's tables.
func TestSeveralDatabases(t *testing.T) {
	const other = "exported_at,dbid,queryid,query,calls,total_exec_time,rows\n" +
		noon + ",5,1,SELECT * FROM orders WHERE a = $1,10,10,1\n" + noon + ",6,1,SELECT * FROM invoices WHERE a = $1,900,900,1\n" + noon + ",5,2,SELECT * FROM customers,1,1,1\n"
	r := run(t, write(t, map[string]string{"s.csv": other, "t.csv": tables(noon, 1)}))
	if n := len(r.Workload.Statements); n != 2 || r.Workload.Statements[0].Calls.Or(0) != 10 {
		t.Errorf("%d statements", n)
	}
	want := []string{
		"1 statement of other databases skipped: the tables belong to database 5",
		"1 statement on tables that are not in the exports, such as customers",
	}
	if diff := cmp.Diff(want, r.Workload.Notes); diff != "" {
		t.Error(diff)
	}
}

// A plan without its query is joined to the one statement that it can be of.
func TestPlanMeetsStatement(t *testing.T) {
	plan := "Seq Scan on orders  (cost=0.00..9.00 rows=1 width=4) (actual time=0.100..20.000 rows=1 loops=1)\n  Filter: (c2 = 5)\n  Rows Removed by Filter: 99999\n  Buffers: shared hit=900\nExecution Time: 20.100 ms\n"
	r := run(t, write(t, map[string]string{"p.txt": plan, "s.csv": statements(noon, monday, 1, 7, 2), "t.csv": tables(noon, 1)}))
	if len(r.Findings) != 1 || r.Findings[0].Where.QueryID == nil || *r.Findings[0].Where.QueryID != "2" {
		t.Errorf("findings %+v", r.Findings)
	}
}

// A plan that shows what the exporting server cannot print is of another one.
func TestVersionConflict(t *testing.T) {
	for version, notes := range map[string]int{"15": 1, "18": 0} {
		r := run(t, write(t, map[string]string{
			"plan.txt": "Index Scan using i on t  (cost=0.29..8.31 rows=1 width=12) (actual time=0.100..900.200 rows=1.00 loops=1)\n  Index Cond: (a = 5)\n  Index Searches: 1\nExecution Time: 901.000 ms\n",
			"s.csv":    "name,setting,unit,source\nserver_version," + version + ".4,,default\nserver_version_num," + version + "0004,,default\n",
			"t.csv":    tables(noon, 1),
		}))
		if len(r.Workload.Notes) != notes {
			t.Errorf("%s: %q", version, r.Workload.Notes)
		}
	}
}

// TestOneVersion: rules and prices go by one version, of the settings, of a
// dump's header, of a plan or of the user, in this order, and the report names it.
func TestOneVersion(t *testing.T) {
	const dump = "-- Dumped from database version 13.9\n-- Dumped by pg_dump version 15.1\n\nCREATE TABLE public.t (a integer);\n"
	const settings = "name,setting,unit,source\nserver_version,17.2,,default\nwork_mem,4096,kB,default\n"
	const planOf17 = "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..0.020 rows=1 loops=1)\nExecution Time: 0.030 ms\n"
	for name, test := range map[string]struct {
		files map[string]string
		said  int
		want  string
		note  bool
	}{
		"settings before a dump": {map[string]string{"s.csv": settings, "d.sql": dump}, 0, "17.2 pg_settings", false},
		"a dump alone":           {map[string]string{"d.sql": dump}, 0, "13.9 schema dump", false},
		"the user alone":         {map[string]string{"d.sql": dump[len("-- Dumped from database version 13.9"):]}, 16, "16 --pg-version", false},
		"the user contradicts":   {map[string]string{"s.csv": settings}, 14, "17.2 pg_settings", true},
		"a plan's bounds":        {map[string]string{"p.txt": planOf17}, 0, "17 or earlier plan 1", false},
		"the user within them":   {map[string]string{"p.txt": planOf17}, 16, "16 --pg-version", false},
		"the user outside them":  {map[string]string{"p.txt": planOf17}, 18, "17 or earlier plan 1", false},
		"settings before a plan": {map[string]string{"p.txt": planOf17, "s.csv": settings}, 0, "17.2 pg_settings", false},
		"nobody":                 {map[string]string{"q.sql": "SELECT 1;"}, 0, "", false},
	} {
		o := review.Options{}
		if test.said > 0 {
			o.PGVersion = opt.Some(test.said)
		}
		r, _ := review.Run(input.Open([]string{write(t, test.files)}, nil), o)
		got := ""
		if v := r.Summary.Server; v != nil {
			got = v.Value + " " + v.Basis
		}
		if got != test.want {
			t.Errorf("%s: want %q, got %q", name, test.want, got)
		}
		if noted := r.Workload != nil && strings.Contains(strings.Join(r.Workload.Notes, " "), "--pg-version is 14"); noted != test.note {
			t.Errorf("%s: notes %v", name, r.Workload)
		}
	}
}

// What an index saves, and for whom, does not depend on the ids of statements:
// pgAdmin's and the older exports have none.
func TestWithoutIDs(t *testing.T) {
	said := func(r *report.Report) string {
		list := []string{r.Summary.Verdict}
		for _, f := range r.Findings {
			list = append(list, fmt.Sprint(f.Rule, " ", f.Severity, " ", f.Share))
		}
		for _, rec := range r.Recommendations {
			list = append(list, fmt.Sprint(rec.Statement, " ", rec.Gain, " ", len(rec.Serves)))
		}
		return strings.Join(list, "\n")
	}
	indexes := 0
	folders := []string{"../../testdata/demo"}
	for _, name := range testcase.Glob(t, "../../testdata/rules/*/fires*") {
		folders = append(folders, testcase.Unpack(t, name))
	}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.csv"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(files, filepath.Join(folder, "pg_stat_statements.csv")) {
			continue
		}
		without := map[string]string{}
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			without[filepath.Base(path)] = withoutColumn(t, string(text), "queryid")
		}
		with := run(t, files...)
		indexes += len(with.Recommendations)
		if got, want := said(run(t, write(t, without))), said(with); got != want {
			t.Errorf("%s: without ids\n%s\nwith them\n%s", folder, got, want)
		}
	}
	if indexes == 0 {
		t.Error("no index was recommended")
	}
}

func withoutColumn(t *testing.T, text, column string) string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if at := slices.Index(records[0], column); at >= 0 {
		for i := range records {
			records[i] = slices.Delete(records[i], at, at+1)
		}
	}
	var out strings.Builder
	w := csv.NewWriter(&out)
	if err := w.WriteAll(records); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A query that was pasted beside its plan, or beside its row of
// pg_stat_statements, is that statement, however it is written.
func TestPastedInAnotherLayout(t *testing.T) {
	const (
		plan = `[{"Query Text": "select * from orders where a > -5 and paid = true order by random() limit 3", "Plan": {"Node Type": "Limit", "Total Cost": 20000, "Plan Rows": 3, "Actual Total Time": 900, "Actual Rows": 3, "Actual Loops": 1, "Plans": [` +
			`{"Node Type": "Sort", "Parent Relationship": "Outer", "Sort Key": ["(random())"], "Total Cost": 19000, "Plan Rows": 1000000, "Actual Total Time": 899, "Actual Rows": 3, "Actual Loops": 1, "Plans": [` +
			`{"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "orders", "Alias": "orders", "Total Cost": 9000, "Plan Rows": 1000000, "Actual Total Time": 400, "Actual Rows": 1000000, "Actual Loops": 1}]}]}, "Execution Time": 901}]`
		row   = "exported_at,dbid,queryid,query,calls,total_exec_time,rows\n" + noon + ",5,7,SELECT * FROM orders WHERE a > $1 AND paid = $2 ORDER BY random() LIMIT $3,1000,900000,3000\n"
		paste = "-- the slow one\nSELECT *\n  FROM \"orders\"\n WHERE a > -7 /* since */ AND paid = TRUE\n ORDER BY random()\n LIMIT 5;\n"
	)
	for name, files := range map[string]map[string]string{
		"its plan": {"p.json": plan, "q.sql": paste},
		"its row":  {"s.csv": row, "q.sql": paste},
		"both":     {"p.json": plan, "s.csv": row, "q.sql": paste},
	} {
		r := run(t, write(t, files))
		said := 0
		for _, f := range r.Findings {
			if f.Rule == "order-by-random" {
				said++
				if files["s.csv"] != "" && (f.Where.QueryID == nil || *f.Where.QueryID != "7") {
					t.Errorf("%s: the finding has no query id", name)
				}
			}
		}
		if said != 1 {
			t.Errorf("%s: said %d times", name, said)
		}
	}
}

// TestOneSetting: statements that spill need one work_mem, the largest. Two runs of one
// plan have one finding, on the slower run.
func TestOneSetting(t *testing.T) {
	spill := func(rows, disk string) string {
		return "Sort  (cost=42752.90..43502.90 rows=300000 width=15) (actual time=135.972..163.592 rows=" + rows + " loops=1)\n" +
			"  Sort Key: paid, id\n  Sort Method: external merge  Disk: " + disk + "kB\n" +
			"  ->  Seq Scan on bookings  (cost=0.00..5206.00 rows=300000 width=15) (actual time=0.005..18.337 rows=" + rows + " loops=1)\nExecution Time: 173.057 ms\n"
	}
	r, _ := review.Run(input.Open([]string{write(t, map[string]string{"a.txt": spill("300000", "7600"), "b.txt": spill("600000", "15200")})}, nil), review.Options{})
	larger, _ := review.Run(input.Open([]string{write(t, map[string]string{"b.txt": spill("600000", "15200")})}, nil), review.Options{})
	if len(r.Recommendations) != 1 || len(r.Findings) != 1 || !slices.Equal(r.Findings[0].Runs, []int{1}) {
		t.Fatalf("want one change and one finding for both plans, got %+v %+v", r.Recommendations, r.Findings)
	}
	if got, want := r.Recommendations[0], larger.Recommendations[0]; got.Statement != want.Statement || got.Gain != "writing and reading temporary files in plans 1 and 2" {
		t.Errorf("%s saves %q, the larger plan needs %s", got.Statement, got.Gain, want.Statement)
	}
	other := strings.ReplaceAll(strings.ReplaceAll(spill("600000", "15200"), "bookings", "guests"), "paid", "name")
	r, _ = review.Run(input.Open([]string{write(t, map[string]string{"a.txt": spill("300000", "7600"), "b.txt": other})}, nil), review.Options{})
	if len(r.Recommendations) != 1 || r.Recommendations[0].Statement != larger.Recommendations[0].Statement || len(r.Findings) != 2 {
		t.Errorf("want one change for two queries, got %+v", r.Recommendations)
	}
}

// TestVerdictIsCuredFirst: the first change is for the finding of the verdict, even if its
// remedy is another query that cannot be drafted and another plan needs an index.
func TestVerdictIsCuredFirst(t *testing.T) {
	const plans = `Limit  (cost=81000.10..81000.80 rows=25 width=80) (actual time=9120.100..9120.400 rows=25 loops=1)
  ->  Index Scan using posts_created_idx on posts  (cost=0.56..401200.00 rows=9000000 width=80) (actual time=0.030..8890.000 rows=1500025 loops=1)
Execution Time: 9120.600 ms

Seq Scan on users  (cost=0.00..24000.00 rows=4 width=60) (actual time=0.200..400.100 rows=4 loops=1)
  Filter: (code = 1)
  Rows Removed by Filter: 1600000
Execution Time: 400.200 ms
`
	r := run(t, write(t, map[string]string{"plans.txt": plans}))
	if len(r.Recommendations) != 2 || !slices.Contains(r.Recommendations[0].Findings, r.Summary.Lead.Or(-1)) || r.Recommendations[0].Runnable {
		t.Errorf("lead %v, changes %+v", r.Summary.Lead, r.Recommendations)
	}
}

// A query whose plans were not executed has no time, and one of which some were has that of
// those.
func TestGroupsWithoutTimes(t *testing.T) {
	const head = "               QUERY PLAN\n-----------------------------------------\n"
	text := ""
	for _, one := range []string{"walls", "walls", "doors", "doors"} {
		times := ""
		if one == "doors" && !strings.Contains(text, "doors") {
			times = " (actual time=0.1..30.0 rows=2 loops=1)\n Planning Time: 0.1 ms\n Execution Time: 31.0 ms"
		}
		text += "shop=# EXPLAIN SELECT * FROM " + one + ";\n" + head + " Seq Scan on " + one + "  (cost=0.00..5.00 rows=2 width=8)" + times + "\n(1 row)\n\n"
	}
	r := run(t, write(t, map[string]string{"plans.txt": text}))
	if len(r.Queries) != 2 {
		t.Fatalf("%d queries", len(r.Queries))
	}
	if doors := r.Queries[0]; doors.TotalMs.Or(0) != 31 || doors.WorstMs.Or(0) != 31 || doors.Plans != 2 {
		t.Errorf("%+v", doors)
	}
	if walls := r.Queries[1]; walls.TotalMs.Known() || walls.WorstMs.Known() || walls.Plans != 2 {
		t.Errorf("%+v", walls)
	}
}
