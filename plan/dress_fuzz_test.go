package plan_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/plan"
)

// FuzzDresses puts up to three dresses on a plan and breaks its lines at a width. With one
// it is read as without, or the report says what was lost.
func FuzzDresses(f *testing.F) {
	clean := cleanPlans(f)
	plans, names := slices.Sorted(maps.Keys(clean)), slices.Sorted(maps.Keys(dresses))
	want := map[string]string{}
	for _, p := range plans {
		read, err := plan.Parse([]byte(clean[p]))
		if err != nil {
			f.Fatal(p, err)
		}
		want[p] = figuresOf(read)
	}
	f.Add(uint8(0), uint8(1), uint8(0), uint8(0), uint8(0))
	f.Add(uint8(3), uint8(40), uint8(7), uint8(0), uint8(80))
	f.Fuzz(func(t *testing.T, which, first, second, third, width uint8) {
		name := plans[int(which)%len(plans)]
		lines := strings.Split(strings.TrimSuffix(clean[name], "\n"), "\n")
		worn := ""
		for _, d := range []uint8{first, second, third} {
			if d > 0 {
				one := names[int(d)%len(names)]
				lines, worn = strings.Split(strings.Join(dresses[one](lines), "\n"), "\n"), worn+" + "+one
			}
		}
		if width >= 40 {
			lines = brokenLines(lines, int(width))
		}
		in := strings.Join(lines, "\n") + "\n"
		hold(t, []byte(in))
	})
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
