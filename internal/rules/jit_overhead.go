package rules

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
)

var (
	jitShare = NewThreshold("share", 0.25, "share", "of the execution")
	jitMs    = NewThreshold("ms", 50, "ms", "less is not worth a setting")
)

var jitOverhead = Rule{
	ID:     "jit-overhead",
	Title:  "Compiling the query takes longer than it saves",
	Sees:   "A quarter of the execution or more, and 50 ms, spent on just-in-time compilation.",
	Why:    "The planner switches it on by the query's cost alone; where the cost was overestimated, or many expressions are used once, it never pays.",
	Silent: "It takes less than that.",
	Fix:    "The estimate that made the query look so dear; else jit_above_cost raised, or jit off for the role.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/jit-decision.html",
	},
	Thresholds: []*Threshold{jitShare, jitMs},
	Rank:       rankRead,
	Plan: func(c *Case, p *Plan, found func(Found)) {
		total, ok := group(p.Summary, "JIT", "Timing", "Total")
		spent, exec := total.Number, p.ExecMs()
		if !ok || spent.Or(0) < jitMs.In(c) || spent.Or(0) < jitShare.In(c)*exec.Or(0) || exec.Or(0) <= 0 {
			return
		}
		cost := p.costOfMs(spent.Or(0))
		var e evidence
		e.number("JIT Timing Total", spent, "ms", "plan")
		e.number("total cost", p.Root.TotalCost, "planner units", "plan")
		detail := "It is switched on by the plan's cost alone (jit_above_cost)."
		if n := costliestEstimate(p); n != nil {
			e.number("rows expected", n.ExpectedTotal, "rows", "plan")
			e.number("rows", n.RowsTotal, "rows", "plan")
			detail += fmt.Sprintf(" The cost was overestimated: %s was expected to give %s rows and gave %s.", n.name(), figures.Count(n.ExpectedTotal.Or(0)), figures.Count(n.RowsTotal.Or(0)))
		}
		f := onPlan(finding.Confirmed, p.severity(cost), e,
			fmt.Sprintf("Just-in-time compilation took %s of the %s", ms(spent), ms(exec)), detail, "SET jit = off for this statement or role, or raise jit_above_cost; correct the estimate where one is off.")
		f.cost, f.ImpactMs = cost, opt.Of(spent.Or(0))
		found(f)
	},
}
