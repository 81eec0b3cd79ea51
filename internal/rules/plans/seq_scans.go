package plans

import (
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	seqScanRows  = rule.NewThreshold("rows_scanned", 10_000, "rows", "of a plan without ANALYZE; fewer are read in about 1 ms")
	seqScanCost  = rule.NewThreshold("estimated_cost", 10_000, "planner units", "if the size of the table is not known: about 80 MB")
	seqScanPages = rule.NewThreshold("table_pages", 1_000, "pages", "the same; 8 MB: a scan of wide rows is expensive even if there are few")
)

// members returns the node and, below an Append, the same kind of scans beside it: the
// scans of all partitions are judged together.
func members(n *rule.Node) []*plan.Node {
	if n.Parent == nil || !n.Parent.Is("Append", "Merge Append") {
		return []*plan.Node{n.Node}
	}
	var list []*plan.Node
	for _, c := range n.Parent.Children {
		if c.Type == n.Type {
			list = append(list, c)
		}
	}
	return list
}
