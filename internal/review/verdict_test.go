package review_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/internal/testcase"
)

// allClear is how a verdict says that nothing is wrong.
var allClear = regexp.MustCompile(`(?i)no problem found|nothing (is wrong|stands out)`)

// TestNoFalseCalm: where something was not looked at, or takes most of the time
// or the cost, the verdict names it, and does not call it well.
func TestNoFalseCalm(t *testing.T) {
	many := "queryid,query,calls,total_exec_time,mean_exec_time,rows\n1,SELECT id FROM berths WHERE code = $1,9000,30000,3.33,9000\n"
	for i := range 200 {
		many += fmt.Sprintf("%d,SELECT a FROM t%d WHERE k = $1,100,350,3.5,100\n", i+2, i)
	}
	for name, test := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"estimates: an update that reads the table": {map[string]string{"p.txt": "Update on tugs  (cost=0.00..181223.00 rows=0 width=0)\n  ->  Seq Scan on tugs  (cost=0.00..181223.00 rows=3 width=46)\n        Filter: (uid = 'x'::uuid)\n"},
			[]string{"stimates only", "#1 Seq Scan on tugs", "Try R1: an index on tugs (uid)"}},
		"estimates: a hash aggregate of everything": {map[string]string{"p.txt": "HashAggregate  (cost=910220.00..910420.00 rows=20000 width=40)\n  Group Key: a\n  ->  Seq Scan on berths  (cost=0.00..210220.00 rows=20000000 width=40)\n"},
			[]string{"Estimates only", "77%", "#0 HashAggregate"}},
		"estimates: the cost that a LIMIT fetches": {map[string]string{"p.txt": "Limit  (cost=0.00..900.00 rows=1 width=40)\n  ->  Nested Loop  (cost=0.00..90000.00 rows=100 width=40)\n        ->  Seq Scan on a  (cost=0.00..80000.00 rows=100 width=4)\n        ->  Index Scan using b_pkey on b  (cost=0.42..8.44 rows=1 width=36)\n              Index Cond: (id = a.id)\n"},
			[]string{"89%", "#2 Seq Scan on a"}},
		"a hash without its input": {map[string]string{"p.txt": "Hash Join  (cost=10.00..900.00 rows=10 width=8) (actual time=20.000..700.000 rows=9 loops=1)\n  Hash Cond: (a.id = b.id)\n  ->  Seq Scan on a  (cost=0.00..400.00 rows=10 width=8) (actual time=0.100..600.000 rows=9 loops=1)\n  ->  Hash  (cost=9.00..9.00 rows=10 width=8) (actual time=9.000..9.000 rows=10 loops=1)\n"},
			[]string{"incomplete", "#2 Hash", "#1 Seq Scan on a"}},
		"only definitions": {map[string]string{"s.sql": "CREATE TABLE public.berths (id bigint PRIMARY KEY, code text);\n"},
			[]string{"Not judged", "definitions", "1 table"}},
		"counters of tables alone": {map[string]string{"t.csv": "schemaname,relname,seq_scan,seq_tup_read,idx_scan,n_tup_ins,n_tup_upd,n_tup_del,n_live_tup,n_dead_tup\npublic,berths,3,30,900,10,0,0,10,0\n"},
			[]string{"not an all-clear", "the statements"}},
		"one statement of a fifth, among many": {map[string]string{"s.csv": many},
			[]string{"berths", "30%"}},
		"a utility statement with half of the time": {map[string]string{"s.csv": "queryid,query,calls,total_exec_time,mean_exec_time,rows\n1,REFRESH MATERIALIZED VIEW tides,40,900000,22500,0\n2,SELECT a FROM t WHERE k = $1,9000,800000,88,9000\n3,SELECT b FROM t WHERE k = $1,9000,100000,11,9000\n"},
			[]string{"50%", "REFRESH"}},
		"a maintenance command of all tables": {map[string]string{"x.log": "2026-11-01 20:01:00 UTC [31] LOG:  duration: 10008000.000 ms  statement: VACUUM (FREEZE, VERBOSE);\n"},
			[]string{"VACUUM (FREEZE, VERBOSE) takes 2.78 h", "neither reads nor writes", "every table of the database"}},
		"a maintenance command of one table": {map[string]string{"x.log": "2026-11-01 20:01:00 UTC [31] LOG:  duration: 10008000.000 ms  statement: vacuum full analyze public.berths\n"},
			[]string{"VACUUM FULL writes the table", "wait until it ends."}},
		"statistics of one table": {map[string]string{"x.log": "2026-11-01 20:01:00 UTC [31] LOG:  duration: 100000.000 ms  statement: ANALYZE VERBOSE berths;\n"},
			[]string{"ANALYZE reads a sample of each table. It blocks neither reads nor writes."}},
	} {
		r, _ := review.Run(input.Open([]string{write(t, test.files)}, nil), review.Options{})
		for _, want := range test.want {
			if !strings.Contains(r.Summary.Verdict, want) {
				t.Errorf("%s: want %q, got %q", name, want, r.Summary.Verdict)
			}
		}
		if allClear.MatchString(r.Summary.Verdict) {
			t.Errorf("%s: called well: %q", name, r.Summary.Verdict)
		}
	}
}

