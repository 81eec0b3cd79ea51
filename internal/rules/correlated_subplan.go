package rules

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	subplanLoops = NewThreshold("loops", 100, "", "run a few times, a subplan is as good as a join")
	subplanShare = NewThreshold("share", 0.2, "share", "of the execution, with all that is below it")
	subplanCost  = NewThreshold("cost", 100_000, "cost", "of the plan, half of it the subplan's, where it was not executed: seconds")
	lateralLoops = NewThreshold("lateral_loops", 1_000, "", "of an aggregate joined by LATERAL: for fewer rows it is often the quickest way")
	lateralShare = NewThreshold("lateral_share", 0.5, "share", "of the execution")
)

var correlatedSubplan = Rule{
	ID:     "correlated-subplan",
	Title:  "A subquery is run for every row",
	Sees:   "A SubPlan that was run 100 times or more and took a fifth of the time: a subquery that names a column of the outer query. Or a LATERAL aggregate that was worked out 1,000 times and took half.",
	Why:    "Its time is that of one run, times the outer rows: it grows with both.",
	Silent: "It ran few times, or once: a hashed subplan, an InitPlan. Most of its runs are for rows that a LIMIT above throws away (expression-before-limit).",
	Fix:    "Where its scan has no index on the correlated column: that index. Else a join, a LATERAL join, or an aggregate made once before the join.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/using-explain.html",
	},
	Thresholds: []*Threshold{subplanLoops, subplanShare, subplanCost, lateralLoops, lateralShare},
	Estimates:  true,
	Rank:       rankJoin + 1, // the scan below it is run as often as it is
	Node: func(c *Case, n *Node, found func(Found)) {
		if f, ok := n.perRow(); ok {
			found(f)
		} else if f, forFew, ok := n.runsPerRow(); ok && !forFew {
			found(f)
		}
	},
}

// runsPerRow is a SubPlan that was executed for every row, and whether that was
// for the few rows of a LIMIT above it.
func (n *Node) runsPerRow() (f Found, forFew, ok bool) {
	loops := n.Executions().Or(0)
	if n.Relationship != "SubPlan" || loops < subplanLoops.In(n.Plan.c) {
		return f, false, false
	}
	below := subtree(n.Node)
	cost := n.Plan.costOf(below...)
	if cost.share.Or(0) < subplanShare.In(n.Plan.c) || !n.Plan.material(cost) {
		return f, false, false
	}
	e := ofNode(n)
	e.number("runs", opt.Of(loops), "", "plan")
	e.number("time of one run", n.Ms, "ms", "plan")
	e.number("time of all runs", n.TotalMs, "ms", "plan")
	f = Found{
		cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.severity(cost),
			Title: redact.Sprintf("%s runs %s times, once a row of the outer query", subplanName(n), figures.Count(loops)),
			Fix:   redact.Plain("Rewrite the subquery as a join or as LEFT JOIN LATERAL, or aggregate once before joining."),
		},
		covers: below,
	}
	limit := n.beforeLimit(loops, func(up *plan.Node) bool { return asksForSubplan(up, n.SubplanName) })
	if limit != nil {
		e.number("rows that are returned", limit.RowsTotal, "rows", "plan")
		f.Title = redact.Sprintf("%s runs %s times for the %s rows that %s returns", subplanName(n), figures.Count(loops), figures.Count(limit.RowsTotal.Or(0)), limit.name())
		f.Fix = redact.Plain("Compute it after the LIMIT: SELECT page.*, (subquery) FROM (SELECT ... ORDER BY ... LIMIT ...) page. It then runs once a row that is shown.")
	}
	f.Evidence = e
	scan := costliestScan(below)
	if scan == nil {
		f.Detail = redact.Sprintf("It took %s.", cost.took())
		return f, limit != nil, true
	}
	inner := n.Plan.node(scan)
	f.Where.Relation = inner.RelationName()
	p := inner.Proposal()
	if scan.Type == "Seq Scan" && !inner.small() && !inner.catalog() && (p.Index != nil || p.Serving != nil) && !p.Right() {
		f.propose(inner, p, cost, e)
		f.Detail = redact.Sprintf("Each run scans %s. %s", scan.Relation, f.Detail)
		return f, false, true
	}
	f.Detail = redact.Sprintf("It took %s: %s a run is not much, the number of runs is.", cost.took(), figures.Ms(n.Ms.Or(0)))
	return f, limit != nil, true
}

