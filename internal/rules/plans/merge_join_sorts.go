package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	mergeRows  = rule.NewThreshold("rows", 100_000, "rows", "sorted for the join")
	mergeShare = rule.NewThreshold("share", 0.3, "share", "of the execution, spent in these sorts")
)

var mergeJoinSorts = rule.Rule{
	ID:         "merge-join-sorts",
	Title:      "Merge join sorts large inputs",
	Sees:       "A merge join above a sort of at least 100,000 rows, if the sorts take at least 30% of the time.",
	Why:        "A merge join needs both sides in order. Sorting costs more than the join itself, and is repeated in each execution.",
	Silent:     "An index already returns the order, or the sort takes little of the time.",
	Fix:        "Let the planner choose a hash join: enable_hashjoin, current statistics, work_mem. Or create an index in the order of the join that has all columns that are read.",
	Sources:    []string{"https://www.postgresql.org/docs/current/planner-optimizer.html"},
	Thresholds: []*rule.Threshold{mergeRows, mergeShare},
	Rank:       rule.RankShape - 2, // a spill says more
	On:         []string{"Merge Join"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
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
			if largest == nil || rule.Sorted(side) > rule.Sorted(largest) {
				largest = side
			}
		}
		if largest == nil || rule.Sorted(largest) < mergeRows.In(c) {
			return
		}
		cost := n.Plan.CostOf(sorts...)
		if cost.Share.Or(0) < mergeShare.In(c) || !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("rows sorted", largest.Children[0].RowsTotal, "rows", "plan")
		e.Text("Sort Key", redact.Join(largest.List("Sort Key"), ", "), "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
				Title:  redact.Sprintf("%s sorts %s rows for %s", n.Plan.Node(largest).Ref(), figures.Count(rule.Sorted(largest)), n.Ref()),
				Detail: redact.Sprintf("The sorts %s.", cost.Took()),
				Fix:    redact.Plain("A hash join needs no order, and is often faster even if it spills: check that enable_hashjoin is on, run ANALYZE on both tables, and raise work_mem for this statement. An index in the order of the join helps only if it has all columns that are read (index-only scan), or if the table lies in its order. Otherwise each row is fetched from another page."),
			},
			Covered: append([]*plan.Node{n.Node}, sorts...),
		}
		if scan := rule.CostliestScan(rule.Subtree(largest)); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		found(f)
	},
}
