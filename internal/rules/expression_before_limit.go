package rules

import (
	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	limitSpares  = NewThreshold("runs_per_row", 10, "runs", "for each row that the LIMIT returns: the others are for rows thrown away")
	beforeShare  = NewThreshold("share", 0.3, "share", "of the execution, spent on the value")
	beforeWindow = NewThreshold("window_rows", 10_000, "rows", "that a window function is worked out for; fewer take milliseconds")
)

var expressionBeforeLimit = Rule{
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
	Thresholds: []*Threshold{limitSpares, subplanLoops, subplanShare, beforeShare, beforeWindow},
	Rank:       rankLimit - 1, // what is below it is run as often as it is
	Node: func(c *Case, n *Node, found func(Found)) {
		if f, forFew, ok := n.runsPerRow(); ok && forFew {
			found(f)
		} else if f, ok := n.lateralBeforeLimit(); ok {
			found(f)
		} else if f, ok := n.windowBeforeLimit(); ok {
			found(f)
		}
	},
}

// beforeLimit is the LIMIT for whose few rows a value need not have been worked
// out so many times: nothing up to there asks for it; nil if there is none.
// Above a Subquery Scan the value may have another name: what is asked for there
// has to be a column of a table.
func (n *Node) beforeLimit(times float64, asks func(up *plan.Node) bool) *Node {
	var renamed *Node
	for up := range n.Ancestors() {
		if asks(up) {
			return nil
		}
		if renamed != nil && !up.Is("Limit", "Gather", "Gather Merge", "Result") {
			keys, plain := sortColumns(up)
			if !plain || !renamed.ownColumns(keys) {
				return nil
			}
		}
		switch {
		case up.Type == "Limit":
			if times >= limitSpares.In(n.Plan.c)*max(up.RowsTotal.Or(0), 1) {
				return n.Plan.node(up)
			}
			return nil
		case up.Type == "Subquery Scan":
			if renamed = n.Plan.node(up); up.Has("Filter") {
				return nil
			}
		case !up.Is("Sort", "Incremental Sort", "Unique", "Result", "Gather", "Gather Merge", "Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Hash Join", "Nested Loop", "Merge Join"):
			return nil
		}
	}
	return nil
}

// sortColumns are the names of the columns that a sort goes by; not plain where
// it is no sort, or goes by an expression.
func sortColumns(n *plan.Node) (names []string, plain bool) {
	if !n.Is("Sort", "Incremental Sort") {
		return nil, false
	}
	for _, key := range indexadvisor.SortKeys(n) {
		if key.Column.Name == "" {
			return nil, false
		}
		names = append(names, key.Column.Name)
	}
	return names, len(names) > 0
}

