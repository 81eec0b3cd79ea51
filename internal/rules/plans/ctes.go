package plans

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	cteRows    = rule.NewThreshold("rows", 10_000, "rows", "returned by the CTE; fewer take a few milliseconds")
	cteDiscard = rule.NewThreshold("discard", 0.9, "share", "of these rows, removed by the filter on the CTE")
	cteShare   = rule.NewThreshold("share", 0.2, "share", "of the execution time, spent in the CTE and its scan")
)

// filteredLate begins the finding on a scan whose filter removes nearly all rows
// of the query below it, although the condition could be applied there. It also
// returns the cost of both.
func filteredLate(n *rule.Node, inner *plan.Node, what string) (rule.Found, rule.Cost, bool) {
	low, _, ok := n.Discard()
	if !ok || low < cteDiscard.In(n.Plan.Case) || n.StoppedEarly() || inner.RowsTotal.Or(0) < cteRows.In(n.Plan.Case) || !canPushDown(n, inner) {
		return rule.Found{}, rule.Cost{}, false
	}
	covers := append([]*plan.Node{n.Node}, rule.Subtree(inner)...)
	spent := n.Plan.CostOf(covers...)
	if spent.Share.Or(0) < cteShare.In(n.Plan.Case) || !n.Plan.Significant(spent) {
		return rule.Found{}, rule.Cost{}, false
	}
	e := rule.OfNode(n)
	e.Text("Filter", n.Text("Filter"), "plan")
	e.Number("rows of the "+what, inner.RowsTotal, "rows", "plan")
	f := rule.Found{
		Cost: spent,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: min(n.Plan.Severity(spent), finding.Medium), Evidence: e,
			Title: redact.Sprintf("%s keeps %s of the %s rows of the %s", n.Ref(), figures.Count(n.RowsTotal.Or(0)), figures.Count(inner.RowsTotal.Or(0)), what),
		},
		Covered: covers,
	}
	if scan := rule.CostliestScan(covers); scan != nil {
		f.Where.Relation = n.Plan.Node(scan).RelationName()
	}
	return f, spent, true
}

// cteName returns the name of the CTE that a node computes.
func cteName(n *plan.Node) (string, bool) {
	if n.Relationship != "InitPlan" {
		return "", false
	}
	return strings.CutPrefix(n.SubplanName, "CTE ")
}

// canPushDown reports whether the conditions on a CTE's rows mean the same
// inside the CTE: no aggregate, window function or LIMIT is in between.
func canPushDown(n *rule.Node, root *plan.Node) bool {
	top := rule.Under(root, "Sort", "Incremental Sort", "Gather", "Gather Merge")
	switch {
	case top.Is("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Hash Join", "Merge Join", "Nested Loop"):
		return len(n.Filter()) > 0
	case top.Is("Aggregate") && len(top.List("Group Key")) > 0 && !top.Has("Grouping Sets"):
		keys := map[string]bool{}
		for _, k := range top.List("Group Key") {
			for _, key := range sql.ParseKeys([]string{k.Raw()}) {
				keys[key.Column.Name] = true
			}
		}
		for _, c := range n.Filter() {
			if c.Left.Name == "" || !keys[c.Left.Name] {
				return false
			}
		}
		return len(n.Filter()) > 0
	}
	return false
}

// ownColumns reports whether the columns are known to be columns of tables below:
// by VERBOSE, or by the catalog.
func ownColumns(n *rule.Node, names []string) bool {
	for _, name := range names {
		if !slices.ContainsFunc(rule.Subtree(n.Children[0]), func(below *plan.Node) bool {
			if below.Relation == "" {
				return false
			}
			t := n.Plan.Node(below).Table()
			return t != nil && t.Column(name) != nil || slices.ContainsFunc(below.List("Output"), func(o redact.Text) bool { return strings.HasSuffix(o.Raw(), "."+name) })
		}) {
			return false
		}
	}
	return true
}
