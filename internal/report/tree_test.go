package report

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// deepPlan is a plan with a node per level, each with a second child, a long name and
// notes.
func deepPlan(levels int) Plan {
	p := Plan{Analyzed: true, Complete: true, ExecutionMs: opt.Of(1234.5)}
	parent := -1
	for level := range levels {
		for _, label := range []string{"Nested Loop Left Join", fmt.Sprintf("Parallel Index Only Scan using customers_region_of_delivery_idx%d on customers_of_region_%d c%d", level, level, level)} {
			n := Node{
				ID: len(p.Nodes), Type: "Node", Label: label, Loops: opt.Of(float64(level + 1)), RowsTotal: opt.Of(1_234_567.0), ExpectedTotal: opt.Of(1.0),
				TotalMs: opt.Of(12_345.6), SelfMs: opt.Of(1_234.5), SelfShare: opt.Of(0.01), SelfSharedHit: opt.Of(123_456.0), SelfSharedRead: opt.Of(0.0),
				Notes: []string{"filter removes 99.999% of 123 M rows", "I/O 12 ms in all processes"},
			}
			if parent >= 0 {
				up := parent
				n.Parent = &up
			}
			p.Nodes = append(p.Nodes, n)
			if label == "Nested Loop Left Join" {
				parent = n.ID
			}
		}
	}
	p.Nodes[1].Parent = &p.Nodes[0].ID
	return p
}

// No line of a tree is wider than the terminal, each node has its line, and no name is
// broken: it is whole, or ends in an ellipsis.
func TestTreeFits(t *testing.T) {
	for _, levels := range []int{1, 3, 8, 25} {
		r := &Report{Inputs: []Input{{}}, Plans: []Plan{deepPlan(levels)}}
		for width := 50; width <= 200; width += 10 {
			for _, whole := range []bool{false, true} {
				d := r.tree(0, whole, width)
				var b strings.Builder
				d.write(&b, func(_, s string) string { return s })
				blocks := map[int]string{}
				at := -1
				for line := range strings.Lines(b.String()) {
					if w := displaywidth.String(strings.TrimRight(line, "\n")); w > width {
						t.Fatalf("%d levels, %d columns: a line of %d:\n%s", levels, width, w, line)
					}
					if id := 0; strings.HasPrefix(line, "#") {
						fmt.Sscanf(line, "#%d", &id)
						at = id
					}
					blocks[at] += line
				}
				for _, n := range r.Plans[0].Nodes {
					for word := range strings.FieldsSeq(n.Label) {
						if blocks[n.ID] == "" && (whole || len(r.Plans[0].Nodes) <= manyNodes) {
							t.Fatalf("%d levels, %d columns: no #%d", levels, width, n.ID)
						}
						if words := strings.Fields(blocks[n.ID]); blocks[n.ID] != "" && !strings.Contains(blocks[n.ID], "…") && !slices.ContainsFunc(words, func(s string) bool { return strings.Trim(s, ";()") == word }) {
							t.Errorf("%d levels, %d columns: %q is broken in\n%s", levels, width, word, blocks[n.ID])
						}
					}
				}
			}
		}
	}
}

// The first levels are indented by three, then by two or one, and lines that are deeper
// than a third of the room have their level as a number.
func TestIndentation(t *testing.T) {
	for _, c := range []struct {
		depth, room int
		want        string
	}{
		{3, 40, "333"},
		{6, 40, "222222"},
		{9, 40, "222211111"},
		{15, 40, "111111111111100"},
	} {
		got := ""
		for _, step := range indentation(c.depth, c.room)[1:] {
			got += fmt.Sprint(step)
		}
		if got != c.want {
			t.Errorf("%d levels in %d columns: %s, want %s", c.depth, c.room, got, c.want)
		}
	}
	list := branches([]int{-1, 0, 1, 1, 0}, 60)
	for i, want := range []string{"", "|- ", "|  |- ", "|  `- ", "`- "} {
		if list[i].before != want {
			t.Errorf("line %d: %q, want %q", i, list[i].before, want)
		}
	}
}