// TestSlowestPlanLeads: of many plans the verdict is about the one that took
// longest, and of one plan without a cause it names the costliest node.
func TestSlowestPlanLeads(t *testing.T) {
	plan := func(ms int, table string) string {
		return fmt.Sprintf("Seq Scan on %s  (cost=0.00..90000.00 rows=4 width=60) (actual time=0.200..%d.000 rows=4 loops=1)\n  Filter: (code = 7)\n  Rows Removed by Filter: 4000000\nExecution Time: %d.200 ms\n\n", table, ms, ms)
	}
	slowest := "WindowAgg  (cost=0.00..1.00 rows=90000 width=8) (actual time=1.000..9000.000 rows=90000 loops=1)\n  ->  Function Scan on crunch  (cost=0.00..1.00 rows=90000 width=8) (actual time=0.900..8000.000 rows=90000 loops=1)\nExecution Time: 9001.000 ms\n\n"
	r := run(t, write(t, map[string]string{"p.txt": plan(300, "a") + plan(400, "b") + slowest + plan(200, "c")}))
	if v := r.Summary.Verdict; !strings.Contains(v, "plan 3") || !strings.Contains(v, "#1 Function Scan on crunch") {
		t.Errorf("not about the slowest plan: %q", v)
	}
	if n := r.Summary.Node; n == nil || *n != (report.NodeRef{Plan: 2, Node: 1}) {
		t.Errorf("summary.node: %v", n)
	}
	r = run(t, write(t, map[string]string{"p.txt": plan(300, "a") + plan(4000, "b") + plan(200, "c")}))
	if v := r.Summary.Verdict; !strings.Contains(v, "Seq Scan on b") || r.Summary.Lead.Or(-1) < 0 || r.Findings[r.Summary.Lead.Or(0)].Where.Plan.Or(-1) != 1 {
		t.Errorf("not about the slowest plan: %q", v)
	}
}

// TestIndexOfAnotherPlan: the index named behind a verdict makes the plan faster that the
// verdict is about, or the plan is named.
func TestIndexOfAnotherPlan(t *testing.T) {
	const slowest = "WindowAgg  (cost=0.00..1.00 rows=90000 width=8) (actual time=1.000..40.000 rows=90000 loops=1)\n  ->  Function Scan on crunch  (cost=0.00..1.00 rows=90000 width=8) (actual time=0.900..31.000 rows=90000 loops=1)\nExecution Time: 41.000 ms\n\n"
	scan := func(ms string) string {
		return "Seq Scan on parts  (cost=0.00..9000.00 rows=4 width=60) (actual time=0.200.." + ms + " rows=4 loops=1)\n  Filter: (code = 7)\n  Rows Removed by Filter: 99999\nExecution Time: " + ms + " ms\n\n"
	}
	for text, want := range map[string]string{
		slowest + scan("6.000"): "If plan 2 runs often, R1 makes it faster",
		scan("6.000") + slowest: "If plan 1 runs often, R1 makes it faster",
		scan("6.000"):           "If it runs often, R1 makes it faster",
	} {
		if r := run(t, write(t, map[string]string{"p.txt": text})); !strings.Contains(r.Summary.Verdict, want) {
			t.Errorf("%q, want %q", r.Summary.Verdict, want)
		}
	}
}

// TestUnknownTimesAreNotCompared: of nodes without times the difference is not given, and
// not as 0 ms.
func TestUnknownTimesAreNotCompared(t *testing.T) {
	plan := func(rows, ms string) string {
		return "Aggregate  (actual rows=1 loops=1)\n  ->  Seq Scan on parts p  (actual rows=" + rows + " loops=1)\n        Filter: (code = 7)\nExecution Time: " + ms + " ms\n\n"
	}
	r := run(t, write(t, map[string]string{"p.txt": plan("9", "168.000") + plan("7", "0.500")}))
	if len(r.Changes) != 1 || !strings.HasSuffix(r.Changes[0].Title, " faster") {
		t.Errorf("%+v", r.Changes)
	}
}

