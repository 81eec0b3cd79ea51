package plan_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// TestDressesBroken: a plan in any dress, whose lines were broken at a width from 40 to
// 255, is read as without, or the report says that something was lost. One width in
// every 29 is tried for a plan and a dress, another one for the next. Of all widths, nine
// are read otherwise without a word: five of a table whose name has quotes in it, and
// four of syslog at 40 and 41, where its prefix fills the line.
func TestDressesBroken(t *testing.T) {
	const first, last, stride = 40, 255, 29
	clean := cleanPlans(t)
	read, warned := 0, 0
	for i, p := range slices.Sorted(maps.Keys(clean)) {
		want := figuresOf(onePlan(t, clean[p]))
		for k, dress := range slices.Sorted(maps.Keys(dresses)) {
			lines := dresses[dress](strings.Split(strings.TrimSuffix(clean[p], "\n"), "\n"))
			lines = strings.Split(strings.Join(lines, "\n"), "\n")
			for width := first + (7*i+k)%stride; width <= last; width += stride {
				broken := brokenLines(lines, width)
				if len(broken) == len(lines) {
					break
				}
				in := strings.Join(broken, "\n") + "\n"
				plans, err := plan.Parse([]byte(in))
				switch {
				case figuresOf(plans) == want:
					read++
				case err != nil || slices.ContainsFunc(plans, func(p *plan.Plan) bool { return len(p.Warnings) > 0 }):
					warned++
				default:
					t.Errorf("%s, %s at %d: other figures and no warning\n%s\n%s\n%s", p, dress, width, want, figuresOf(plans), in)
				}
			}
		}
	}
	if warned > read/50 {
		t.Errorf("%d read, %d with a warning", read, warned)
	}
}

// figuresOf returns the tree of plans and its figures.
func figuresOf(plans []*plan.Plan) string {
	var b strings.Builder
	for _, p := range plans {
		for n := range p.Nodes() {
			b.WriteString(strings.Repeat(" ", depth(n)) + n.Type)
			for _, v := range []plan.Float{n.TotalCost, n.PlanRows, n.Loops, n.Rows, n.Ms, n.Buffers.SharedHit, n.Buffers.SharedRead} {
				if f, ok := v.Get(); ok {
					b.WriteString(" " + strconv.FormatFloat(f, 'g', -1, 64))
				} else {
					b.WriteString(" -")
				}
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func brokenLines(lines []string, width int) []string {
	var out []string
	for _, s := range lines {
		for r := []rune(s); len(r) > width; r = []rune(s) {
			out, s = append(out, string(r[:width])), string(r[width:])
		}
		out = append(out, s)
	}
	return out
}

// TestDressesStacked: a plan in two dresses, one over the other, is read as without, or
// the report says that something was lost. One pair in every 199 is tried for a plan,
// others for the next.
func TestDressesStacked(t *testing.T) {
	const stride = 199
	clean := cleanPlans(t)
	names := slices.Sorted(maps.Keys(dresses))
	read, warned, n := 0, 0, 0
	for _, p := range slices.Sorted(maps.Keys(clean)) {
		want := figuresOf(onePlan(t, clean[p]))
		for _, under := range names {
			for _, over := range names {
				if n++; n%stride != 0 {
					continue
				}
				lines := strings.Split(strings.TrimSuffix(clean[p], "\n"), "\n")
				for _, dress := range []string{under, over} {
					lines = strings.Split(strings.Join(dresses[dress](lines), "\n"), "\n")
				}
				in := strings.Join(lines, "\n") + "\n"
				plans, err := plan.Parse([]byte(in))
				switch {
				case figuresOf(plans) == want:
					read++
				case err != nil || slices.ContainsFunc(plans, func(p *plan.Plan) bool { return len(p.Warnings) > 0 || p.Cut() != "" }):
					warned++
				default:
					t.Errorf("%s, %s under %s: other figures and no warning\n%s\n%s\n%.3000s", p, under, over, want, figuresOf(plans), in)
				}
			}
		}
	}
	t.Logf("%d read, %d with a warning", read, warned)
}
