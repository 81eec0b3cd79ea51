package rules

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	cteRows    = NewThreshold("rows", 10_000, "rows", "made and kept by the CTE; fewer take a few milliseconds")
	cteDiscard = NewThreshold("discard", 0.9, "share", "of them thrown away by the filter on the CTE")
	cteShare   = NewThreshold("share", 0.2, "share", "of the execution, spent in the CTE and its scan")
)

var cteScanFilter = Rule{
	ID:     "cte-scan-filter",
	Title:  "A CTE makes all rows, and its filter comes afterwards",
	Sees:   "A scan of a materialised CTE whose filter throws nine of its rows in ten away, of 10,000 or more.",
	Why:    "What is materialised is worked out whole: no condition from outside reaches into it, and no index is used for one.",
	Silent: "The filter is on what the CTE works out (a sum, a rank) or the CTE has a LIMIT, is recursive or writes: the condition could not go inside; few rows.",
	Fix:    "The condition inside the CTE; or WITH ... AS NOT MATERIALIZED (12 and later), which lets the planner put it there.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-CTE-MATERIALIZATION",
	},
	Thresholds: []*Threshold{cteRows, cteDiscard, cteShare},
	Rank:       rankJoin, // the scans inside read all rows because nothing is asked of them
	Node: func(c *Case, n *Node, found func(Found)) {
		cte := n.Plan.cte(n.CTE)
		if n.Type != "CTE Scan" || cte == nil {
			return
		}
		f, cost, ok := n.filteredLate(cte.root, "CTE")
		if !ok {
			return
		}
		f.Detail = redact.Sprintf("The CTE and its scan took %s. The CTE is materialised, as it is when the query says MATERIALIZED, calls a volatile function in it, or runs on a server before 12; the condition does not reach into it.", cost.took())
		f.Fix = redact.Plain("Put the condition into the CTE, or write AS NOT MATERIALIZED (12 and later) and see that the plan reads less.")
		if cte.scans > 1 {
			f.Tag, f.Severity = finding.Concern, min(f.Severity, finding.Low)
			f.Detail = redact.Sprintf("The CTE and this scan took %s. It is read %s times, and so worked out once for all of them. Judgment needed: whether each of these with a condition of its own inside reads less than one without. "+
				"AS NOT MATERIALIZED (12 and later) settles it; without a trial, leave it.", cost.took(), figures.Count(float64(cte.scans)))
		}
		found(f)
	},
}

// filteredLate begins the finding on a scan whose filter throws away nearly all
// that was made below it, and could have been asked before; with what both
// cost.
func (n *Node) filteredLate(made *plan.Node, what string) (Found, cost, bool) {
	low, _, ok := n.Discard()
	if !ok || low < cteDiscard.In(n.Plan.c) || n.StoppedEarly() || made.RowsTotal.Or(0) < cteRows.In(n.Plan.c) || !n.filterCouldGoInto(made) {
		return Found{}, cost{}, false
	}
	covers := append([]*plan.Node{n.Node}, subtree(made)...)
	spent := n.Plan.costOf(covers...)
	if spent.share.Or(0) < cteShare.In(n.Plan.c) || !n.Plan.material(spent) {
		return Found{}, cost{}, false
	}
	e := ofNode(n)
	e.text("Filter", n.Text("Filter"), "plan")
	e.number("rows of the "+what, made.RowsTotal, "rows", "plan")
	f := Found{
		cost: spent,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: min(n.Plan.severity(spent), finding.Medium), Evidence: e,
			Title: redact.Sprintf("%s keeps %s of the %s rows that the %s made", n.name(), figures.Count(n.RowsTotal.Or(0)), figures.Count(made.RowsTotal.Or(0)), what),
		},
		covers: covers,
	}
	if scan := costliestScan(covers); scan != nil {
		f.Where.Relation = n.Plan.node(scan).RelationName()
	}
	return f, spent, true
}

// cteName is the name of the CTE that a node works out.
func cteName(n *plan.Node) (string, bool) {
	if n.Relationship != "InitPlan" {
		return "", false
	}
	return strings.CutPrefix(n.SubplanName, "CTE ")
}

// filterCouldGoInto reports whether the conditions on a CTE's rows mean the
// same of the rows that it is made of: nothing in between counts, ranks or
// cuts them.
func (n *Node) filterCouldGoInto(root *plan.Node) bool {
	top := under(root, "Sort", "Incremental Sort", "Gather", "Gather Merge")
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
