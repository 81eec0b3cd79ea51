package plan

import (
	"io"
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
