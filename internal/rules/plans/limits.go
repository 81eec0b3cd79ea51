package plans

import (
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	limitRunsPerRow = rule.NewThreshold("runs_per_row", 10, "runs", "per row that the LIMIT returns: the other runs are for rows that the LIMIT discards")
	beforeShare     = rule.NewThreshold("share_of_value", 0.3, "share", "of the execution, spent on the value")
)

// beforeLimit returns the LIMIT above which a value could be computed, for its few
// rows: no node below needs the value. It is nil if there is none. Above a Subquery
// Scan the value may have another name: what is used there has to be a column of a
// table.
func beforeLimit(n *rule.Node, times float64, uses func(up *plan.Node) bool) *rule.Node {
	var renamed *rule.Node
	for up := range n.Ancestors() {
		if uses(up) {
			return nil
		}
		if renamed != nil && !up.Is("Limit", "Gather", "Gather Merge", "Result") {
			keys, plain := sortColumns(up)
			if !plain || !ownColumns(renamed, keys) {
				return nil
			}
		}
		switch {
		case up.Type == "Limit":
			if times >= limitRunsPerRow.In(n.Plan.Case)*max(up.RowsTotal.Or(0), 1) {
				return n.Plan.Node(up)
			}
			return nil
		case up.Type == "Subquery Scan":
			if renamed = n.Plan.Node(up); up.Has("Filter") {
				return nil
			}
		case !up.Is("Sort", "Incremental Sort", "Unique", "Result", "Gather", "Gather Merge", "Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Hash Join", "Nested Loop", "Merge Join"):
			return nil
		}
	}
	return nil
}

// sortColumns returns the names of the columns that a sort is by; not plain if the
// node is no sort, or sorts by an expression.
func sortColumns(n *plan.Node) (names []string, plain bool) {
	if !n.Is("Sort", "Incremental Sort") {
		return nil, false
	}
	for _, key := range conditions.SortKeys(n) {
		if key.Column.Name == "" {
			return nil, false
		}
		names = append(names, key.Column.Name)
	}
	return names, len(names) > 0
}

// lateralBeforeLimit is the finding on the inner side of a loop that returns one row
// per outer row: it removes none, and nothing sorts by its values.
func lateralBeforeLimit(n *rule.Node) (rule.Found, bool) {
	loops, join := n.Executions().Or(0), n.Parent
	if n.Relationship != "Inner" || join.Type != "Nested Loop" || join.Has("Join Filter") || join.Has("Filter") || loops < subplanLoops.In(n.Plan.Case) {
		return rule.Found{}, false
	}
	top := rule.Under(n.Node, "Subquery Scan", "Result")
	one := top.Type == "Aggregate" && top.Strategy == "Plain" || top.Type == "Limit" && top.PlanRows.Or(0) == 1 && join.JoinType == "Left"
	below := rule.Subtree(n.Node)
	cost := n.Plan.CostOf(below...)
	scan := rule.CostliestScan(below)
	if !one || top.Has("Filter") || scan == nil || !usesOuter(n.Plan.Node(scan)) || cost.Share.Or(0) < beforeShare.In(n.Plan.Case) || !n.Plan.Significant(cost) {
		return rule.Found{}, false
	}
	outer := map[string]bool{}
	for _, side := range rule.Subtree(join.Children[0]) {
		outer[side.Alias], outer[side.Relation] = true, true
	}
	limit := beforeLimit(n, loops, func(up *plan.Node) bool {
		switch {
		case up == join || up.Is("Limit", "Gather", "Gather Merge", "Result"):
			return false
		case up.Type == "Nested Loop":
			return up.JoinType != "Left" || up.Has("Join Filter") || up.Has("Filter")
		case !up.Is("Sort", "Incremental Sort"):
			return true
		}
		for _, key := range conditions.SortKeys(up) {
			if key.Column.Table == "" || !outer[key.Column.Table] {
				return true
			}
		}
		return false
	})
	if limit == nil {
		return rule.Found{}, false
	}
	e := rule.OfNode(n)
	e.Number("runs", opt.Of(loops), "", "plan")
	e.Number("time per run", n.Ms, "ms", "plan")
	e.Number("rows returned", limit.RowsTotal, "rows", "plan")
	f := rule.Found{
		Cost: cost,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
			Title:  redact.Sprintf("%s runs %s times for the %s rows that %s returns", n.Ref(), figures.Count(loops), figures.Count(limit.RowsTotal.Or(0)), limit.Ref()),
			Detail: redact.Sprintf("All runs %s, %s each. The ORDER BY does not depend on the result.", cost.Took(), figures.Ms(n.Ms.Or(0))),
			Fix:    redact.Plain("Put the ORDER BY and the LIMIT into a subquery and join LATERAL to that. The lookup then runs once per returned row."),
		},
		Covered: append(below, join),
	}
	f.Where.Relation = n.Plan.Node(scan).RelationName()
	return f, true
}
