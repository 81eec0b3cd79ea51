package review_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
)

// A partial index on a statement's literal is proposed without printing it, as
// SQL that no server runs: with another value in its place the statement would
// build another index.
func TestHiddenLiteralIsNotRunnable(t *testing.T) {
	const plan = `Seq Scan on %  (cost=0.00..844969.99 rows=56087 width=8) (actual time=0.019..1265.883 rows=51833 loops=1)
  Filter: (#)
  Rows Removed by Filter: 2487813
  Buffers: shared hit=202662
Planning Time: 0.1 ms
Execution Time: 1270.000 ms
`
	for _, c := range []struct{ table, filter, hidden, shown string }{
		{"users", "(handle)::text <> 'PLANTED'::text", "WHERE handle <> <hidden>", "WHERE handle <> 'PLANTED'"},
		{"parcels", "depot <> 918273", "WHERE depot <> <hidden>", "WHERE depot <> 918273"},
	} {
		text := strings.NewReplacer("%", c.table, "#", c.filter).Replace(plan)
		for _, show := range []bool{false, true} {
			r, errs := review.Run(input.Open([]string{"-"}, strings.NewReader(text)), review.Options{ShowLiterals: show})
			if len(errs) > 0 || len(r.Recommendations) != 1 {
				t.Fatalf("%d recommendations, %v", len(r.Recommendations), errs)
			}
			want := c.hidden
			if show {
				want = c.shown
			}
			rec := r.Recommendations[0]
			if !strings.Contains(rec.Statement, want) || rec.Runnable != show || (rec.NotRunnable == "") != show {
				t.Errorf("%s\nlacks %s, or its runnable %v (%q) is wrong", rec.Statement, want, rec.Runnable, rec.NotRunnable)
			}
			for _, format := range []string{"text", "markdown", "html", "json", "jsonl"} {
				var out bytes.Buffer
				if err := report.Write(&out, r, format, report.Options{}); err != nil {
					t.Fatal(err)
				}
				if said := strings.Contains(strings.Join(strings.Fields(out.String()), " "), "--show-literals prints the statement in full"); said == show {
					t.Errorf("%s with its literals shown %v: the way to the whole statement is there: %v", format, show, said)
				}
				if strings.Contains(out.String(), "?';") || strings.Contains(out.String(), "<> ?;") {
					t.Errorf("%s prints a statement that builds another index", format)
				}
			}
		}
	}
}

// The way back from dropping a partial index builds that index: its definition
// is the user's own DDL, and is printed as it was given.
func TestRollbackOfPartialIndex(t *testing.T) {
	const def = `CREATE INDEX crates_open_idx ON public.crates USING btree (shelf) WHERE (state <> 'gone'::text)`
	r := run(t, write(t, map[string]string{
		"i.csv": "schemaname,tablename,indexname,indexdef\n" +
			"public,crates,crates_open_idx,\"" + def + "\"\n" +
			"public,crates,crates_open2_idx,\"" + strings.ReplaceAll(def, "crates_open_idx", "crates_open2_idx") + "\"\n",
	}))
	if len(r.Recommendations) != 1 {
		t.Fatalf("%d recommendations", len(r.Recommendations))
	}
	rec := r.Recommendations[0]
	if rec.Action != "drop_index" || !rec.Runnable || !strings.Contains(rec.Rollback, "WHERE (state <> 'gone'::text);") {
		t.Errorf("%s %v, rollback %s", rec.Statement, rec.Runnable, rec.Rollback)
	}
}
