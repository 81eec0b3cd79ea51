package account

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/plan"
)

// Flow is what becomes of a node's rows.
type Flow struct {
	// Limit is the LIMIT that fetches the node's rows one by one, so that it may
	// stop the node early. It is nil if a node in between reads all rows first.
	Limit *plan.Node
	// First is the top of the expression's subquery that fetches the node's rows one
	// by one; one row is enough for it. It is nil where Limit is not.
	First *plan.Node
	// Sort is the sort that fetches the node's rows to give the first ones to a
	// LIMIT; nil if there is none.
	Sort *plan.Node
	// Ordered reports that the rows reach the LIMIT, or the sort, in the order in
	// which the node returns them, and that this order matters.
	Ordered bool
	// Needed is the highest number of the node's rows that the result can contain
	// or depend on; absent if the plan was not executed.
	Needed opt.Float
}

// FlowOf returns the flow of one node, without what is needed of its rows.
func FlowOf(n *plan.Node) Flow {
	path := []*plan.Node{n}
	for up := range n.Ancestors() {
		path = append(path, up)
	}
	var f Flow
	for _, m := range slices.Backward(path) {
		f = into(m, f)
	}
	return f
}

// follow fills in the flow of each node, from the root down.
func (a *Account) follow() {
	for i := range a.uses {
		u := &a.uses[i]
		n := u.Node
		if n.Parent == nil {
			u.Needed = n.RowsTotal
			continue
		}
		up := a.uses[n.Parent.ID]
		u.Flow = into(n, up.Flow)
		u.Needed = n.RowsTotal
		if !expression(n) && !ReadsAll(n) {
			u.Needed = opt.Both(n.RowsTotal, up.Needed, math.Min)
		}
	}
}

// expression reports whether the node is a subquery of an expression of the node above.
func expression(n *plan.Node) bool {
	return n.Relationship == "SubPlan" || n.Relationship == "InitPlan"
}

// into returns where a node's rows go, given where those of the node above go.
func into(n *plan.Node, up Flow) Flow {
	p := n.Parent
	switch {
	case p == nil, expression(n) && (n.Hashed() || strings.HasPrefix(n.SubplanName, "CTE ")):
		return Flow{}
	case expression(n):
		return Flow{First: n}
	}
	switch up.Needed = (opt.Float{}); p.Type {
	case "Limit":
		return Flow{Limit: p, Ordered: true}
	case "Sort":
		if up.Limit != nil && up.Ordered {
			return Flow{Sort: p, Ordered: true}
		}
		return Flow{}
	case "Hash", "ModifyTable", "SetOp", "Bitmap Heap Scan", "BitmapAnd", "BitmapOr", "Recursive Union":
		return Flow{}
	case "Aggregate":
		if p.Strategy != "Sorted" {
			return Flow{}
		}
	case "Gather":
		up.Ordered = false
	case "Nested Loop":
		if n.Relationship != "Inner" {
			break
		}
		if outer := p.Children[0]; outer.RowsTotal.Or(outer.PlanRows.Or(2)) > 1 {
			return Flow{} // a LIMIT can stop only its last run
		}
	case "Merge Join":
		up.Ordered = up.Ordered && n.Relationship != "Inner"
	case "Hash Join":
		up.Ordered = false // the planner does not rely on it
	}
	return up
}

// ReadsAll reports whether the node above needs every row that a node returns.
func ReadsAll(n *plan.Node) bool {
	switch p := n.Parent; p.Type {
	case "Aggregate", "Group", "WindowAgg", "SetOp", "ModifyTable", "Recursive Union", "Bitmap Heap Scan", "BitmapAnd", "BitmapOr":
		return true
	case "Hash":
		return p.Parent != nil && p.Parent.JoinType == "Anti"
	default:
		return p.JoinType == "Anti" && n.Relationship == "Inner"
	}
}
