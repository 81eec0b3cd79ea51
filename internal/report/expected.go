package report

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// conjecture marks each line of an estimated plan.
const conjecture = "~ "

// title says that the plan is an estimate, and names its query.
func (e *Expected) title(r *Report) string {
	return flat(fmt.Sprintf("estimated by the cost model, not a plan from the server: %s, line %d", r.Inputs[e.Input].Path, e.Line))
}

// lines draws the estimated plans. Every line is marked.
func (e *Expected) lines() []string {
	var lines []string
	for _, p := range []struct {
		of   *ExpectedPlan
		head string
	}{{e.Today, "with the current indexes"}, {e.Proposed, "with "}} {
		if p.of == nil {
			continue
		}
		if len(p.of.With) > 0 {
			p.head += flat(strings.Join(p.of.With, ", "))
		}
		lines = append(lines, fmt.Sprintf("%-5s%14s%12s  %s", "", "total cost", "rows", p.head))
		lines = append(lines, p.of.tree()...)
	}
	for i := range lines {
		lines[i] = conjecture + lines[i]
	}
	return lines
}

// basis returns the assumptions of the plan, or why there is none.
func (e *Expected) basis() string {
	switch {
	case e.Today == nil:
		return "No plan can be estimated: " + e.Why + "."
	case len(e.Assumed) > 0:
		return "Assumes that " + strings.Join(e.Assumed, ", and that ") + "."
	}
	return ""
}

func (p *ExpectedPlan) tree() []string {
	parents := make([]int, len(p.Nodes))
	for i, n := range p.Nodes {
		parents[i] = -1
		if n.Parent != nil {
			parents[i] = *n.Parent
		}
	}
	drawn := branches(parents, defaultWidth)
	lines := make([]string, len(p.Nodes))
	for i, n := range p.Nodes {
		rows := "unknown"
		if v, ok := n.Rows.Get(); ok {
			rows = figures.Count(v)
		}
		lines[i] = fmt.Sprintf("%-5s%14s%12s  %s%s", fmt.Sprintf("#%d", n.ID), figures.Count(n.Cost.Or(0)), rows, drawn[i].before, flat(n.Label))
		if n.Recommendation != nil {
			lines[i] += "  <- " + flat(*n.Recommendation)
		}
	}
	return lines
}