// lateralBeforeLimit is the inner side of a loop that gives one row for each
// outer one, whatever its values are: it leaves none out, and nothing sorts by
// them.
func (n *Node) lateralBeforeLimit() (Found, bool) {
	loops, join := n.Executions().Or(0), n.Parent
	if n.Relationship != "Inner" || join.Type != "Nested Loop" || join.Has("Join Filter") || join.Has("Filter") || loops < subplanLoops.In(n.Plan.c) {
		return Found{}, false
	}
	top := under(n.Node, "Subquery Scan", "Result")
	one := top.Type == "Aggregate" && top.Strategy == "Plain" || top.Type == "Limit" && top.PlanRows.Or(0) == 1 && join.JoinType == "Left"
	below := subtree(n.Node)
	cost := n.Plan.costOf(below...)
	scan := costliestScan(below)
	if !one || top.Has("Filter") || scan == nil || !usesOuter(n.Plan.node(scan)) || cost.share.Or(0) < beforeShare.In(n.Plan.c) || !n.Plan.material(cost) {
		return Found{}, false
	}
	outer := map[string]bool{}
	for _, side := range subtree(join.Children[0]) {
		outer[side.Alias], outer[side.Relation] = true, true
	}
	limit := n.beforeLimit(loops, func(up *plan.Node) bool {
		switch {
		case up == join || up.Is("Limit", "Gather", "Gather Merge", "Result"):
			return false
		case up.Type == "Nested Loop":
			return up.JoinType != "Left" || up.Has("Join Filter") || up.Has("Filter")
		case !up.Is("Sort", "Incremental Sort"):
			return true
		}
		for _, key := range indexadvisor.SortKeys(up) {
			if key.Column.Table == "" || !outer[key.Column.Table] {
				return true
			}
		}
		return false
	})
	if limit == nil {
		return Found{}, false
	}
	e := ofNode(n)
	e.number("runs", opt.Of(loops), "", "plan")
	e.number("time of one run", n.Ms, "ms", "plan")
	e.number("rows that are returned", limit.RowsTotal, "rows", "plan")
	f := Found{
		cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.severity(cost), Evidence: e,
			Title:  redact.Sprintf("%s is worked out %s times for the %s rows that %s returns", n.name(), figures.Count(loops), figures.Count(limit.RowsTotal.Or(0)), limit.name()),
			Detail: redact.Sprintf("It took %s: %s a run is not much, the number of runs is. The order does not depend on it.", cost.took(), figures.Ms(n.Ms.Or(0))),
			Fix:    redact.Plain("Take the rows first, in a subquery with the ORDER BY and the LIMIT, and join LATERAL to that. It then runs once a row that is shown."),
		},
		covers: append(below, join),
	}
	f.Where.Relation = n.Plan.node(scan).RelationName()
	return f, true
}

// windowBeforeLimit is a window function whose value the order does not depend
// on.
func (n *Node) windowBeforeLimit() (Found, bool) {
	if n.Type != "WindowAgg" || n.Parent == nil || n.Parent.Type == "WindowAgg" || n.RowsTotal.Or(0) < beforeWindow.In(n.Plan.c) {
		return Found{}, false
	}
	covers := []*plan.Node{n.Node}
	for below := n.Node; len(below.Children) == 1 && below.Children[0].Is("WindowAgg", "Sort", "Incremental Sort"); {
		below = below.Children[0]
		covers = append(covers, below)
	}
	cost := n.Plan.costOf(covers...)
	if cost.share.Or(0) < beforeShare.In(n.Plan.c) || !n.Plan.material(cost) {
		return Found{}, false
	}
	sorted := false
	limit := n.beforeLimit(n.RowsTotal.Or(0), func(up *plan.Node) bool {
		if up.Is("Sort", "Incremental Sort") {
			_, plain := sortColumns(up)
			sorted = true
			return !plain
		}
		return !up.Is("Limit", "Gather", "Gather Merge", "Result", "Subquery Scan")
	})
	if limit == nil || !sorted {
		return Found{}, false
	}
	e := ofNode(n)
	e.number("rows that are returned", limit.RowsTotal, "rows", "plan")
	f := Found{
		cost: cost,
		Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.severity(cost), finding.Medium), Evidence: e,
			Title: redact.Sprintf("%s works its functions out for %s rows, of which %s returns %s", n.name(), figures.Count(n.RowsTotal.Or(0)), limit.name(), figures.Count(limit.RowsTotal.Or(0))),
			Detail: redact.Sprintf("That and the sorting for it took %s, and the order does not depend on it. Judgment needed: whether the value of a row can be had from fewer rows, as those of its partition. "+
				"The window in the query's text settles it; without it, leave the query.", cost.took()),
			Fix: redact.Plain("Take the rows first, in a subquery with the ORDER BY and the LIMIT, and for each of them the value by a LATERAL subquery over its partition. A total over all rows (OVER ()) in a statement of its own, not with every page."),
		},
		covers: covers,
	}
	if scan := costliestScan(subtree(n.Node)); scan != nil {
		f.Where.Relation = n.Plan.node(scan).RelationName()
	}
	return f, true
}
