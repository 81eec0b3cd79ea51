package review_test

import (
	"bytes"
	"compress/gzip"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
	"github.com/pgverdict/pgverdict/internal/testcase"
)

// incomplete reviews inputs that are not whole: the run has errors, which say
// why, and each input that an error names has it among its warnings.
func incomplete(t *testing.T, dir string, why ...string) *report.Report {
	t.Helper()
	r, errs := review.Run(input.Open([]string{dir}, nil), review.Options{})
	if len(errs) != len(why) {
		t.Fatalf("errors %q, want %d", errs, len(why))
	}
	for i, want := range why {
		if !regexp.MustCompile(want).MatchString(errs[i].Error()) {
			t.Errorf("error %q, want %q", errs[i], want)
		}
	}
	if v := r.Summary.Verdict; len(r.Plans) == 0 && strings.HasPrefix(v, "No problem") {
		t.Errorf("verdict %q", v)
	}
	return r
}

// A plan without its end may be of a statement that is slow outside of the nodes.
func TestCutQuickPlan(t *testing.T) {
	const quick = `Append  (cost=0.00..35.00 rows=2 width=74) (actual time=0.050..2.100 rows=325 loops=1)
  ->  Seq Scan on docks  (cost=0.00..0.00 rows=1 width=74) (actual time=0.001..0.001 rows=0 loops=1)
  ->  Index Scan using docks_7_pkey on docks_7  (cost=0.42..35.06 rows=1 width=74) (actual time=0.049..2.017 rows=325 loops=1)
        Index Cond: (id > 7)
`
	const want = "Its nodes took 2.1 ms. If the statement is slow, the time is in the planning"
	r := incomplete(t, write(t, map[string]string{"plan.txt": quick}), "the Execution Time line is missing")
	if v := r.Summary.Verdict; !strings.Contains(v, want) {
		t.Errorf("verdict %q, want %q", v, want)
	}
	often := strings.ReplaceAll(quick, "loops=1)", "loops=3)")
	r = incomplete(t, write(t, map[string]string{"plan.txt": often}), "the nodes above #0 Append are missing, which ran 3 times")
	if v := r.Summary.Verdict; strings.Contains(v, "Its nodes took") {
		t.Errorf("verdict %q of a part of a plan", v)
	}
}

// Where statements are missing nobody knows the total, and there is no share.
func TestCutStatements(t *testing.T) {
	whole := statements(noon, monday, 900, 100, 50)
	r := run(t, write(t, map[string]string{"s.csv": whole}))
	if s := r.Workload.Statements[0]; !s.Share.Known() {
		t.Fatal("no share of a whole export")
	}
	for name, text := range map[string]string{
		"failed":       whole + "ERROR:  out of shared memory\n",
		"cut in a row": whole[:len(whole)-8],
	} {
		r := incomplete(t, write(t, map[string]string{"s.csv": text}), `s\.csv:\d+: expected`)
		for _, s := range r.Workload.Statements {
			if s.Share.Known() {
				t.Errorf("%s: a share of what is not known: %v", name, s.Share)
			}
		}
		if len(r.Inputs[0].Warnings) == 0 {
			t.Errorf("%s: no warning", name)
		}
	}
}

// A log whose gzip ends early gives the plans that came before, and is an error.
func TestCutGzip(t *testing.T) {
	var b strings.Builder
	for i := range 4000 {
		b.WriteString("2026-01-15 12:00:00 UTC [1] LOG:  duration: 7.5 ms  plan:\n\tQuery Text: select 1\n\tResult  (cost=0.00..0.01 rows=1 width=4) (actual time=0.002..0.003 rows=1 loops=1)\n")
		b.WriteString(strings.Repeat(string(rune('a'+i%26)), 1+i*7919%90) + "\n")
	}
	var zipped bytes.Buffer
	z, _ := gzip.NewWriterLevel(&zipped, gzip.NoCompression)
	_, _ = z.Write([]byte(b.String()))
	_ = z.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pg.log.gz"), zipped.Bytes()[:zipped.Len()-1000], 0o666); err != nil {
		t.Fatal(err)
	}
	if r := incomplete(t, dir, `expected the rest of the file: unexpected EOF`); len(r.Plans) == 0 {
		t.Error("no plan of those before the end")
	}
}

