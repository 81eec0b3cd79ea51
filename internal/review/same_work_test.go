package review_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/review"
)

// A run that did the same as another one in many times its time: the plan explains only what
// the faster one took, and an index saves no more. Runs that read more, returned other rows,
// or were planned otherwise are judged as before.
func TestSameWork(t *testing.T) {
	const run1 = ` Index Scan using boats_berth on boats  (cost=0.43..8.45 rows=3 width=40) (actual time=0.030..MS rows=3 loops=1)
   Index Cond: (berth = 7)
   Filter: (upper(name) = 'ARGO'::text)
   Rows Removed by Filter: 17534
   Buffers: shared hit=HIT
 Planning Time: 0.100 ms
 Execution Time: MS ms

`
	plan := func(ms, hit string) string { return strings.NewReplacer("MS", ms, "HIT", hit).Replace(run1) }
	slow := plan("7620.100", "43554")
	without := func(p string) string { return strings.ReplaceAll(p, "   Buffers: shared hit=HIT\n", "") }
	for name, c := range map[string]struct {
		slow, fast string
		said       string
	}{
		"the same blocks, cached":  {slow, plan("899.100", "43555"), "it is not disk reads either"},
		"no buffers":               {without(strings.ReplaceAll(run1, "MS", "7620.100")), without(strings.ReplaceAll(run1, "MS", "899.100")), "Disk reads may"},
		"blocks from the disk":     {plan("7620.100", "1000 read=42554"), plan("899.100", "43555"), ""},
		"other rows":               {slow, strings.ReplaceAll(plan("899.100", "43554"), "17534", "1534"), ""},
		"fewer blocks":             {slow, plan("899.100", "9554"), ""},
		"another node":             {slow, strings.ReplaceAll(plan("899.100", "43554"), "boats_berth", "boats_berth_name"), ""},
		"not a fraction of it":     {slow, plan("4899.100", "43554"), ""},
		"both in less than moment": {plan("0.900", "43554"), plan("0.100", "43554"), ""},
	} {
		dir := write(t, map[string]string{"a.txt": c.slow, "b.txt": c.fast})
		r := run(t, filepath.Join(dir, "a.txt"), filepath.Join(dir, "b.txt"))
		if said := strings.Contains(r.Summary.Verdict, "The plan does not explain most of the 7.62 s"); said != (c.said != "") || !strings.Contains(r.Summary.Verdict, c.said) {
			t.Errorf("%s: %s", name, r.Summary.Verdict)
		}
		for _, rec := range r.Recommendations {
			if most := strings.Contains(rec.Gain, "at most the 899 ms that plan 2 took"); most != (c.said != "") {
				t.Errorf("%s: %s", name, rec.Gain)
			}
		}
	}
}

// The difference between two runs of a DELETE is in the foreign key check, not in the scan,
// and a run that found no row shows nothing of its cost.
func TestTriggersCarryTheDifference(t *testing.T) {
	const text = ` Delete on harbors  (cost=0.42..8.44 rows=0 width=0) (actual time=0.127..0.128 rows=0 loops=1)
   ->  Index Scan using harbors_name on harbors  (cost=0.42..8.44 rows=1 width=6) (actual time=0.088..0.090 rows=ROWS loops=1)
         Index Cond: (name = 'x'::text)
 Planning Time: 0.258 ms
TRIGGER Execution Time: MS ms

`
	plan := func(rows, trigger, ms string) string {
		return strings.NewReplacer("ROWS", rows, "TRIGGER", trigger, "MS", ms).Replace(text)
	}
	slow := plan("1", " Trigger for constraint boats_harbor_fkey: time=73.377 calls=1\n", "73.594")
	for name, c := range map[string]struct{ fast, said string }{
		"no row":          {plan("0", "", "0.164"), "the difference is trigger boats_harbor_fkey (73.4 ms), which plan 2 did not call. Plan 2 changed no row and plan 1 changed 1"},
		"with an index":   {plan("1", " Trigger for constraint boats_harbor_fkey: time=0.377 calls=1\n", "0.594"), "the difference is trigger boats_harbor_fkey (73.4 ms in plan 1, 0.377 ms in plan 2)"},
		"without the key": {plan("1", "", "0.164"), "which plan 2 did not call"},
	} {
		dir := write(t, map[string]string{"a.txt": slow, "b.txt": c.fast})
		r := run(t, filepath.Join(dir, "a.txt"), filepath.Join(dir, "b.txt"))
		if len(r.Changes) == 0 || !strings.Contains(r.Changes[0].Title, c.said) || strings.Contains(r.Changes[0].Title, "Index Scan") {
			t.Errorf("%s: %v", name, r.Changes)
		}
		if none := strings.Contains(r.Changes[0].Title, "changed no row"); none != (name == "no row") {
			t.Errorf("%s: %s", name, r.Changes[0].Title)
		}
	}
}

// The verdict names the system whose plan was given, also if definitions stand beside it.
func TestPlanOfAnotherSystem(t *testing.T) {
	const mysql = "-- -> Limit: 200 row(s)  (cost=52.24 rows=200) (actual time=0.173..0.456 rows=200 loops=1)\n--    -> Table scan on boats  (cost=52.24 rows=4971) (actual time=0.170..0.431 rows=200 loops=1)\n"
	for name, text := range map[string]string{
		"alone":                  "EXPLAIN ANALYZE SELECT * FROM boats;\n" + mysql,
		"beside a definition":    "EXPLAIN ANALYZE SELECT * FROM boats;\n" + mysql + "\nCREATE INDEX boats_berth ON boats (berth);\n",
		"of CockroachDB":         "  distribution: full\n  vectorized: true\n\n  • scan\n    table: boats@boats_pkey\n    spans: FULL SCAN\n",
		"a page of several such": "EXPLAIN ANALYZE SELECT * FROM boats;\n" + mysql + "\nEXPLAIN ANALYZE SELECT * FROM boats WHERE id < 9;\n" + mysql,
	} {
		r, _ := review.Run(input.Open([]string{write(t, map[string]string{"a.txt": text})}, nil), review.Options{})
		if !strings.HasPrefix(r.Summary.Verdict, "Not judged: the input has a plan of ") {
			t.Errorf("%s: %s", name, r.Summary.Verdict)
		}
	}
}

// The index that a plan of the same query uses at a fraction of the estimated cost is there.
func TestIndexSeenAtAFractionOfTheCost(t *testing.T) {
	const slow = ` Seq Scan on trips  (cost=0.00..23167.00 rows=1 width=34)
   Filter: ((from_id = 700) AND (to_id = 691))

`
	const fast = ` Index Scan using trips_from_to on trips  (cost=0.29..COST rows=1 width=34)
   Index Cond: ((from_id = 700) AND (to_id = 691))
`
	for cost, there := range map[string]bool{"8.29": true, "22168.29": false} {
		dir := write(t, map[string]string{"a.txt": slow, "b.txt": strings.Replace(fast, "COST", cost, 1)})
		r := run(t, filepath.Join(dir, "a.txt"), filepath.Join(dir, "b.txt"))
		if said := strings.Contains(r.Summary.Verdict, "its estimated cost is 8.29, not 23,167"); said != there {
			t.Errorf("%s: %s", cost, r.Summary.Verdict)
		}
	}
}
