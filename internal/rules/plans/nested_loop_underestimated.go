package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	loopRows   = rule.NewThreshold("outer_rows", 1_000, "rows", "fewer lookups take about 1 ms")
	loopFactor = rule.NewThreshold("factor", 10, "times", "more rows than estimated: with the right number a hash join may be cheaper")
	loopShare  = rule.NewThreshold("inner_share", 0.3, "share", "of the execution, spent in the repeated side")
)

var nestedLoopUnderestimated = rule.Rule{
	ID:     "nested-loop-underestimated",
	Title:  "Nested loop chosen because of an underestimate",
	Sees:   "A nested loop whose outer side returned at least ten times the estimated rows, and at least 1,000, and whose inner side takes at least 30% of the time.",
	Why:    "A nested loop is right for few rows: each outer row is a separate lookup. For many rows, a hash or merge join reads the other side once.",
	Silent: "The outer side was estimated well, the inner side has no index (nested-loop-inner-scan), the inner side is a LATERAL subquery, which only a nested loop can join, or the lookups take little of the time.",
	Fix:    "Correct the estimate first: ANALYZE, extended statistics. Then create the index for the lookups. Use enable_nestloop = off in one session as a test, not as a fix.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/planner-optimizer.html", "https://www.postgresql.org/docs/current/planner-stats.html",
	},
	Thresholds: []*rule.Threshold{loopRows, loopFactor, loopShare},
	Rank:       rule.RankShape,
	On:         []string{"Nested Loop"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if len(n.Children) < 2 {
			return
		}
		outer, chain := outerAndInner(n)
		rows, expected, ok := opt.Two(outer.RowsTotal, outer.ExpectedTotal)
		if !ok || outer.StoppedEarly() || n.StoppedEarly() || rows < loopRows.In(c) || rows < loopFactor.In(c)*max(expected, 1) {
			return
		}
		if isLateral(n.Plan, chain) {
			return // whatever the estimate, the planner has no other join for it
		}
		covers := append([]*plan.Node{n.Node}, rule.Subtree(chain[0])...)
		cost := n.Plan.CostOf(covers...)
		if cost.Share.Or(0) < loopShare.In(c) || !n.Plan.Significant(cost) {
			return
		}
		wrong := n.Plan.Node(deepestError(c, outer))
		e := rule.OfNode(n)
		e.Number("rows of the outer side", outer.RowsTotal, "rows", "plan")
		e.Number("rows estimated for the outer side", outer.ExpectedTotal, "rows", "plan")
		e.Number("time of the inner side", chain[0].TotalMs, "ms", "plan")
		fix, remedies := estimateFix(wrong)
		f := rule.Found{
			Cost: cost, Remedies: remedies,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s was planned for %s and got %s", n.Ref(), figures.Plural(expected, "outer row"), figures.Count(rows)),
				Detail: redact.Sprintf("The lookups %s. The misestimate begins at %s: %s.", cost.Took(), wrong.Ref(), wrong.EstimatedAndActual()),
				Fix:    fix,
				Where:  finding.Where{Relation: wrong.RelationName()},
			},
			Covered: covers, // the misestimate is a finding of its own, at the node where it begins
		}
		found(f)
	},
}
