package plans

import (
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	innerExecutions = rule.NewThreshold("inner_executions", 2, "executions", "how many are too many, their time tells")
	innerDropped    = rule.NewThreshold("pairs_dropped", 0.9, "share", "an index would not have read these")
	innerCost       = rule.NewThreshold("cost", 100_000, "cost", "of a plan without ANALYZE, with at least half on the inner side: such a plan takes seconds")
)

var nestedLoopInnerScan = rule.Rule{
	ID:     "nested-loop-inner-scan",
	Title:  "Nested loop without an index on the inner join column",
	Sees:   "A nested loop that scans its whole inner side repeatedly and removes nearly all rows, although the join compares a column of the inner table for equality, or bounds it from both sides.",
	Why:    "The cost is the product of both sides. EXPLAIN shows the time of one loop: the total is loops x time.",
	Silent: "There is one outer row, the loops over a small table read few rows, or the join condition is neither an equality nor a range.",
	Fix:    "Create an index on the inner join column, together with the equality columns of the inner side.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/planner-optimizer.html",
		"https://www.postgresql.org/docs/current/using-explain.html",
	},
	Thresholds: []*rule.Threshold{innerExecutions, innerDropped, innerCost, pairsShare},
	Estimates:  true,
	Rank:       rule.RankJoin,
	On:         []string{"Nested Loop"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if len(n.Children) < 2 {
			return
		}
		outer, chain := outerAndInner(n)
		scan := chain[len(chain)-1]
		if !n.Plan.Analyzed {
			if f, ok := estimatedLoops(c, n, outer, chain[0], firstRun(chain[0])); ok {
				found(f)
			}
			return
		}
		if !scan.Is("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan") || scan.Relation == "" {
			return
		}
		inner := n.Plan.Node(scan)
		if inner.Catalog() || outer.RowsTotal.Or(0) <= 1 && outer.PlanRows.Or(0) <= 1 {
			return
		}
		loops := chain[0].Executions().Or(0)
		examined := pairsExamined(n, chain)
		if loops < innerExecutions.In(c) || inner.Small() {
			return
		}
		joined := conditions.OfJoin(n.Node, scan)
		equal := joinsByEquality(inner, joined)
		if !equal && !joinsByRange(inner, joined) || usesOuter(inner) {
			return
		}
		if kept := pairsKept(n, chain); kept > (1-innerDropped.In(c))*examined {
			return
		}
		covers := append([]*plan.Node{n.Node}, chain...)
		cost := n.Plan.CostOf(covers...)
		p := c.Advisor.ForScan(scan, n.Node)
		if !n.Plan.Significant(cost) || p.Index == nil && p.Serving == nil {
			return
		}
		e := rule.OfNode(inner)
		e.Number("inner executions", opt.Of(loops), "", "plan")
		e.Number("time per execution", chain[0].Ms, "ms", "plan")
		e.Number("time of all executions", chain[0].TotalMs, "ms", "plan")
		e.Number("rows examined", opt.Of(examined), "rows", "plan")
		e.Text("Filter", scan.Text("Filter"), "plan")
		e.Text("Join Filter", n.Text("Join Filter"), "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost),
				Title: redact.Sprintf("%s scans %s %s times: %s rows examined, %s kept", n.Ref(), scan.Relation,
					figures.Count(loops), figures.Count(examined), figures.Count(pairsKept(n, chain))),
				Where: finding.Where{Relation: inner.RelationName()},
			},
			Covered: covers,
		}
		propose(&f, inner, p, "The join and its inner side", cost, e)
		if !equal && pairsKept(n, chain) > (1-pairsShare.In(c))*examined {
			f.Tag = finding.Concern
			f.Decide("Does each range match few rows?", "EXPLAIN (ANALYZE) with the index on a copy of the data", "create no index: a lookup that returns much of the table saves nothing")
		}
		if ms, ok := chain[0].Ms.Get(); ok {
			f.Detail = redact.Append(f.Detail, "Each of the %s runs takes %s.", figures.Count(loops), figures.Ms(ms))
		}
		found(f)
	},
}