// Of an export whose definitions were cut off, nothing follows from what they do
// not list: not that a foreign key has no index, nor that an index goes unused.
func TestCutDefinitions(t *testing.T) {
	fires, err := testcase.Files("../../testdata/rules/missing-fk-index/fires")
	if err != nil {
		t.Fatal(err)
	}
	export := func(change func(name, text string) string) string {
		kept := map[string]string{}
		for name, text := range fires {
			if changed := change(name, text); changed != "" {
				kept[name] = changed
			}
		}
		return write(t, kept)
	}
	says := func(r *report.Report) bool {
		for _, f := range r.Findings {
			if f.Rule == "missing-fk-index" {
				return true
			}
		}
		return false
	}
	if !says(run(t, export(func(_, text string) string { return text }))) {
		t.Fatal("the whole export says nothing of the foreign key")
	}
	named := export(func(name, text string) string {
		switch name {
		case "pg_class.csv":
			return text + "public,visits_visitor_idx,i,p,f,166,60000,0,,1359872,1359872,,\n"
		case "pg_stat_user_indexes.csv":
			return "" // pg_class alone has the name, and not which table's it is
		}
		return text
	})
	if r := incomplete(t, named, `pg_index\.csv: pg_index has 2 of the 3 indexes that pg_class lists\. The export was cut off.*run it again`); says(r) {
		t.Error("a foreign key is without an index though not all indexes are known")
	}
	failed := export(func(name, text string) string {
		if name == "pg_index.csv" {
			return text + "psql:export.sql:62: ERROR:  canceling statement due to lock timeout\n"
		}
		return text
	})
	incomplete(t, failed, `pg_index\.csv:4: expected a row: the statement failed: ERROR: canceling statement due to lock timeout`)
}

// Of rows that somebody left out of a text, the verdict says that they are missing.
func TestLeftOut(t *testing.T) {
	r := incomplete(t, write(t, map[string]string{"s.txt": " relname | n_live_tup | n_dead_tup\n---------+------------+------------\n orders  |        200 |         90\n [...]\n"}), "rows were left out here")
	if !strings.Contains(r.Summary.Verdict, "some rows of pg_stat_user_tables") {
		t.Error(r.Summary.Verdict)
	}
}

// What is said of sessions and slots of which no rule says more.
func TestNotesOnSessionsAndSlots(t *testing.T) {
	for text, want := range map[string]string{
		" pid | state | xact_start | query\n---+---+---+---\n 7 | idle in transaction | 2026-11-01 10:00:00+00 | SELECT 1\n":                                    "1 session idle in transaction, for a time that is not in the input",
		" pid | state | duration | query\n---+---+---+---\n 7 | active | 17:52:14 | autovacuum: VACUUM pg_toast.pg_toast_9 (to prevent wraparound)\n":           "pid 7 is an autovacuum worker that prevents transaction ID wraparound, which has run for at least 17.9 h",
		" slot_name | active | wal_status | retained\n---+---+---+---\n sub_a | f | reserved | 900 MB\n":                                                        "replication slot sub_a has no client",
		" slot_name | active | wal_status | retained\n---+---+---+---\n sub_a | f | reserved | 12 kB\n":                                                         "",
		" pid | state | xact_start | now | query\n---+---+---+---+---\n 7 | idle in transaction | 2026-11-01 10:00:00+00 | 2026-11-01 10:00:01+00 | SELECT 1\n": "",
	} {
		notes := strings.Join(run(t, write(t, map[string]string{"s.txt": text})).Workload.Notes, "\n")
		if want == "" && notes != "" || !strings.Contains(notes, want) {
			t.Errorf("%s%s", text, notes)
		}
	}
}

// What somebody picked by hand is no fault: the run ends well, and says what it
// had.
func TestPickedByHand(t *testing.T) {
	dir := write(t, map[string]string{
		"defs.csv": "schemaname,tablename,indexname,indexdef\npublic,orders,orders_pkey,CREATE UNIQUE INDEX orders_pkey ON public.orders USING btree (id)\n",
		"use.csv":  "schemaname,relname,indexrelname,idx_scan\npublic,orders,orders_pkey,3\npublic,lines,lines_pkey,3\npublic,lines,lines_sku_idx,0\n",
	})
	if notes := strings.Join(run(t, dir).Workload.Notes, "\n"); !strings.Contains(notes, "pg_index has 1 of the 3 indexes that pg_stat_user_indexes lists") {
		t.Errorf("notes %q", notes)
	}
}

// A statement that an earlier export lacks may have run before it: nothing is
// counted from an export that was cut off.
func TestCutEarlierExport(t *testing.T) {
	first := statements(ten, monday, 900, 100, 50)
	dir := write(t, map[string]string{
		"a/s.csv": first[:len(first)-8], "a/db.csv": database(ten, monday),
		"b/s.csv": statements(noon, monday, 1000, 101, 60), "b/db.csv": database(noon, monday),
	})
	r := incomplete(t, dir, `a/s\.csv:4: expected`)
	if b := r.Workload.WindowBasis; b == nil || *b != "stats_reset" || r.Workload.Statements[0].Calls != opt.Of(1000.0) {
		t.Errorf("window %v, calls %v", b, r.Workload.Statements[0].Calls)
	}
	if notes := strings.Join(r.Workload.Notes, "\n"); !strings.Contains(notes, "the earlier export lacks rows of pg_stat_statements") {
		t.Errorf("notes %q", notes)
	}
}

