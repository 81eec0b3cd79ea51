package plan

import (
	"errors"
	"sort"
)

// unlimitedInputs is the room that an Append leaves.
const unlimitedInputs = 1 << 20

// continuesFlatPlan reports whether a node whose arrow stands in the column of the
// first belongs to the plan all the same: a part of a plan that was copied
// without its indentation has nodes that cannot be without a child, the line
// follows the plan's last, and takes no longer than the whole.
func (r *textReader) continuesFlatPlan(column int, f figures) bool {
	if r.p == nil || !r.flat || r.firstArrow != column || r.freeInputs < 1 || r.pos < 2 || isBlank(r.lines[r.pos-2].text) {
		return false
	}
	root := r.p.Root
	longest, known := root.Ms.Get()
	return !known || f.last.Or(0)*f.loops.Or(0) <= longest*root.Loops.Or(1)
}

// inputCounts is how many children a node takes: these none or a fixed number, all
// others one. Those that take any number are -1.
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

// maxInputs is how many children may be hung under a node.
func (n *Node) maxInputs() int {
	if most := n.requiredInputs(); most >= 0 {
		return most
	}
	return unlimitedInputs
}

// rebuildTree rebuilds a tree whose indentation was lost: all its arrows stand
// in one column, and a node that cannot be without a child has none. Nodes
// stand in plan order still, so that how many children each takes tells the
// rest; behind an Append it may be wrong.
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
	p.Warnings = append(p.Warnings, &SyntaxError{Line: p.Line, Want: "indentation", Err: errors.New("it was lost; the tree was reconstructed and may be wrong")})
}

// hasAllInputs reports whether a node has all the children that it takes.
func (n *Node) hasAllInputs() bool { return n.requiredInputs() >= 0 && n.inputs >= n.requiredInputs() }
