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
		"Or a window function that reads all its rows in the order of an index, so that the LIMIT cannot stop the scan. " +
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
	if n.Type != "WindowAgg" || n.Parent == nil || n.Parent.Type == "WindowAgg" || len(n.Children) == 0 {
		return rule.Found{}, false
	}
	covers, below := []*plan.Node{n.Node}, n.Node
	for len(below.Children) == 1 && below.Children[0].Is("WindowAgg", "Sort", "Incremental Sort", "Gather Merge") {
		below = below.Children[0]
		covers = append(covers, below)
	}
	// Of a window that the LIMIT stops after a page, everything below is for the value: without
	// it, the scan would have been stopped as well.
	rows, stopped := n.RowsTotal.Or(0), below.Type == "WindowAgg" && !n.Has("Run Condition") && n.RowsTotal.Or(0) < below.Children[0].RowsTotal.Or(0)/2
	if stopped {
		rows, covers = below.Children[0].RowsTotal.Or(0), rule.Subtree(n.Node)
	}
	if rows < beforeWindow.In(n.Plan.Case) {
		return rule.Found{}, false
	}
	cost := n.Plan.CostOf(covers...)
	if cost.Share.Or(0) < beforeShare.In(n.Plan.Case) || !n.Plan.Significant(cost) {
		return rule.Found{}, false
	}
	sorted := false
	limit := beforeLimit(n, rows, func(up *plan.Node) bool {
		if up.Is("Sort", "Incremental Sort") {
			_, plain := sortColumns(up)
			sorted = true
			return !plain
		}
		return !up.Is("Limit", "Gather", "Gather Merge", "Result", "Subquery Scan")
	})
	if limit == nil || sorted == stopped {
		return rule.Found{}, false
	}
	e := rule.OfNode(n)
	e.Number("rows returned", limit.RowsTotal, "rows", "plan")
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
			Title:    redact.Sprintf("%s computes window functions for %s rows, of which %s returns %s", n.Ref(), figures.Count(rows), limit.Ref(), figures.Count(limit.RowsTotal.Or(0))),
			Detail:   redact.Sprintf("The window functions and their sort %s. The order of the rows does not depend on them.", cost.Took()),
			Question: redact.Plain("Can the value of a row be computed from fewer rows, such as those of its partition?"),
			Settles:  redact.Plain("the window definition in the query's text"),
			Default:  redact.Plain("leave the query as it is"),
			Fix:      redact.Plain("Select the rows first, in a subquery with the ORDER BY and the LIMIT. Compute the value of each row with a LATERAL subquery over its partition. Compute a total over all rows (OVER ()) in a separate statement, not with every page."),
		},
		Covered: covers,
	}
	if stopped {
		f.Detail = redact.Sprintf("A window returns no row before it has read the whole partition: it and the nodes below %s. Without it, the LIMIT would have stopped the scan.", cost.Took())
	}
	if partition, sure := partitionedBy(n); stopped && sure && len(partition) == 0 {
		f.Tag, f.Question, f.Settles, f.Default = finding.Confirmed, redact.Text{}, redact.Text{}, redact.Text{}
		f.Fix = redact.Plain("Take the window over all rows (such as count(*) OVER ()) out of this statement. Compute the total in a statement of its own, once and not with every page, or show that there are more rows instead of how many. The page then ends at its last row.")
	}
	if scan := rule.CostliestScan(rule.Subtree(n.Node)); scan != nil {
		f.Where.Relation = n.Plan.Node(scan).RelationName()
	}
	return f, true
}
