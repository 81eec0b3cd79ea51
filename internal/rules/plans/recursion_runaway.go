package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	recursionRows  = rule.NewThreshold("rows", 100_000, "rows", "produced by the recursion; fewer take some 10 ms")
	recursionTimes = rule.NewThreshold("times", 100, "times", "the rows that are left when each is kept once")
)

var recursionRunaway = rule.Rule{
	ID:     "recursion-runaway",
	Title:  "Recursive query revisits the same rows",
	Sees:   "A recursive CTE that produces at least 100,000 rows, of which a DISTINCT or GROUP BY above keeps at most 1%.",
	Why:    "If several paths lead to a row, UNION ALL follows each of them from there. The rows multiply with the depth, and a cycle never ends.",
	Silent: "All rows are needed, or most of them are distinct.",
	Fix:    "Use UNION instead of UNION ALL, which removes a row that was already found, or the CYCLE clause (14 and later).",
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
		if !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("rows of the recursion", cte.root.RowsTotal, "rows", "plan")
		e.Number("distinct rows", fold.RowsTotal, "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
				Title:    redact.Sprintf("%s produces %s rows, of which %s are distinct", n.Plan.Node(cte.root).Ref(), figures.Count(cte.root.RowsTotal.Or(0)), figures.Count(fold.RowsTotal.Or(0))),
				Detail:   redact.Sprintf("The recursion %s.", cost.Took()),
				Question: redact.Plain("Can the recursion visit each row only once (no depth or path is needed per row)?"),
				Settles:  redact.Plain("the query's text"),
				Default:  redact.Plain("leave the query as it is"),
				Fix:      redact.Plain("Use UNION instead of UNION ALL, without columns that depend on the path (depth, path). Each row is then followed once. Or use the CYCLE clause (14 and later)."),
			},
			Covered: covers,
		}
		if scan := rule.CostliestScan(covers); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		found(f)
	},
}
