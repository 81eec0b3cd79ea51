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
	recursionRows  = rule.NewThreshold("rows", 100_000, "rows", "produced by the recursion; fewer take some 10 ms")
	recursionTimes = rule.NewThreshold("times", 100, "times", "the rows that are left when each is kept once")
	recursionPaths = rule.NewThreshold("paths", 10, "times", "the rows that its own UNION keeps")
)

var recursionRunaway = rule.Rule{
	ID:     "recursion-runaway",
	Title:  "Recursive query revisits the same rows",
	Sees:   "A recursive CTE that produces at least 100,000 rows, of which a DISTINCT or GROUP BY above keeps at most 1%, or its own UNION at most 10%.",
	Why:    "If several paths lead to a row, UNION ALL follows each of them from there. The rows multiply with the depth, and a cycle never ends. UNION removes a row that was found before only if all its columns are the same: with a depth, each row is found again in each round.",
	Silent: "All rows are needed, or most of them are distinct.",
	Fix:    "Use UNION instead of UNION ALL, which removes a row that was already found, or the CYCLE clause (14 and later).",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-CYCLE",
	},
	Thresholds: []*rule.Threshold{recursionRows, recursionTimes, recursionPaths},
	Rank:       rule.RankShape + 1, // the estimate of a recursion is a constant
	On:         []string{"Recursive Union", "CTE Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type == "Recursive Union" {
			manyPaths(c, n, found)
			return
		}
		if n.RowsTotal.Or(0) < recursionRows.In(c) || n.Parent == nil {
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

// manyPaths is the finding on a recursion whose UNION removes most of what it produces.
func manyPaths(c *rule.Case, n *rule.Node, found func(rule.Found)) {
	produced, kept := 0.0, n.RowsTotal.Or(0)
	for _, in := range rule.InputsOf(n.Node) {
		produced += in.RowsTotal.Or(0)
	}
	covers := rule.Subtree(n.Node)
	cost := n.Plan.CostOf(covers...)
	if !n.RowsTotal.Known() || produced < recursionRows.In(c) || produced < recursionPaths.In(c)*max(kept, 1) || !n.Plan.Significant(cost) {
		return
	}
	e := rule.OfNode(n)
	e.Number("rows of the recursion", opt.Of(produced), "rows", "plan")
	e.Number("distinct rows", n.RowsTotal, "rows", "plan")
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
			Title:  redact.Sprintf("%s produces %s rows and keeps %s: many paths lead to the same rows", n.Ref(), figures.Count(produced), figures.Count(kept)),
			Detail: redact.Sprintf("The recursion %s.", cost.Took()),
			Fix: redact.Plain("Keep only the key of a row in the recursion: a depth or a path makes it a new row in each round, and it is followed again. " +
				"If one target is wanted, stop when it is found: a recursive query follows all paths first. A loop in PL/pgSQL with a table of the visited rows stops there."),
		},
		Covered: covers,
	}
	if scan := rule.CostliestScan(covers); scan != nil {
		f.Where.Relation = n.Plan.Node(scan).RelationName()
	}
	found(f)
}
