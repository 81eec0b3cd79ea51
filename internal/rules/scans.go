package rules

import (
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

type proposal = indexadvisor.Proposal

// bitmapParts are the nodes below a bitmap heap scan that look the rows up
// for it.
func bitmapParts(n *Node) []*plan.Node {
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

// indexLike is an existing index as the advisor describes one.
func indexLike(ix *workload.Index) *indexadvisor.Index {
	return &indexadvisor.Index{Schema: ix.Table.Schema, Table: ix.Table.Name, IndexDef: ix.Def}
}

// under goes down through nodes that only pass rows on.
func under(n *plan.Node, through ...string) *plan.Node {
	for n.Is(through...) {
		inputs := inputsOf(n)
		if len(inputs) != 1 {
			break
		}
		n = inputs[0]
	}
	return n
}

// inputsOf are the children whose rows a node takes: not the subqueries that
// its expressions ask.
func inputsOf(n *plan.Node) []*plan.Node {
	asks := func(c *plan.Node) bool { return c.Relationship == "SubPlan" || c.Relationship == "InitPlan" }
	if !slices.ContainsFunc(n.Children, asks) {
		return n.Children
	}
	return slices.DeleteFunc(slices.Clone(n.Children), asks)
}
