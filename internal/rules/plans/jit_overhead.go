package plans

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var jitShare = rule.NewThreshold("share", 0.25, "share", "of the execution time")

var jitOverhead = rule.Rule{
	ID:     "jit-overhead",
	Title:  "JIT compilation takes longer than it saves",
	Sees:   "JIT compilation that took at least 25% of the execution time, and 50 ms or more. Of a parallel plan, in each process on average: the server adds the processes up.",
	Why:    "The planner enables JIT by the estimated cost alone. It does not pay off if the cost was overestimated, or if many expressions are evaluated only a few times.",
	Silent: "Compilation takes less than that.",
	Fix:    "Correct the estimate that made the query look expensive. Otherwise raise jit_above_cost, or set jit = off for the role.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/jit-decision.html",
	},
	Thresholds: []*rule.Threshold{jitShare, jitMs},
	Rank:       rule.RankRead,
	Plan: func(c *rule.Case, p *rule.Plan, found func(rule.Found)) {
		total, processes, ok := jitTotal(p)
		spent, exec := opt.Map(total, func(ms float64) float64 { return ms / processes }), p.ExecMs()
		if !ok || spent.Or(0) < jitMs.In(c) || spent.Or(0) < jitShare.In(c)*exec.Or(0) || exec.Or(0) <= 0 {
			return
		}
		cost := p.CostOfMs(spent.Or(0))
		var e rule.Evidence
		e.Number("JIT Timing Total", total, "ms", "plan")
		e.Number("estimated cost", p.Root.TotalCost, "planner units", "plan")
		detail := "This is " + figures.Share(cost.Share.Or(0)) + " of the execution. The planner enables JIT by the estimated cost alone (jit_above_cost)."
		if n := pricedOut(p); n != nil {
			detail += fmt.Sprintf(" Nearly all of the cost is what the server adds for a method that a setting disables (%s): with the setting at its default JIT may not start.", p.Node(n).Ref())
		} else if n := rule.CostliestEstimate(p); n != nil {
			e.Number("rows expected", n.ExpectedTotal, "rows", "plan")
			e.Number("rows", n.RowsTotal, "rows", "plan")
			detail += fmt.Sprintf(" The cost was overestimated: %s was expected to return %s rows and returned %s.", n.Ref(), figures.Count(n.ExpectedTotal.Or(0)), figures.Count(n.RowsTotal.Or(0)))
		}
		title := fmt.Sprintf("Just-in-time compilation took %s", rule.Ms(spent))
		if processes > 1 {
			e.Number("processes", opt.Of(processes), "processes", "plan")
			title += fmt.Sprintf(" in each of %s processes on average", figures.Count(processes))
		}
		f := rule.OnPlan(finding.Confirmed, p.Severity(cost), e, title, detail, "SET jit = off for this statement or role, or raise jit_above_cost. If an estimate is wrong, correct it first.")
		f.Cost, f.ImpactMs = cost, opt.Of(spent.Or(0))
		found(f)
	},
}

// pricedOut returns the first node whose method a setting disables by a cost, as up to version
// 17; nil if there is none.
func pricedOut(p *rule.Plan) *plan.Node {
	for n := range p.Nodes() {
		if n.Disabled() && !n.Has("Disabled") {
			return n
		}
	}
	return nil
}
