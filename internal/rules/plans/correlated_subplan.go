package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	subplanCost  = rule.NewThreshold("cost", 100_000, "cost", "of a plan that was not executed, if the subplan is at least half of the cost; such a plan takes seconds")
	scanEachRun  = rule.NewThreshold("cost_of_scan", 100, "cost", "of one run in a plan that was not executed: more than a lookup takes")
	lateralLoops = rule.NewThreshold("lateral_loops", 1_000, "", "of an aggregate joined by LATERAL; for fewer rows it is often the fastest plan")
	lateralShare = rule.NewThreshold("lateral_share", 0.5, "share", "of the execution time")
)

var correlatedSubplan = rule.Rule{
	ID:     "correlated-subplan",
	Title:  "Subquery runs once per outer row",
	Sees:   "A SubPlan (a subquery that names a column of the outer query) that ran more than once and took at least 20% of the time. Or a LATERAL aggregate that was computed 1,000 times or more and took at least 50%.",
	Why:    "The total time is the time of one run multiplied by the number of outer rows.",
	Silent: "The subquery ran only once (hashed SubPlan, InitPlan); most of its runs are for rows that a LIMIT above discards (expression-before-limit).",
	Fix:    "If its scan has no index on the correlated column, create that index. Otherwise rewrite the subquery as a join, a LATERAL join, or an aggregate computed once before the join.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/using-explain.html",
	},
	Thresholds: []*rule.Threshold{subplanLoops, subplanShare, subplanCost, scanEachRun, lateralLoops, lateralShare},
	Estimates:  true,
	Rank:       rule.RankJoin + 1, // the scan below it is run as often as it is
	Forms:      []*rewrite.Rewrite{rewrite.CountExists, rewrite.SubqueryJoin},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !n.Plan.Analyzed {
			if f, ok := estimatedPerRow(n); ok {
				found(f)
			}
		} else if f, ok := lateralPerRow(n); ok {
			found(f)
		} else if f, forFew, ok := runsPerRow(n); ok && !forFew {
			found(f)
		}
	},
}

// lateralPerRow finds an aggregate that is joined by LATERAL and computed once
// per row.
func lateralPerRow(n *rule.Node) (rule.Found, bool) {
	loops := n.Executions().Or(0)
	if n.Relationship != "Inner" || n.Parent.Type != "Nested Loop" || loops < lateralLoops.In(n.Plan.Case) {
		return rule.Found{}, false
	}
	below := rule.Subtree(n.Node)
	cost := n.Plan.CostOf(below...)
	scan := rule.CostliestScan(below)
	if top := rule.Under(n.Node, "Subquery Scan", "Result"); !top.Is("Aggregate", "Group", "Unique", "WindowAgg") || scan == nil || cost.Share.Or(0) < lateralShare.In(n.Plan.Case) ||
		!n.Plan.Significant(cost) || !usesOuter(n.Plan.Node(scan)) {
		return rule.Found{}, false
	}
	if _, ok := lateralBeforeLimit(n); ok {
		return rule.Found{}, false // expression-before-limit reports it
	}
	e := rule.OfNode(n)
	e.Number("runs", opt.Of(loops), "", "plan")
	e.Number("time per run", n.Ms, "ms", "plan")
	e.Number("rows read by all runs", scan.ScannedTotal(), "rows", "plan")
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
			Title: redact.Sprintf("%s is computed %s times, once per row of the other side", n.Ref(), figures.Count(loops)),
			Detail: redact.Sprintf("The runs %s and read %s rows of %s, a few at a time. Each run is fast, but there are many.",
				cost.Took(), figures.Count(scan.ScannedTotal().Or(0)), scan.Relation),
			Fix: redact.Sprintf("If most rows of %s are needed, aggregate the table once (GROUP BY the joined column) and join the result. If few rows are needed, select them first (LIMIT in a subquery) and join the aggregate to them. No index makes it faster.", scan.Relation),
		},
		Covered: below,
	}
	f.Where.Relation = n.Plan.Node(scan).RelationName()
	return f, true
}

// estimatedPerRow finds a SubPlan of a plan that was not executed, whose cost
// times the rows is at least half of the plan's cost.
func estimatedPerRow(n *rule.Node) (rule.Found, bool) {
	whole, ok := n.Plan.Root.TotalCost.Get()
	if n.Relationship != "SubPlan" || !ok || whole < subplanCost.In(n.Plan.Case) || n.Parent.PlanRows.Or(0) < subplanLoops.In(n.Plan.Case) ||
		n.TotalCost.Or(0)*n.Parent.PlanRows.Or(0) < whole/2 || namesSubplan(n.Parent, "Filter", "hashed "+n.SubplanName) {
		return rule.Found{}, false
	}
	e := rule.OfNode(n)
	e.Number("cost per run", n.TotalCost, "cost", "plan")
	e.Number("total cost", n.Plan.Root.TotalCost, "cost", "plan")
	f := rule.Found{
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: finding.Medium, Evidence: e,
			Title:    redact.Sprintf("%s runs once per row of %s", subplanName(n), n.Plan.Node(n.Parent).Ref()),
			Detail:   redact.Sprintf("These runs are at least half of the plan's estimated cost (%s).", figures.Count(whole)),
			Question: redact.Plain("Are there as many outer rows as the planner expects?"),
			Settles:  redact.Plain("EXPLAIN (ANALYZE) of the statement (loops of the SubPlan)"),
			Default:  redact.Plain("leave the query unless it is slow"),
			Fix:      redact.Plain("Rewrite the subquery as a join or a LEFT JOIN LATERAL, or aggregate once before the join."),
		},
		Covered: rule.Subtree(n.Node),
	}
	if orSubplan.MatchString(n.Parent.Text("Filter").Raw()) {
		f.Detail = redact.Append(f.Detail, "The subquery is a branch of an OR, so the planner cannot make it a join.")
		f.Fix = redact.Plain("Write one SELECT per branch of the OR and combine them with UNION. The subquery then becomes a join." + sameRows + aroundUnion(n.Node))
	}
	if scan := rule.CostliestScan(rule.Subtree(n.Node)); scan != nil {
		inner := n.Plan.Node(scan)
		p := inner.Proposal()
		if scan.TotalCost.Or(0) >= scanEachRun.In(n.Plan.Case) && p.Index != nil && !p.Right() && !inner.Catalog() && joinsByEquality(inner, nil) {
			propose(&f, inner, p, "All runs", n.Plan.CostOf(scan), e)
			f.Detail = redact.Sprintf("These runs are at least half of the plan's estimated cost (%s). Each run searches %s for one value without an index on it.", figures.Count(whole), scan.Relation)
		}
	}
	return f, true
}
