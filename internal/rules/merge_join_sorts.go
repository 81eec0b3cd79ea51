package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	mergeRows  = NewThreshold("rows", 100_000, "rows", "sorted for the join")
	mergeShare = NewThreshold("share", 0.3, "share", "of the execution, spent in these sorts")
)

var mergeJoinSorts = Rule{
	ID:         "merge-join-sorts",
	Title:      "Large inputs are sorted for a merge join",
	Sees:       "A merge join above a sort of 100,000 rows or more, where the sorts take a third of the time.",
	Why:        "A merge join needs both sides in order. Sorting them costs more than the join itself, and is done anew each time.",
	Silent:     "An index gives the order already; the sort takes little of the time.",
	Fix:        "An index that gives the order on the larger side, or memory enough that a hash join is chosen.",
	Sources:    []string{"https://www.postgresql.org/docs/current/planner-optimizer.html"},
	Thresholds: []*Threshold{mergeRows, mergeShare},
	Rank:       rankShape - 2, // a spill says more
	Node: func(c *Case, n *Node, found func(Found)) {
		if n.Type != "Merge Join" {
			return
		}
		var sorts []*plan.Node
		largest := (*plan.Node)(nil)
		for _, side := range n.Children {
			if side.Type == "Materialize" && len(side.Children) == 1 {
				side = side.Children[0]
			}
			if side.Type != "Sort" {
				continue
			}
			sorts = append(sorts, side)
			if largest == nil || sorted(side) > sorted(largest) {
				largest = side
			}
		}
		if largest == nil || sorted(largest) < mergeRows.In(c) {
			return
		}
		cost := n.Plan.costOf(sorts...)
		if cost.share.Or(0) < mergeShare.In(c) || !n.Plan.material(cost) {
			return
		}
		e := ofNode(n)
		e.number("rows sorted", largest.Children[0].RowsTotal, "rows", "plan")
		e.text("Sort Key", redact.Join(largest.List("Sort Key"), ", "), "plan")
		f := Found{
			cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s sorts %s rows for %s", n.Plan.node(largest).name(), figures.Count(sorted(largest)), n.name()),
				Detail: redact.Sprintf("Sorting took %s.", cost.took()),
				Fix:    redact.Plain("An index that begins with the join column of the larger side gives the order. Else more work_mem for this statement: a hash join needs no order."),
			},
			covers: append([]*plan.Node{n.Node}, sorts...),
		}
		if scan := costliestScan(subtree(largest)); scan != nil {
			f.Where.Relation = n.Plan.node(scan).RelationName()
		}
		found(f)
	},
}

// sorted is how many rows a sort was given: a merge may have read fewer of
// them back.
func sorted(sort *plan.Node) float64 {
	if len(sort.Children) == 0 {
		return 0
	}
	return sort.Children[0].RowsTotal.Or(0)
}