// TestEstimateOfAFasterPlan: that the faster plan of a query was planned by an estimate that
// was right is said, if that of the slower one was far off for the same rows.
func TestEstimateOfAFasterPlan(t *testing.T) {
	slow := func(expected, got string) string {
		return "Sort  (cost=217.11..217.34 rows=" + expected + " width=7) (actual rows=" + got + " loops=1)\n  Sort Key: seat\n" +
			"  ->  Bitmap Heap Scan on seats  (cost=9.11..214.00 rows=" + expected + " width=7) (actual rows=" + got + " loops=1)\n        Recheck Cond: (event_id = 1)\n" +
			"        ->  Bitmap Index Scan on seats_event  (cost=0.00..9.00 rows=" + expected + " width=0) (actual rows=" + got + " loops=1)\n              Index Cond: (event_id = 1)\nExecution Time: 21.403 ms\n\n"
	}
	fast := func(expected, got string) string {
		return "Index Only Scan using seats_event on seats  (cost=0.29..1125.29 rows=" + expected + " width=7) (actual rows=" + got + " loops=1)\n  Index Cond: (event_id = 1)\nExecution Time: 3.625 ms\n\n"
	}
	for text, want := range map[string]string{
		slow("93", "30000") + fast("30000", "30000"):    "plan 1 expected 93 rows and got 30,000 (#0 Sort), plan 2 expected 30,000. If",
		fast("29000", "30000") + slow("93", "30000"):    "plan 2 expected 93 rows and got 30,000 (#0 Sort), plan 1 expected 29,000. If",
		slow("900000", "30000") + fast("900", "30000"):  "", // neither is right
		slow("16000", "30000") + fast("30000", "30000"): "",
		slow("3", "300") + fast("300", "300"):           "", // few rows
	} {
		r := run(t, write(t, map[string]string{"p.txt": text}))
		if v := r.Summary.Verdict; !strings.Contains(v, want) || want == "" && strings.Contains(v, "expected") {
			t.Errorf("%q, want %q", v, want)
		}
	}
}

var percent = regexp.MustCompile(`\d[\d.]*%`)

// TestFiguresHold: on every case of every rule the verdict's percentages are
// those of a finding, a plan's node or a statement; no share is outside of 0 to
// 1, no figure is infinite, and every proposed statement and its way back parse.
func TestFiguresHold(t *testing.T) {
	paths := []string{"../../testdata/demo"}
	for _, name := range testcase.Glob(t, "../../testdata/rules/*/*") {
		paths = append(paths, testcase.Unpack(t, name))
	}
	for _, path := range paths {
		r, _ := review.Run(input.Open([]string{path}, nil), review.Options{ShowLiterals: true})
		figuresHold(t, path, r)
	}
	// More inputs, where they lie beside the checkout.
	n := 0
	_ = filepath.WalkDir("../../../shared/corpus", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			r, _ := review.Run(input.Open([]string{path}, nil), review.Options{ShowLiterals: true})
			figuresHold(t, path, r)
			n++
		}
		return nil
	})
	t.Logf("%d cases, %d further inputs", len(paths), n)
}

func figuresHold(t *testing.T, path string, r *report.Report) {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	said := map[string]bool{}
	share := func(name string, v float64) {
		if math.IsNaN(v) || v < 0 || v > 1 {
			t.Errorf("%s: %s is %v", path, name, v)
		}
		said[figures.Share(v)] = true
	}
	for _, f := range r.Findings {
		if v, ok := f.Share.Get(); ok {
			share(f.ID+" "+f.Rule, v)
		}
		for _, p := range percent.FindAllString(f.Title+f.Detail+f.Fix, -1) {
			said[p] = true
		}
		for _, e := range f.Evidence {
			if v, ok := e.Value.(float64); ok && e.Unit == "share" {
				share(f.Rule+": "+e.Name, v)
			}
		}
		if p := ofExecution.FindStringSubmatch(f.Detail); p != nil {
			if v, ok := f.Share.Get(); ok && p[1] != figures.Share(v) {
				t.Errorf("%s: %s has a share of %s and says %q", path, f.Rule, figures.Share(v), p[0])
			}
		}
	}
	for _, p := range r.Plans {
		for _, n := range p.Whole().Nodes {
			if v, ok := n.SelfShare.Get(); ok {
				share("a node", v)
			}
		}
	}
	if w := r.Workload; w != nil {
		for _, s := range w.Statements {
			if v, ok := s.Share.Get(); ok {
				share("a statement", v)
			}
		}
	}
	for _, rec := range r.Recommendations {
		for _, p := range percent.FindAllString(rec.Title+rec.Gain+rec.Cost, -1) {
			said[p] = true
		}
		if rec.Action != "create_index" && rec.Action != "drop_index" {
			continue
		}
		for _, statement := range []string{rec.Statement, rec.Rollback} {
			if statement == "" {
				t.Errorf("%s: %s has no way back", path, rec.ID)
			}
			for _, one := range lex.Split(statement) {
				if _, err := sql.Parse(one.Text); err != nil {
					t.Errorf("%s: %s: %v: %s", path, rec.ID, err, one.Text)
				}
			}
		}
	}
	if strings.Contains(string(b), "Inf") && regexp.MustCompile(`[:\s][+-]?Inf\b`).Match(b) {
		t.Errorf("%s: an infinite figure", path)
	}
	at, ok := r.Summary.Lead.Get()
	if !ok {
		return // about a node, whose figures no finding holds
	}
	if p := r.Findings[at].Where.Plan.Or(-1); p >= 0 && !r.Plans[p].Analyzed {
		return // shares of the estimated cost, which no other field holds
	}
	for _, p := range percent.FindAllString(r.Summary.Verdict, -1) {
		if !said[p] {
			t.Errorf("%s: %s is no figure of the report: %s", path, p, r.Summary.Verdict)
		}
	}
}

