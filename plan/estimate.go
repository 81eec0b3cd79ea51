package plan

// CostliestByEstimate returns the node with the largest estimated cost of its
// own, without that of its inputs, and this cost in planner units. It returns
// nil if the plan has no costs. Rows that a LIMIT above does not fetch are not
// counted.
func (p *Plan) CostliestByEstimate() (top *Node, cost float64) {
	reached := make([]float64, len(p.nodes)) // the fraction of a node's cost that is part of its parent's
	for _, n := range p.nodes {
		all, ok := n.TotalCost.Get()
		if !ok {
			continue
		}
		part, inputs := 1.0, 0.0
		if n.Parent != nil {
			part = reached[n.ID]
		}
		for _, c := range n.Children {
			inputs += c.TotalCost.Or(0)
		}
		below := part
		if inputs > all {
			below = part * all / inputs
		}
		for _, c := range n.Children {
			reached[c.ID] = below
		}
		if own := part*all - below*inputs; top == nil || own > cost {
			top, cost = n, own
		}
	}
	return top, cost
}
