package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	recursionRows  = rule.NewThreshold("rows", 100_000, "rows", "made by the recursion; fewer take some ten milliseconds")
	recursionTimes = rule.NewThreshold("times", 100, "times", "as many as are left when each is kept once")
)

var recursionRunaway = rule.Rule{
	ID:     "recursion-runaway",
	Title:  "A recursion comes by the same rows again and again",
	Sees:   "A recursive CTE that makes 100,000 rows or more, of which a DISTINCT or GROUP BY above leaves one in a hundred or fewer.",
	Why:    "Where several ways lead to a row, UNION ALL follows each of them on from there: the rows multiply with the depth, and a cycle never ends.",
	Silent: "The rows are all wanted; most of them are different.",
	Fix:    "UNION instead of UNION ALL, which drops a row that was met already; or the CYCLE clause (14 and later).",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-CYCLE",
	},
	Thresholds: []*rule.Threshold{recursionRows, recursionTimes},
	Rank:       rule.RankShape,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "CTE Scan" || n.RowsTotal.Or(0) < recursionRows.In(c) || n.Parent == nil {
			return
		}
		cte := cte(n.Plan, n.CTE)
		fold := n.Parent
		for fold.Is("Sort", "Gather") && fold.Parent != nil {
			fold = fold.Parent
		}
		if cte == nil || cte.root.Type != "Recursive Union" || !fold.Is("Aggregate", "Unique") || fold.Is("Aggregate") && len(fold.List("Group Key")) == 0 ||
			fold.RowsTotal.Or(0)*recursionTimes.In(c) > n.RowsTotal.Or(0) {
			return
		}
		covers := append([]*plan.Node{n.Node, fold}, rule.Subtree(cte.root)...)
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Material(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("rows of the recursion", cte.root.RowsTotal, "rows", "plan")
		e.Number("rows that are left", fold.RowsTotal, "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
				Title: redact.Sprintf("%s makes %s rows, of which %s are different", n.Plan.Node(cte.root).Ref(), figures.Count(cte.root.RowsTotal.Or(0)), figures.Count(fold.RowsTotal.Or(0))),
				Detail: redact.Sprintf("The recursion took %s. Judgment needed: whether the rows differ in something that the query needs, such as the way that led there. "+
					"The query's text settles it; without it, leave it.", cost.Took()),
				Fix: redact.Plain("UNION instead of UNION ALL, with no column that differs by the way (a depth, a path): each row is then followed once. Or the CYCLE clause (14 and later)."),
			},
			Covered: covers,
		}
		if scan := rule.CostliestScan(covers); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		found(f)
	},
}