func TestShortFigures(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 7: "7", 9999: "9,999", 10_000: "10k", 123_456: "123k", 999_700: "1.0M", 2_140_000: "2.1M", 45_000_000: "45M", 3e9: "3.0bn"} {
		if got := shortCount(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
	for v, want := range map[float64]string{0.01: "<0.1", 1.24: "1.2", 11_172: "11,172", 99_999: "99,999", 250_000: "250s"} {
		if got := shortMs(v); got != want {
			t.Errorf("%v ms: %s, want %s", v, got, want)
		}
	}
}

// A plan says above its tree what the tree does not show.
func TestPlanFacts(t *testing.T) {
	p := Plan{
		Analyzed: true, Complete: true, ExecutionMs: opt.Of(1091.257), PlanningMs: opt.Of(1.334), JITMs: opt.Of(101.4), JIT: &JIT{Functions: opt.Of(49.0)},
		Settings: []Setting{{"work_mem", "1MB"}, {"jit_above_cost", "1000"}},
		Triggers: []Trigger{{Name: "audit", Calls: opt.Of(2.0), Ms: opt.Of(1.0)}, {Constraint: "orders_customer_fkey", Relation: "orders", Calls: opt.Of(1000.0), Ms: opt.Of(545.6)}},
		Nodes:    []Node{{IOReadMs: opt.Of(91.49), WALBytes: opt.Of(2048.0), WALRecords: opt.Of(12.0), WALFPI: opt.Of(1.0)}},
	}
	want := []string{
		"execution 1.09 s, planning 1.33 ms, JIT 101 ms (49 functions), I/O read 91.5 ms, WAL 2 kB (12 records, 1 full page image)",
		"settings: work_mem=1MB, jit_above_cost=1000",
		"triggers: orders_customer_fkey on orders 546 ms (1,000 calls, 50% of the execution), audit 1 ms (2 calls, 0.1% of the execution)",
	}
	if got := p.facts(); !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	p.Analyzed, p.ExecutionMs = false, opt.Float{}
	if got := p.facts()[0]; !strings.HasPrefix(got, "not executed: estimates only, planning") {
		t.Error(got)
	}
}

// A statement is broken only at blanks that mean nothing.
func TestBreakSQL(t *testing.T) {
	line := `  CREATE INDEX CONCURRENTLY "an index of orders" ON public.orders (a) WHERE state = 'not yet paid for' AND b IS NULL;`
	got := breakSQL(line, 44)
	for _, part := range got {
		if len(part) > 44 && !strings.Contains(part, "'not yet paid for'") {
			t.Errorf("%d columns: %s", len(part), part)
		}
	}
	if joined := strings.Join(strings.Fields(strings.Join(got, "\n")), " "); joined != strings.TrimSpace(line) || !strings.Contains(strings.Join(got, "\n"), `"an index of orders"`) {
		t.Errorf("%q", got)
	}
	for _, s := range []string{"COMMENT ON TABLE t IS 'one\ntwo';", "DO $$ BEGIN END $$;", "SELECT 1 -- one", "SELECT /* one */ 1"} {
		if !unbreakable(s) {
			t.Errorf("broken: %s", s)
		}
	}
}

// largest is a writer that knows the most it got at once, and fails from a number of bytes on.
type largest struct{ most, got, room int }

func (w *largest) Write(b []byte) (int, error) {
	w.most, w.got = max(w.most, len(b)), w.got+len(b)
	if w.got > w.room {
		return 0, errFull
	}
	return len(b), nil
}

var errFull = errors.New("no space left")

// The text of a large plan is printed as it is made, and no further once that fails.
func TestTextIsPrintedAsItIsMade(t *testing.T) {
	r := &Report{Inputs: []Input{{}}, Plans: []Plan{deepPlan(3000)}}
	w := &largest{room: math.MaxInt}
	if err := Write(w, r, "text", Options{Full: true}); err != nil || w.got < 3*printedAtOnce || w.most > 2*printedAtOnce {
		t.Errorf("%d bytes, of which up to %d at once: %v", w.got, w.most, err)
	}
	w = &largest{room: printedAtOnce / 2}
	if err := Write(w, r, "text", Options{Full: true}); !errors.Is(err, errFull) || w.got > 2*printedAtOnce {
		t.Errorf("%d bytes, with an error %v", w.got, err)
	}
}