// ofExecution is how a finding says its share.
var ofExecution = regexp.MustCompile(`\((\S+%) of the execution\)`)

// A COMMIT that takes the time waits: the verdict says for what, and asks for no
// plan of it.
func TestSlowCommit(t *testing.T) {
	for _, text := range []string{"COMMIT", "commit work", "END", "COMMIT PREPARED $1"} {
		r := run(t, write(t, map[string]string{"s.csv": "exported_at,dbid,queryid,query,calls,total_exec_time,mean_exec_time,rows,shared_blks_hit,shared_blks_read\n" +
			noon + ",5,1," + text + ",5000,900000,180,0,0,0\n" + noon + ",5,2,SELECT * FROM orders WHERE id = $1,90000,90000,1,90000,360000,0\n"}))
		v := r.Summary.Verdict
		for _, want := range []string{"91% of total execution time", "WALSync", "SyncRep", "pg_stat_activity"} {
			if !strings.Contains(v, want) {
				t.Errorf("%s: the verdict has no %q: %s", text, want, v)
			}
		}
		if strings.Contains(v, "EXPLAIN") {
			t.Errorf("%s: %s", text, v)
		}
	}
}

// A query that is slow and rare is no emergency, but who pastes its plan asks why it is
// slow: its cause leads the verdict with exports, too.
func TestRareQuery(t *testing.T) {
	plan := "Query Text: SELECT id FROM parcels WHERE depot_id = 7 AND label = 'north-5512'\n" + slowLabel
	r := run(t, write(t, map[string]string{
		"plan.txt": plan,
		"s.csv": "exported_at,dbid,queryid,query,calls,total_exec_time,mean_exec_time,rows,shared_blks_hit,shared_blks_read\n" +
			noon + ",5,1,SELECT id FROM parcels WHERE depot_id = $1 AND label = $2,2,1624,812,6,200,18000\n" +
			noon + ",5,2,SELECT * FROM orders WHERE id = $1,90000000,9000000,0.1,90000,360000,0\n",
		"i.csv": "exported_at,dealloc,stats_reset\n" + noon + ",0," + monday + "\n",
	}))
	if v := r.Summary.Verdict; !strings.Contains(v, "#0 Seq Scan on parcels") || r.Findings[r.Summary.Lead.Or(0)].Severity != finding.Low {
		t.Errorf("got %q", v)
	}
}

// Of plans of which some were not executed, the verdict is about the one that took longest,
// unless another is far costlier.
func TestSlowestOfSome(t *testing.T) {
	const executed = "Seq Scan on ports  (cost=0.00..9000.00 rows=2 width=8) (actual time=0.1..900.0 rows=2 loops=1)\n  Filter: (code = 1)\n  Rows Removed by Filter: 400000\nExecution Time: 900.1 ms\n\n"
	for cost, want := range map[string]string{
		"80000":   "of the 900 ms of plan 1",
		"8000000": "Estimates only, plan 2 was not executed.",
	} {
		sorted := "Sort  (cost=" + cost + ".00.." + cost + ".00 rows=9000000 width=8)\n  Sort Key: id\n  ->  Seq Scan on ships  (cost=0.00..7000.00 rows=9000000 width=8)\n"
		if r := run(t, write(t, map[string]string{"plans.txt": executed + sorted})); !strings.Contains(r.Summary.Verdict, want) {
			t.Errorf("cost %s: %s", cost, r.Summary.Verdict)
		}
	}
}
