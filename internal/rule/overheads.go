package rule

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
)

// Group finds a named value inside of nested ones: JIT, Timing, Total.
func Group(list []plan.Property, path ...string) (plan.Value, bool) {
	for _, p := range list {
		if p.Name != path[0] {
			continue
		}
		if len(path) == 1 {
			return p.Value, true
		}
		return Group(p.Value.Group(), path[1:]...)
	}
	return plan.Value{}, false
}

// OnPlan is a finding on a plan as a whole.
func OnPlan(tag finding.Tag, severity finding.Severity, e Evidence, title, detail, fix string) Found {
	return Found{Finding: finding.Finding{
		Tag: tag, Severity: severity, Evidence: e, Title: redact.Plain(title), Detail: redact.Plain(detail), Fix: redact.Plain(fix),
	}}
}

// CostliestEstimate is the node whose expected rows exceed the real ones most,
// where that is absurd.
func CostliestEstimate(p *Plan) *Node {
	var worst *Node
	most := 100.0
	for n := range p.Nodes() {
		rows, expected, ok := opt.Two(n.RowsNear(n.ExpectedTotal.Or(0)), n.ExpectedTotal)
		if !ok || !n.Executed() || n.StoppedEarly() {
			continue
		}
		if factor := expected / max(rows, 1); factor > most && expected >= 1000 {
			most, worst = factor, p.Node(n)
		}
	}
	return worst
}

func Ms(v opt.Float) string { return figures.Ms(v.Or(0)) }
