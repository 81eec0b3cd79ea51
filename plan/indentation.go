package plan

import (
	"errors"
	"sort"
)

// unlimitedInputs is the limit of nodes such as Append.
const unlimitedInputs = 1 << 20

// continuesFlatPlan reports whether a node with its arrow in the same column as
// the first arrow still belongs to the plan. In a plan copied without its
// indentation, earlier nodes still need inputs, the line directly follows the
// plan, and the node takes no longer than the root.
func (r *textReader) continuesFlatPlan(column int, f figures) bool {
	if r.p == nil || !r.flat || r.firstArrow != column || r.freeInputs < 1 || r.pos < 2 || isBlank(r.lines[r.pos-2].text) {
		return false
	}
	root := r.p.Root
	longest, known := root.Ms.Get()
	return !known || f.last.Or(0)*f.loops.Or(0) <= longest*root.Loops.Or(1)
}

// inputCounts is how many inputs a node requires, if not one; -1 is any number.
var inputCounts = map[string]int{
	"Seq Scan": 0, "Index Scan": 0, "Index Only Scan": 0, "Bitmap Index Scan": 0, "Tid Scan": 0, "Tid Range Scan": 0,
	"Function Scan": 0, "Table Function Scan": 0, "Values Scan": 0, "CTE Scan": 0, "WorkTable Scan": 0, "Sample Scan": 0,
	"Named Tuplestore Scan": 0, "Foreign Scan": 0, "Custom Scan": 0, "Result": 0,
	"Nested Loop": 2, "Hash Join": 2, "Merge Join": 2, "Recursive Union": 2,
	"Append": -1, "Merge Append": -1, "BitmapAnd": -1, "BitmapOr": -1,
}

func (n *Node) requiredInputs() int {
	if most, ok := inputCounts[n.Type]; ok {
		return most
	}
	return 1
}

// maxInputs returns how many inputs the node can have.
func (n *Node) maxInputs() int {
	if most := n.requiredInputs(); most >= 0 {
		return most
	}
	return unlimitedInputs
}

// rebuildTree rebuilds a tree whose indentation was lost: all arrows are in one
// column and a node that requires an input has none. The nodes are still in
// plan order, so the number of inputs that each requires determines the tree.
// After an Append the result can be wrong.
func (r *textReader) rebuildTree() {
	p := r.p
	if !r.flat || len(p.Root.Children) < 2 && !r.inferred {
		return
	}
	lacking := r.inferred || len(p.Root.Children) > p.Root.requiredInputs() && p.Root.requiredInputs() >= 0
	for _, c := range p.Root.Children {
		lacking = lacking || len(c.Children) == 0 && c.requiredInputs() != 0
	}
	if !lacking {
		return
	}
	p.number()
	nodes := append([]*Node(nil), p.nodes...)
	sort.SliceStable(nodes[1:], func(i, j int) bool { return nodes[1+i].Line < nodes[1+j].Line })
	for _, n := range nodes {
		n.Children, n.inputs = nil, 0
	}
	open := []*Node{nodes[0]}
	for _, n := range nodes[1:] {
		for len(open) > 1 && n.SubplanName == "" && open[len(open)-1].hasAllInputs() {
			open = open[:len(open)-1]
		}
		r.addChild(n, level{node: open[len(open)-1], label: n.SubplanName})
		open = append(open, n)
	}
	p.Warnings = append(p.Warnings, &SyntaxError{Line: p.Line, Want: "indented lines", Err: errors.New("the indentation was lost; the tree was reconstructed and may be wrong")})
}

// hasAllInputs reports whether the node has all inputs that it requires.
func (n *Node) hasAllInputs() bool { return n.requiredInputs() >= 0 && n.inputs >= n.requiredInputs() }
