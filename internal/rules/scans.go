package rules

import (
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
