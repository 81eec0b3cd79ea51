package plans

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	seqScanRows  = rule.NewThreshold("rows_scanned", 10_000, "rows", "of a plan without ANALYZE; fewer are read in about 1 ms")
	seqScanCost  = rule.NewThreshold("estimated_cost", 10_000, "planner units", "if the size of the table is not known: about 80 MB")
	seqScanPages = rule.NewThreshold("table_pages", 1_000, "pages", "the same; 8 MB: a scan of wide rows is expensive even if there are few")
)

// costOfMembers returns what a scan costs and, below an Append, the same kind of scans
// beside it: the scans of all partitions are judged together.
func costOfMembers(n *rule.Node) rule.Cost {
	if n.Parent == nil || !n.Parent.Is("Append", "Merge Append") {
		return n.Plan.CostOf(n.Node)
	}
	return memberScans.Of(n.Plan)[group{n.Parent, n.Type}].cost
}

// group is the nodes of a type below an Append.
type group struct {
	parent *plan.Node
	typ    string
}

type membersOf struct {
	scans []*plan.Node
	cost  rule.Cost
	// Of sequential scans below a hash join: all that the join has to read them, and what
	// that costs.
	joined     []*plan.Node
	joinedCost rule.Cost
}

// memberScans are the members of all Appends of a plan, found once: each of thousands of
// partitions is asked about.
var memberScans = rule.Derive(func(p *rule.Plan) map[group]membersOf {
	all := map[group]membersOf{}
	for n := range p.Nodes() {
		if n.Parent != nil && n.Parent.Is("Append", "Merge Append") {
			key := group{n.Parent, n.Type}
			of := all[key]
			of.scans = append(of.scans, n)
			all[key] = of
		}
	}
	for key, of := range all {
		of = membersOf{scans: slices.Clip(of.scans), cost: p.CostOf(of.scans...)}
		if above, join, _ := joinAbove(of.scans[0]); join != nil && key.typ == "Seq Scan" {
			of.joined = slices.Clip(append(slices.Concat(of.scans, above), join))
			of.joinedCost = p.CostOf(of.joined...)
		}
		all[key] = of
	}
	return all
})
