package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	subplanCost  = rule.NewThreshold("cost", 100_000, "cost", "of the plan, half of it the subplan's, where it was not executed: seconds")
	lateralLoops = rule.NewThreshold("lateral_loops", 1_000, "", "of an aggregate joined by LATERAL: for fewer rows it is often the quickest way")
	lateralShare = rule.NewThreshold("lateral_share", 0.5, "share", "of the execution")
)

var correlatedSubplan = rule.Rule{
	ID:     "correlated-subplan",
	Title:  "A subquery is run for every row",
	Sees:   "A SubPlan that was run 100 times or more and took a fifth of the time: a subquery that names a column of the outer query. Or a LATERAL aggregate that was worked out 1,000 times and took half.",
	Why:    "Its time is that of one run, times the outer rows: it grows with both.",
	Silent: "It ran few times, or once: a hashed subplan, an InitPlan. Most of its runs are for rows that a LIMIT above throws away (expression-before-limit).",
	Fix:    "Where its scan has no index on the correlated column: that index. Else a join, a LATERAL join, or an aggregate made once before the join.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/using-explain.html",
	},
	Thresholds: []*rule.Threshold{subplanLoops, subplanShare, subplanCost, lateralLoops, lateralShare},
	Estimates:  true,
	Rank:       rule.RankJoin + 1, // the scan below it is run as often as it is
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if f, ok := perRow(n); ok {
			found(f)
		} else if f, forFew, ok := runsPerRow(n); ok && !forFew {
			found(f)
		}
	},
}

// perRow is what the rule sees beside a SubPlan that was executed: an aggregate
// joined by LATERAL, and a SubPlan whose cost was reckoned a row.
func perRow(n *rule.Node) (rule.Found, bool) {
	if !n.Plan.Analyzed {
		return reckonedPerRow(n)
	}
	loops := n.Executions().Or(0)
	if n.Relationship != "Inner" || n.Parent.Type != "Nested Loop" || loops < lateralLoops.In(n.Plan.Case) {
		return rule.Found{}, false
	}
	below := rule.Subtree(n.Node)
	cost := n.Plan.CostOf(below...)
	scan := rule.CostliestScan(below)
	if top := rule.Under(n.Node, "Subquery Scan", "Result"); !top.Is("Aggregate", "Group", "Unique", "WindowAgg") || scan == nil || cost.Share.Or(0) < lateralShare.In(n.Plan.Case) ||
		!n.Plan.Material(cost) || !usesOuter(n.Plan.Node(scan)) {
		return rule.Found{}, false
	}
	if _, ok := lateralBeforeLimit(n); ok {
		return rule.Found{}, false // expression-before-limit speaks of that
	}
	e := rule.OfNode(n)
	e.Number("runs", opt.Of(loops), "", "plan")
	e.Number("time of one run", n.Ms, "ms", "plan")
	e.Number("rows read in all runs", scan.ScannedTotal(), "rows", "plan")
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
			Title: redact.Sprintf("%s is worked out %s times, once a row of the other side", n.Ref(), figures.Count(loops)),
			Detail: redact.Sprintf("It took %s, for %s rows of %s that were looked up a few at a time. A run is quick; the number of runs is what takes the time.",
				cost.Took(), figures.Count(scan.ScannedTotal().Or(0)), scan.Relation),
			Fix: redact.Sprintf("No index shortens it. Where most of %s is wanted, aggregate it once (GROUP BY the joined column) and join the result; where a few rows are, take these first (LIMIT in a subquery) and join the aggregate to them.", scan.Relation),
		},
		Covered: below,
	}
	f.Where.Relation = n.Plan.Node(scan).RelationName()
	return f, true
}

// reckonedPerRow is a SubPlan of a plan that was not executed, whose cost times
// the rows is what the plan costs.
func reckonedPerRow(n *rule.Node) (rule.Found, bool) {
	whole, ok := n.Plan.Root.TotalCost.Get()
	if n.Relationship != "SubPlan" || !ok || whole < subplanCost.In(n.Plan.Case) || n.Parent.PlanRows.Or(0) < lateralLoops.In(n.Plan.Case) ||
		n.TotalCost.Or(0)*n.Parent.PlanRows.Or(0) < whole/2 || asksFor(n.Parent, "Filter", "hashed "+n.SubplanName) {
		return rule.Found{}, false
	}
	e := rule.OfNode(n)
	e.Number("cost of one run", n.TotalCost, "cost", "plan")
	e.Number("cost of the plan", n.Plan.Root.TotalCost, "cost", "plan")
	f := rule.Found{
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: finding.Medium, Evidence: e,
			Title:  redact.Sprintf("%s is asked for each row of %s", subplanName(n), n.Plan.Node(n.Parent).Ref()),
			Detail: redact.Sprintf("Half of the plan's cost of %s or more is its runs, one a row. Judgment needed: how many rows there are to ask it for. EXPLAIN (ANALYZE) settles it.", figures.Count(whole)),
			Fix:    redact.Plain("Rewrite the subquery as a join or as LEFT JOIN LATERAL, or aggregate once before joining."),
		},
		Covered: rule.Subtree(n.Node),
	}
	if orSubplan.MatchString(n.Parent.Text("Filter").Raw()) {
		f.Detail = redact.Sprintf("%s It is a branch of an OR, which keeps it from becoming a join.", f.Detail)
		f.Fix = redact.Plain("UNION of one SELECT for each branch of the OR: there the subquery becomes a join.")
	}
	return f, true
}