// firstRun returns the scan that each run of the inner side begins with: of a loop
// within it, the outer side.
func firstRun(n *plan.Node) *plan.Node {
	for n.Is("Nested Loop", "Limit", "Sort", "Aggregate", "Unique", "Subquery Scan", "Result") && len(n.Children) > 0 && n.Children[0].Relationship != "SubPlan" && n.Children[0].Relationship != "InitPlan" {
		n = n.Children[0]
	}
	return n
}

// estimatedLoops is the finding on a plan that was not executed, by its cost.
func estimatedLoops(c *rule.Case, n *rule.Node, outer, top, scan *plan.Node) (rule.Found, bool) {
	whole, ok := n.Plan.Root.TotalCost.Get()
	inner := n.Plan.Node(scan)
	times := outer.PlanRows.Or(0)
	if !ok || scan.Type != "Seq Scan" || inner.Catalog() || whole < innerCost.In(c) || times < innerExecutions.In(c) || times*scan.TotalCost.Or(0) < whole/2 || top.Is("Materialize", "Memoize") {
		return rule.Found{}, false
	}
	joined := conditions.OfJoin(n.Node, scan)
	if !joinsByEquality(inner, joined) {
		return rule.Found{}, false
	}
	p := c.Advisor.ForScan(scan, n.Node)
	if p.Index == nil && p.Serving == nil {
		return rule.Found{}, false
	}
	e := rule.OfNode(inner)
	e.Number("runs expected", outer.PlanRows, "", "plan")
	e.Number("cost per run", scan.TotalCost, "cost", "plan")
	f := rule.Found{
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: finding.Medium,
			Title: redact.Sprintf("%s reads all of %s for each of %s rows", n.Ref(), scan.Relation, figures.Count(times)),
			Where: finding.Where{Relation: inner.RelationName()},
		},
		Covered: []*plan.Node{n.Node, scan},
	}
	propose(&f, inner, p, "The join and its inner side", n.Plan.CostOf(scan), e)
	f.Detail = redact.Sprintf("These scans are more than half of the estimated cost of %s.", figures.Count(whole))
	f.Decide("Is the estimated number of outer rows right?", "EXPLAIN (ANALYZE) of the statement", "create no index")
	return f, true
}

// pairsExamined returns how many rows of the inner side were examined over all loops.
// A Materialize returns the scan's rows again without scanning.
func pairsExamined(n *rule.Node, chain []*plan.Node) float64 {
	if chain[0].Type == "Materialize" {
		return chain[0].RowsTotal.Or(0)
	}
	return chain[len(chain)-1].ScannedTotal().Or(0)
}

// pairsKept returns how many of them satisfied the conditions.
func pairsKept(n *rule.Node, chain []*plan.Node) float64 {
	kept := chain[len(chain)-1].RowsTotal.Or(0)
	if !n.Text("Join Filter").Empty() {
		kept = n.RowsTotal.Or(0)
	}
	return kept
}

// joinsByRange reports whether values of the outer side bound a column of the
// inner one from both sides.
func joinsByRange(inner *rule.Node, joined []sql.Cond) bool {
	ours := func(c sql.Cond) bool {
		return c.Left.Name != "" && (c.Left.Table == "" || c.Left.Table == inner.Alias || c.Left.Table == inner.Relation)
	}
	from, to := "", ""
	for _, c := range append(inner.Filter(), joined...) {
		if !ours(c) {
			c, _ = c.Commuted()
		}
		if c.Op != sql.Range || c.Value != sql.Runtime || !ours(c) {
			continue
		}
		switch c.Operator {
		case ">", ">=":
			from = c.Left.Name
		case "<", "<=":
			to = c.Left.Name
		}
	}
	return from != "" && from == to
}
