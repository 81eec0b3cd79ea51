package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	beforeWindow = rule.NewThreshold("window_rows", 10_000, "rows", "that a window function is worked out for; fewer take milliseconds")
)

var expressionBeforeLimit = rule.Rule{
	ID:    "expression-before-limit",
	Title: "A value is worked out for all rows, and a LIMIT throws nearly all away",
	Sees: "Below a LIMIT and its sort, ten times for each row that is returned or more: a subquery in the output, a LATERAL subquery or a window function, that takes a fifth of the time, or a third. " +
		"Nothing in between asks for its value.",
	Why:    "The rows are sorted with the value in them, and all but a page are thrown away. The planner puts off a dear expression of the outermost output until after the LIMIT; not one in a subquery, under DISTINCT, UNION or in LATERAL, and no window function.",
	Silent: "The value is sorted or filtered by; the LIMIT stops the rows before they are made; most rows are returned; the subquery lacks an index (correlated-subplan).",
	Fix:    "The page first, in a subquery with ORDER BY and LIMIT, and the value outside of it, for its rows alone.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-limit.html", "https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-LATERAL",
	},
	Thresholds: []*rule.Threshold{limitSpares, subplanLoops, subplanShare, beforeShare, beforeWindow},
	Rank:       rule.RankLimit - 1, // what is below it is run as often as it is
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if f, forFew, ok := runsPerRow(n); ok && forFew {
			found(f)
		} else if f, ok := lateralBeforeLimit(n); ok {
			found(f)
		} else if f, ok := windowBeforeLimit(n); ok {
			found(f)
		}
	},
}

// windowBeforeLimit is a window function whose value the order does not depend
// on.
func windowBeforeLimit(n *rule.Node) (rule.Found, bool) {
	if n.Type != "WindowAgg" || n.Parent == nil || n.Parent.Type == "WindowAgg" || n.RowsTotal.Or(0) < beforeWindow.In(n.Plan.Case) {
		return rule.Found{}, false
	}
	covers := []*plan.Node{n.Node}
	for below := n.Node; len(below.Children) == 1 && below.Children[0].Is("WindowAgg", "Sort", "Incremental Sort"); {
		below = below.Children[0]
		covers = append(covers, below)
	}
	cost := n.Plan.CostOf(covers...)
	if cost.Share.Or(0) < beforeShare.In(n.Plan.Case) || !n.Plan.Material(cost) {
		return rule.Found{}, false
	}
	sorted := false
	limit := beforeLimit(n, n.RowsTotal.Or(0), func(up *plan.Node) bool {
		if up.Is("Sort", "Incremental Sort") {
			_, plain := sortColumns(up)
			sorted = true
			return !plain
		}
		return !up.Is("Limit", "Gather", "Gather Merge", "Result", "Subquery Scan")
	})
	if limit == nil || !sorted {
		return rule.Found{}, false
	}
	e := rule.OfNode(n)
	e.Number("rows that are returned", limit.RowsTotal, "rows", "plan")
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
			Title: redact.Sprintf("%s works its functions out for %s rows, of which %s returns %s", n.Ref(), figures.Count(n.RowsTotal.Or(0)), limit.Ref(), figures.Count(limit.RowsTotal.Or(0))),
			Detail: redact.Sprintf("That and the sorting for it took %s, and the order does not depend on it. Judgment needed: whether the value of a row can be had from fewer rows, as those of its partition. "+
				"The window in the query's text settles it; without it, leave the query.", cost.Took()),
			Fix: redact.Plain("Take the rows first, in a subquery with the ORDER BY and the LIMIT, and for each of them the value by a LATERAL subquery over its partition. A total over all rows (OVER ()) in a statement of its own, not with every page."),
		},
		Covered: covers,
	}
	if scan := rule.CostliestScan(rule.Subtree(n.Node)); scan != nil {
		f.Where.Relation = n.Plan.Node(scan).RelationName()
	}
	return f, true
}
