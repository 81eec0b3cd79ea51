package plan_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgverdict/pgverdict/plan"
)

// TestExplain: a plan that was written as text and read again is the same plan, whatever
// its format was; and a server's text is written as the server wrote it.
func TestExplain(t *testing.T) {
	raw := func(text plan.Text) string { return text.Raw() }
	files, err := filepath.Glob("testdata/*/*")
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	read, lines, same := 0, 0, 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil || !plan.Sniff(b) || strings.Contains(f, "newline-name") { // a line of its own has no room for that name
			continue
		}
		plans, _ := plan.Parse(b)
		for _, p := range plans {
			if p.Gaps > 0 || len(p.Warnings) > 0 {
				continue
			}
			read++
			var out strings.Builder
			for _, l := range p.Explain(raw) {
				out.WriteString(l.Text + "\n")
				if p.Format == "text" {
					lines++
					if strings.Contains(string(b), strings.TrimSpace(l.Text)) {
						same++
					} else if testing.Verbose() {
						t.Logf("%s: %s", f, l.Text)
					}
				}
			}
			if p.Analyzed {
				fmt.Fprintf(&out, "Execution Time: %.3f ms\n", p.ExecMs().Or(1))
			}
			again, _ := plan.Parse([]byte(out.String()))
			if diff := cmp.Diff(figures([]*plan.Plan{p}), figures(again)); diff != "" {
				t.Errorf("%s (-read +written and read):\n%s\n%s", f, diff, out.String())
			}
		}
	}
	if read < 10 || same < lines*9/10 {
		t.Errorf("%d plans, %d of %d lines are as the server wrote them", read, same, lines)
	}
}

// A literal is hidden wherever it is in a plan.
func TestExplainHides(t *testing.T) {
	plans, err := plan.Parse([]byte(`Index Scan using o_idx on orders o  (cost=0.43..8.45 rows=1 width=64) (actual time=0.021..0.022 rows=1 loops=1)
  Output: id, 'secret'::text
  Index Cond: (code = 'secret'::text)
  Filter: ((note)::text = ANY ('{secret,more}'::text[]))
  Rows Removed by Filter: 4
  Buffers: shared hit=3 read=1
Execution Time: 0.045 ms
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range plans[0].Explain(func(text plan.Text) string { return text.String() }) {
		got = append(got, l.Text)
	}
	if diff := cmp.Diff([]string{
		"Index Scan using o_idx on orders o  (cost=0.43..8.45 rows=1 width=64) (actual time=0.021..0.022 rows=1 loops=1)",
		"  Output: id, '?'::text", "  Index Cond: (code = '?'::text)", "  Filter: ((note)::text = ANY ('?'::text[]))", "  Rows Removed by Filter: 4", "  Buffers: shared hit=3 read=1",
	}, got); diff != "" {
		t.Error(diff)
	}
}
