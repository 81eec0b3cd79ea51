package plan

// CostliestByEstimate is the node to which most of the plan's estimated cost
// belongs, less that of its inputs, and that cost; nil where the plan has no
// costs. What a LIMIT above does not fetch is not counted.
func (p *Plan) CostliestByEstimate() (top *Node, cost float64) {
	reached := make([]float64, len(p.nodes)) // the part of a node's cost that its parent's holds
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
