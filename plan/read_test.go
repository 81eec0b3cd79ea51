package plan

import (
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// What Find passes on is the text of the stream, line for line. JSON that is nothing
// but plans is no log.
func TestFind(t *testing.T) {
	const node = "Seq Scan on trams  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..0.020 rows=1 loops=1)\n"
	const json = `[{"Plan": {"Node Type": "Seq Scan", "Relation Name": "trams", "Total Cost": 1.00}}]`
	long := "  Filter: (note <> '" + strings.Repeat("x", 3*linesRead) + "'::text)\n"
	for text, passed := range map[string]bool{
		node:        true,
		node + long: true,
		long + node: true,
		strings.Repeat("\n", linesRead-1) + node + "no end": true,
		"\n" + node + json:        true,
		json:                      false,
		json + "\n" + json + "\n": false,
		json + "\n" + node + long: true,
		strings.Repeat(" ", linesRead) + "\n\n" + node: true,
	} {
		for _, in := range []io.Reader{strings.NewReader(text), iotest.HalfReader(strings.NewReader(text))} {
			var got strings.Builder
			plans := 0
			for f, err := range Find("-", in, func(lines string) { got.WriteString(lines) }) {
				if err != nil || len(f.Plans()) != 1 {
					t.Fatal(err)
				}
				plans++
			}
			want := ""
			if passed {
				want = text
			}
			if plans == 0 || got.String() != want {
				t.Errorf("%.80q: %d plans, passed on %d bytes, want %d", text, plans, got.Len(), len(want))
			}
		}
	}
}

// Of any number of lines that have nothing of a plan, those near one are kept.
func TestFarLines(t *testing.T) {
	const node = "Seq Scan on trams  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..0.020 rows=1 loops=1)\n"
	const asked = "SELECT * FROM trams;\n"
	text := asked + node + strings.Repeat("# a\n", 20*far) + asked + node
	var found []*Plan
	s := &stream{passOn: func(string) {}, yield: func(f *Found, _ error) bool { found = append(found, f.Plans()...); return true }}
	if err := s.read(strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 || found[0].Line != 2 || found[1].Line != 20*far+4 || found[1].Above.Empty() || len(found[0].Warnings)+len(found[1].Warnings) > 0 {
		t.Errorf("found %d plans", len(found))
	}
	if cap(s.text) > 8*far {
		t.Errorf("room for %d lines", cap(s.text))
	}
}

// Lines behind a plan cost as much as there are, whatever they look like.
func TestLinesCostIsLinear(t *testing.T) {
	const node = "Seq Scan on trams  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..0.020 rows=1 loops=1)\n"
	const few, more = 2_000, 4
	for _, line := range []string{"", "# a", "-- a", "a | b", "| a |", "->", "-> Sort", "{", "[", "<a>", `"`, "'", "$$", "+", "/*", "```", "a: b", "Filter: (a = 'b", "QUERY PLAN", "-[ RECORD 1 ]", "- Plan:", `Query Text: "`, "Sort", "Seq Scan on a"} {
		allocated := func(n int) float64 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if plans, err := Parse([]byte(node + "\n" + strings.Repeat(line+"\n", n))); err != nil || len(plans) == 0 {
				t.Fatalf("%q: %v", line, err)
			}
			runtime.ReadMemStats(&after)
			return float64(after.TotalAlloc - before.TotalAlloc)
		}
		one := allocated(few)
		if many := allocated(more * few); many > 1.5*more*one {
			t.Errorf("%q: %d times as many lines allocate %.1f times as much", line, more, many/one)
		}
	}
}

// Of many plans, few are in memory at a time, and each keeps its line and its statement.
func TestHandOver(t *testing.T) {
	const plans, lines = 12_000, 5
	long := strings.Repeat("trams.line <> 'x'::text AND ", 20)
	one := map[string]string{
		"text":       "Seq Scan on trams  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..0.020 rows=1 loops=1)\n  Filter: (" + long + "id = 1)\nPlanning Time: 0.010 ms\nExecution Time: 0.030 ms\n\n",
		"psql":       " QUERY PLAN\n" + strings.Repeat("-", len(long)) + "\n Seq Scan on trams  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..0.020 rows=1 loops=1)\n Execution Time: 0.030 ms\n(2 rows)\n",
		"statements": "SELECT * FROM trams;\nSeq Scan on trams  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..0.020 rows=1 loops=1)\n  Filter: (" + long + "id = 1)\nExecution Time: 0.030 ms\n\n",
	}
	for name, text := range one {
		s := &stream{passOn: func(string) {}}
		found, first := 0, 1+strings.Count(text[:strings.Index(text, "Seq Scan")], "\n")
		s.yield = func(f *Found, _ error) bool {
			for _, p := range f.Plans() {
				if p.Line != found*lines+first || len(p.Warnings) > 0 || p.Above.Empty() != (name != "statements") {
					t.Errorf("%s: plan %d: %+v", name, found, p)
					return false
				}
				found++
			}
			return true
		}
		if err := s.read(strings.NewReader(strings.Repeat(text, plans))); err != nil || found != plans {
			t.Errorf("%s: %d plans, %v", name, found, err)
		}
		if name != "statements" && cap(s.text) > plans*lines*3/4 {
			t.Errorf("%s: room for %d lines", name, cap(s.text))
		}
	}
}
