package plan

import "slices"

// quotedWithin is how many plans back a plan can be that a text quotes from.
const quotedWithin = 20

// withoutQuotations removes the parts of plans that a text gives again below a plan, to
// speak about its nodes: they are no plans of their own.
func withoutQuotations(plans []*Plan) []*Plan {
	kept := plans[:0]
	for _, p := range plans {
		if !slices.ContainsFunc(kept[max(0, len(kept)-quotedWithin):], p.isPartOf) {
			kept = append(kept, p)
		}
	}
	return kept
}

// isPartOf reports whether a plan, which is not whole, has only nodes of another one, with
// the same figures.
func (p *Plan) isPartOf(whole *Plan) bool {
	if p.ExecutionMs.Known() || p.PlanningMs.Known() || len(p.nodes) >= len(whole.nodes) || p.Cut() == "" {
		return false
	}
	for _, n := range p.nodes {
		if !slices.ContainsFunc(whole.nodes, n.isSameRun) {
			return false
		}
	}
	return true
}

// isSameRun reports whether two nodes show the same run of one node. A text that speaks of
// a node may name its index otherwise.
func (n *Node) isSameRun(other *Node) bool {
	return (n.TotalCost.Known() || n.Ms.Known()) &&
		n.StartupCost == other.StartupCost && n.TotalCost == other.TotalCost && n.PlanRows == other.PlanRows && n.PlanWidth == other.PlanWidth &&
		n.StartupMs == other.StartupMs && n.Ms == other.Ms && n.Rows == other.Rows && n.Loops == other.Loops && n.Type == other.Type && n.Relation == other.Relation
}
