package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	beforeWindow = rule.NewThreshold("window_rows", 10_000, "rows", "for which a window function is computed; fewer take milliseconds")
)

var expressionBeforeLimit = rule.Rule{
	ID:    "expression-before-limit",
	Title: "Expression computed for all rows before LIMIT",
	Sees: "Below a LIMIT and its sort, computed at least ten times per row returned: a subquery in the output that takes at least 20% of the time, or a LATERAL subquery or a window function that takes at least 30%. " +
		"No node in between uses its value.",
	Why:    "The rows are sorted with the value, and all but one page of them are discarded. The planner postpones an expensive expression until after the LIMIT only in the outermost output: not in a subquery, below DISTINCT or UNION, or in LATERAL, and never a window function.",
	Silent: "The query sorts or filters by the value; the LIMIT stops the scan early; most rows are returned; the subquery lacks an index (correlated-subplan).",
	Fix:    "Select the page first, in a subquery with ORDER BY and LIMIT. Compute the value outside, for these rows only.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-limit.html", "https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-LATERAL",
	},
	Thresholds: []*rule.Threshold{limitRunsPerRow, subplanLoops, subplanShare, beforeShare, beforeWindow},
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

// windowBeforeLimit finds a window function whose value the order does not depend
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
	if cost.Share.Or(0) < beforeShare.In(n.Plan.Case) || !n.Plan.Significant(cost) {
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
	e.Number("rows returned", limit.RowsTotal, "rows", "plan")
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
			Title:    redact.Sprintf("%s computes window functions for %s rows, of which %s returns %s", n.Ref(), figures.Count(n.RowsTotal.Or(0)), limit.Ref(), figures.Count(limit.RowsTotal.Or(0))),
			Detail:   redact.Sprintf("The window functions and their sort %s. The order of the rows does not depend on them.", cost.Took()),
			Question: redact.Plain("Can the value of a row be computed from fewer rows, such as those of its partition?"),
			Settles:  redact.Plain("the window definition in the query's text"),
			Default:  redact.Plain("leave the query as it is"),
			Fix:      redact.Plain("Select the rows first, in a subquery with the ORDER BY and the LIMIT. Compute the value of each row with a LATERAL subquery over its partition. Compute a total over all rows (OVER ()) in a separate statement, not with every page."),
		},
		Covered: covers,
	}
	if scan := rule.CostliestScan(rule.Subtree(n.Node)); scan != nil {
		f.Where.Relation = n.Plan.Node(scan).RelationName()
	}
	return f, true
}