// perRow is what the rule sees beside a SubPlan that was executed: an aggregate
// joined by LATERAL, and a SubPlan whose cost was reckoned a row.
func (n *Node) perRow() (Found, bool) {
	if !n.Plan.Analyzed {
		return n.reckonedPerRow()
	}
	loops := n.Executions().Or(0)
	if n.Relationship != "Inner" || n.Parent.Type != "Nested Loop" || loops < lateralLoops.In(n.Plan.c) {
		return Found{}, false
	}
	below := subtree(n.Node)
	cost := n.Plan.costOf(below...)
	scan := costliestScan(below)
	if top := under(n.Node, "Subquery Scan", "Result"); !top.Is("Aggregate", "Group", "Unique", "WindowAgg") || scan == nil || cost.share.Or(0) < lateralShare.In(n.Plan.c) ||
		!n.Plan.material(cost) || !usesOuter(n.Plan.node(scan)) {
		return Found{}, false
	}
	if _, ok := n.lateralBeforeLimit(); ok {
		return Found{}, false // expression-before-limit speaks of that
	}
	e := ofNode(n)
	e.number("runs", opt.Of(loops), "", "plan")
	e.number("time of one run", n.Ms, "ms", "plan")
	e.number("rows read in all runs", scan.ScannedTotal(), "rows", "plan")
	f := Found{
		cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.severity(cost), Evidence: e,
			Title: redact.Sprintf("%s is worked out %s times, once a row of the other side", n.name(), figures.Count(loops)),
			Detail: redact.Sprintf("It took %s, for %s rows of %s that were looked up a few at a time. A run is quick; the number of runs is what takes the time.",
				cost.took(), figures.Count(scan.ScannedTotal().Or(0)), scan.Relation),
			Fix: redact.Sprintf("No index shortens it. Where most of %s is wanted, aggregate it once (GROUP BY the joined column) and join the result; where a few rows are, take these first (LIMIT in a subquery) and join the aggregate to them.", scan.Relation),
		},
		covers: below,
	}
	f.Where.Relation = n.Plan.node(scan).RelationName()
	return f, true
}

// reckonedPerRow is a SubPlan of a plan that was not executed, whose cost times
// the rows is what the plan costs.
func (n *Node) reckonedPerRow() (Found, bool) {
	whole, ok := n.Plan.Root.TotalCost.Get()
	if n.Relationship != "SubPlan" || !ok || whole < subplanCost.In(n.Plan.c) || n.Parent.PlanRows.Or(0) < lateralLoops.In(n.Plan.c) ||
		n.TotalCost.Or(0)*n.Parent.PlanRows.Or(0) < whole/2 || asksFor(n.Parent, "Filter", "hashed "+n.SubplanName) {
		return Found{}, false
	}
	e := ofNode(n)
	e.number("cost of one run", n.TotalCost, "cost", "plan")
	e.number("cost of the plan", n.Plan.Root.TotalCost, "cost", "plan")
	f := Found{
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: finding.Medium, Evidence: e,
			Title:  redact.Sprintf("%s is asked for each row of %s", subplanName(n), n.Plan.node(n.Parent).name()),
			Detail: redact.Sprintf("Half of the plan's cost of %s or more is its runs, one a row. Judgment needed: how many rows there are to ask it for. EXPLAIN (ANALYZE) settles it.", figures.Count(whole)),
			Fix:    redact.Plain("Rewrite the subquery as a join or as LEFT JOIN LATERAL, or aggregate once before joining."),
		},
		covers: subtree(n.Node),
	}
	if orSubplan.MatchString(n.Parent.Text("Filter").Raw()) {
		f.Detail = redact.Sprintf("%s It is a branch of an OR, which keeps it from becoming a join.", f.Detail)
		f.Fix = redact.Plain("UNION of one SELECT for each branch of the OR: there the subquery becomes a join.")
	}
	return f, true
}

// asksForSubplan reports whether a node needs the result of a subplan, for a
// condition or a key.
func asksForSubplan(n *plan.Node, subplan string) bool {
	for _, property := range [...]string{"Filter", "Join Filter", "Sort Key", "Group Key", "Presorted Key"} {
		if asksFor(n, property, subplan) {
			return true
		}
	}
	return false
}

// asksFor reports whether a property of a node names a subplan.
func asksFor(n *plan.Node, property, subplan string) bool {
	if strings.Contains(n.Text(property).Raw(), subplan) {
		return true
	}
	for _, key := range n.List(property) {
		if strings.Contains(key.Raw(), subplan) {
			return true
		}
	}
	return false
}

// subplanName is how a subplan is called: by its node and by the name that the
// plan gives it.
func subplanName(n *Node) string {
	if n.SubplanName != "" && !strings.HasPrefix(n.SubplanName, "CTE") {
		return n.name() + " (" + n.SubplanName + ")"
	}
	return n.name()
}

// subtree is a node and all below it.
func subtree(n *plan.Node) []*plan.Node {
	list := []*plan.Node{n}
	for _, c := range n.Children {
		list = append(list, subtree(c)...)
	}
	return list
}

// effort is what a scan reads, a row counted as a hundredth of a block as the
// planner does: of two runs of one plan it is the same, as their times are not.
func effort(n *plan.Node) float64 {
	b := n.SelfBuffers
	return b.SharedHit.Or(0) + b.SharedRead.Or(0) + n.ScannedTotal().Or(0)/100
}

// costliestScan is the scan of a table that reads most.
func costliestScan(nodes []*plan.Node) *plan.Node {
	var best *plan.Node
	for _, n := range nodes {
		if n.Relation != "" && n.Is("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan") && (best == nil || effort(n) > effort(best)) {
			best = n
		}
	}
	return best
}