var ofTime = regexp.MustCompile(`\d% of (total execution|all statements')`)

// Where the total is not known no text, figure or evidence of any rule is a part
// of it: neither a small one, nor all.
func TestNoShareOfAnUnknownTotal(t *testing.T) {
	for _, name := range testcase.Glob(t, "../../testdata/rules/*/fires*") {
		files, err := testcase.Files(name)
		if err != nil {
			t.Fatal(err)
		}
		if files["pg_stat_statements.csv"] == "" {
			continue
		}
		files["pg_stat_statements.csv"] += "FATAL:  terminating connection due to administrator command\n"
		r := incomplete(t, write(t, files), "the statement failed: FATAL")
		texts := []string{r.Summary.Verdict}
		for _, f := range r.Findings {
			texts = append(texts, f.Title, f.Detail, f.Fix)
			if f.Share.Known() && !f.Where.Plan.Known() {
				t.Errorf("%s: %s has a share: %v", name, f.Rule, f.Share)
			}
			for _, e := range f.Evidence {
				if strings.Contains(e.Name, "share of total execution time") {
					t.Errorf("%s: %s: %s %v", name, f.Rule, e.Name, e.Value)
				}
			}
		}
		for _, c := range r.Recommendations {
			texts = append(texts, c.Gain)
		}
		for _, text := range texts {
			if ofTime.MatchString(text) {
				t.Errorf("%s: %q", name, text)
			}
		}
	}
}

// An index that may be there already is not proposed for the workload: the
// definitions were not exported, or not all of them.
func TestNoIndexBesideUnknownOnes(t *testing.T) {
	demo := map[string]string{}
	files, err := filepath.Glob("../../testdata/demo/*.csv")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		demo[filepath.Base(path)] = string(text)
	}
	asked := func(change func(files map[string]string)) (rules int) {
		files := maps.Clone(demo)
		change(files)
		r, _ := review.Run(input.Open([]string{write(t, files)}, nil), review.Options{})
		for _, f := range r.Findings {
			if f.Rule == "missing-index" || f.Rule == "missing-fk-index" {
				rules++
			}
		}
		return rules
	}
	if asked(func(map[string]string) {}) == 0 {
		t.Fatal("the whole export has no index to propose")
	}
	for name, change := range map[string]func(files map[string]string){
		"no definitions": func(files map[string]string) { delete(files, "pg_index.csv") },
		"definitions cut": func(files map[string]string) {
			files["pg_index.csv"] = strings.Join(strings.SplitAfter(files["pg_index.csv"], "\n")[:2], "")
		},
		"neither definitions nor names": func(files map[string]string) {
			for _, name := range []string{"pg_index.csv", "pg_stat_user_indexes.csv", "pg_statio_user_indexes.csv"} {
				delete(files, name)
			}
		},
		"names alone": func(files map[string]string) { delete(files, "pg_index.csv"); delete(files, "pg_constraint.csv") },
	} {
		if n := asked(change); n > 0 {
			t.Errorf("%s: %d findings ask for an index", name, n)
		}
	}
}

// Where the author left the figures of most nodes out, no small part passes for the largest.
func TestShortened(t *testing.T) {
	const shortened = ` Limit  (cost=9000.00..9001.00 rows=12 width=16) (actual time=310.000..310.010 rows=12 loops=1)
   ->  Sort  (cost=9000.00..9001.00 rows=12 width=16) (actual time=310.000..310.008 rows=12 loops=1)
         Sort Key: (count(*))
         ->  HashAggregate  (cost=9000.00..9001.00 rows=12 width=16)
               Group Key: depot
               ->  Seq Scan on parcels  (cost=0.00..6000.00 rows=400000 width=8)
 Execution Time: 311.000 ms
`
	r := incomplete(t, write(t, map[string]string{"plan.txt": shortened}), "2 lines could not be read completely")
	if want := "it took 311 ms, and it is unknown which node took it."; !strings.Contains(r.Summary.Verdict, want) {
		t.Errorf("want %q, got %q", want, r.Summary.Verdict)
	}
}

// A plan that ends early: a small part that is known does not pass for what takes the time.
func TestCutSaysNoSmallPart(t *testing.T) {
	text := `[{"Plan":{"Node Type":"Append","Actual Total Time":3060.0,"Actual Rows":10,"Actual Loops":1,"Plans":[
{"Node Type":"Seq Scan","Relation Name":"parcels","Actual Total Time":9.0,"Actual Rows":20000,"Actual Loops":1},
{"Node Type":"Seq Scan","Relation Name":"boxes","Actual Total Time":2.0,"Actual Rows":5,"Actual Loo`
	r := incomplete(t, write(t, map[string]string{"plan.json": text}), "the text ends before the end of the plan")
	if v := r.Summary.Verdict; strings.Contains(v, "parcels") || !strings.HasPrefix(v, "The plan is incomplete") {
		t.Errorf("verdict %q", v)
	}
}
