package plans

import (
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	seqScanRows  = rule.NewThreshold("rows_scanned", 10_000, "rows", "per execution; fewer are read in about a millisecond")
	seqScanPages = rule.NewThreshold("table_pages", 1_000, "pages", "8 MB; wide rows make a scan dear before their count does")
)

// members are the node and, below an Append, its like beside it: the scans of
// partitions are dear together.
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
