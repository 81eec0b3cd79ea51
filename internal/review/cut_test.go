package review_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/review"
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
	if v := r.Summary.Verdict; r.Workload != nil && strings.HasPrefix(v, "No problem") {
		t.Errorf("verdict %q", v)
	}
	return r
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
		r := incomplete(t, write(t, map[string]string{"s.csv": text}), `s\.csv:\d+: want`)
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
	if r := incomplete(t, dir, `want the rest of the file: unexpected EOF`); len(r.Plans) == 0 {
		t.Error("no plan of those before the end")
	}
}
