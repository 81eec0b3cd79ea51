package plan

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// undressed reads lines as if they could have any decoration.
func undressed(lines []line) []*Plan {
	d := &document{lines: stripDecorations(slices.Clone(lines))}
	d.pass()
	return d.plans
}

func clean(lines []line) []*Plan {
	d := &document{lines: slices.Clone(lines)}
	d.bare()
	d.pass()
	return d.plans
}

// inOnePass reads clean lines as they are checked; nil if they cannot be read so.
func inOnePass(lines []line) []*Plan {
	d := &document{lines: slices.Clone(lines)}
	if !d.readClean() {
		d.bare()
		d.readClean()
	}
	return d.plans
}

func linesOf(s string) []line {
	var lines []line
	no := 0
	for text := range strings.Lines(s) {
		no++
		lines = append(lines, line{strings.TrimRight(text, "\r\n"), no})
	}
	return lines
}

// TestClean compares plans that are read without a search for decorations with the same
// read with one, and holds that the texts of servers are read without.
func TestClean(t *testing.T) {
	texts := map[string]string{"psql": psqlPlan, "log": loggedPlan}
	files, err := filepath.Glob("testdata/formats/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no plans", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(b)
	}
	for name, s := range texts {
		lines := linesOf(s)
		if !isClean(lines) {
			if strings.Contains(s, "\n  Update on ") {
				continue // the targets of an UPDATE have no figures
			}
			t.Errorf("%s: is not clean", name)
		}
		if want, got := undressed(lines), clean(lines); len(got) == 0 || !reflect.DeepEqual(want, got) {
			t.Errorf("%s: read otherwise without a search for decorations", name)
		} else if !reflect.DeepEqual(want, inOnePass(lines)) {
			t.Errorf("%s: read otherwise in one pass", name)
		}
	}
}

const (
	psqlPlan = `                       QUERY PLAN                        
---------------------------------------------------------
 Sort  (cost=10.00..11.00 rows=100 width=4)
   Sort Key: a."B" DESC, ((x ->> 'k'::text))
   ->  Seq Scan on a  (cost=0.00..9.00 rows=100 width=4)
         Filter: ((b ~~ 'x%'::text) AND (c < (2 * d)))
 Planning Time: 0.100 ms
(5 rows)

`
	loggedPlan = `Query Text: SELECT "a".* FROM a WHERE b > $1;
Index Scan using a_b_idx on "A" x  (cost=0.29..8.31 rows=1 width=4) (actual time=0.010..0.020 rows=1.00 loops=3)
  Index Cond: (b > 5)
  Worker 0:  actual time=0.010..0.020 rows=1 loops=1
  Worker 1:  actual rows=1 loops=1
  InitPlan 1 (returns $0)
    ->  Values Scan on "*VALUES*"  (cost=0.00..0.03 rows=2 width=4) (never executed)
  Buffers: shared hit=3
`
)

func FuzzClean(f *testing.F) {
	for _, pattern := range []string{"testdata/formats/*.txt", "testdata/hostile/*.txt"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal("no seeds in ", pattern, err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(b[:min(len(b), 3000)]))
		}
	}
	f.Add(psqlPlan)
	f.Add(loggedPlan)
	f.Fuzz(func(t *testing.T, s string) {
		lines := linesOf(s)
		if !isClean(lines) {
			return
		}
		want := undressed(lines)
		if !reflect.DeepEqual(want, clean(lines)) {
			t.Errorf("read otherwise without a search for decorations:\n%s", s)
		}
		if got := inOnePass(lines); got != nil && !reflect.DeepEqual(want, got) {
			t.Errorf("read otherwise in one pass:\n%s", s)
		}
	})
}
