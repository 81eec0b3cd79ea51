package rule

import (
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/plan"
)

// Subtree is a node and all below it.
func Subtree(n *plan.Node) []*plan.Node {
	list := []*plan.Node{n}
	for _, c := range n.Children {
		list = append(list, Subtree(c)...)
	}
	return list
}

// effort is what a scan reads, a row counted as a hundredth of a block as the
// planner does: of two runs of one plan it is the same, as their times are not.
func effort(n *plan.Node) float64 {
	b := n.SelfBuffers
	return b.SharedHit.Or(0) + b.SharedRead.Or(0) + n.ScannedTotal().Or(0)/100
}

// CostliestScan is the scan of a table that reads most.
func CostliestScan(nodes []*plan.Node) *plan.Node {
	var best *plan.Node
	for _, n := range nodes {
		if n.Relation != "" && n.Is("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan") && (best == nil || effort(n) > effort(best)) {
			best = n
		}
	}
	return best
}

// ElsewhereMs is time that a node's own may hold and that is named elsewhere:
// triggers, of which those before a row run inside of it, and compilation.
func (p *Plan) ElsewhereMs() float64 {
	sum := 0.0
	for _, t := range p.Triggers {
		sum += t.Ms.Or(0)
	}
	if jit, ok := Group(p.Summary, "JIT", "Timing", "Total"); ok {
		sum += jit.Number.Or(0)
	}
	return sum
}

// Input is the child whose rows the node takes; nil if it has none.
func (n *Node) Input() *plan.Node {
	if inputs := InputsOf(n.Node); len(inputs) > 0 {
		return inputs[0]
	}
	return nil
}

// Sorted is how many rows a sort was given: a merge may have read fewer of
// them back.
func Sorted(sort *plan.Node) float64 {
	if len(sort.Children) == 0 {
		return 0
	}
	return sort.Children[0].RowsTotal.Or(0)
}

// BitmapParts are the nodes below a bitmap heap scan that look the rows up
// for it.
func BitmapParts(n *Node) []*plan.Node {
	if n.Type != "Bitmap Heap Scan" {
		return nil
	}
	var parts []*plan.Node
	var walk func(*plan.Node)
	walk = func(m *plan.Node) {
		for _, child := range m.Children {
			if child.Is("Bitmap Index Scan", "BitmapAnd", "BitmapOr") {
				parts = append(parts, child)
				walk(child)
			}
		}
	}
	walk(n.Node)
	return parts
}

// Under goes down through nodes that only pass rows on.
func Under(n *plan.Node, through ...string) *plan.Node {
	for n.Is(through...) {
		inputs := InputsOf(n)
		if len(inputs) != 1 {
			break
		}
		n = inputs[0]
	}
	return n
}

// InputsOf are the children whose rows a node takes: not the subqueries that
// its expressions ask.
func InputsOf(n *plan.Node) []*plan.Node {
	asks := func(c *plan.Node) bool { return c.Relationship == "SubPlan" || c.Relationship == "InitPlan" }
	if !slices.ContainsFunc(n.Children, asks) {
		return n.Children
	}
	return slices.DeleteFunc(slices.Clone(n.Children), asks)
}

type Proposal = indexadvisor.Proposal
