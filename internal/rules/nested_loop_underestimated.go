package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	loopRows   = NewThreshold("outer_rows", 1_000, "rows", "fewer lookups are made in about a millisecond")
	loopFactor = NewThreshold("factor", 10, "times", "more rows than expected: a hash join would have been weighed otherwise")
	loopShare  = NewThreshold("inner_share", 0.3, "share", "of the execution, spent in the repeated side")
)

var nestedLoopUnderestimated = Rule{
	ID:     "nested-loop-underestimated",
	Title:  "A nested loop was chosen for few rows, and many came",
	Sees:   "A nested loop whose outer side gave ten times the rows expected, a thousand or more, and whose inner side takes a third of the time.",
	Why:    "A nested loop is right for a few rows: each one is a lookup of its own. For many, a hash or a merge join reads the other side once.",
	Silent: "The outer side was estimated well; the inner side has no index (nested-loop-inner-scan); the lookups take little of the time.",
	Fix:    "The estimate first: ANALYZE, extended statistics. Then the index for the lookups. enable_nestloop = off in one session is a test, and no fix.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/planner-optimizer.html", "https://www.postgresql.org/docs/current/planner-stats.html",
	},
	Thresholds: []*Threshold{loopRows, loopFactor, loopShare},
	Rank:       rankShape,
	Node: func(c *Case, n *Node, found func(Found)) {
		if n.Type != "Nested Loop" || len(n.Children) < 2 {
			return
		}
		outer, chain := n.outerAndInner()
		rows, expected, ok := both(outer.RowsTotal, outer.ExpectedTotal)
		if !ok || outer.StoppedEarly() || n.StoppedEarly() || rows < loopRows.In(c) || rows < loopFactor.In(c)*max(expected, 1) {
			return
		}
		covers := append([]*plan.Node{n.Node}, subtree(chain[0])...)
		cost := n.Plan.costOf(covers...)
		if cost.share.Or(0) < loopShare.In(c) || !n.Plan.material(cost) {
			return
		}
		wrong := n.Plan.node(deepestError(c, outer))
		e := ofNode(n)
		e.number("rows of the outer side", outer.RowsTotal, "rows", "plan")
		e.number("rows expected of it", outer.ExpectedTotal, "rows", "plan")
		e.number("time of the inner side", chain[0].TotalMs, "ms", "plan")
		f := Found{
			cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s was chosen for %s rows and looked up %s", n.name(), figures.Count(expected), figures.Count(rows)),
				Detail: redact.Sprintf("The lookups took %s. The error begins at %s: %s rows expected, %s came.", cost.took(), wrong.name(), figures.Count(wrong.ExpectedTotal.Or(0)), figures.Count(wrong.RowsTotal.Or(0))),
				Fix:    redact.Plain(wrong.estimateCure()),
				Where:  finding.Where{Relation: wrong.RelationName()},
			},
			covers: covers, // the estimate is a cause of its own, at the node where it begins
		}
		found(f)
	},
}

// deepestError is the lowest node below top at which the estimate is off by as
// much as matters, down the side that is worst.
func deepestError(c *Case, top *plan.Node) *plan.Node {
	for {
		var worst *plan.Node
		most := estimateFactor.In(c)
		for _, child := range top.Children {
			if f, ok := estimateError(child); ok && f >= most {
				worst, most = child, f
			}
		}
		if worst == nil {
			return top
		}
		top = worst
	}
}
