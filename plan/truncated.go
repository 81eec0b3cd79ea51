package plan

import (
	"fmt"
	"strings"
)

// needsInput are the nodes that cannot be without an input, besides those that take two
// (arity): where nothing stands below one of them, the plan was not copied whole.
var needsInput = map[string]bool{
	"Sort": true, "Incremental Sort": true, "Hash": true, "Aggregate": true, "Group": true, "Unique": true, "Limit": true,
	"Gather": true, "Gather Merge": true, "Materialize": true, "Memoize": true, "WindowAgg": true, "LockRows": true,
	"SetOp": true, "Subquery Scan": true, "ProjectSet": true, "Bitmap Heap Scan": true, "ModifyTable": true,
}

// clearTruncated notes the nodes whose input was not copied. What they took by
// themselves is unknown: it would be all that was done below them.
func (p *Plan) clearTruncated() {
	for _, n := range p.Lacking() {
		n.SelfMs, n.SelfBuffers = Float{}, Buffers{}
	}
}

// Lacking are the nodes whose inputs are not all in the plan: what they took by
// themselves cannot be told.
func (p *Plan) Lacking() []*Node {
	var list []*Node
	for _, n := range p.nodes {
		if n.lacksInput() {
			list = append(list, n)
		}
	}
	return list
}

func (n *Node) lacksInput() bool {
	wants := n.requiredInputs()
	if wants == 1 && !needsInput[n.Type] {
		return false // it may be a kind that this package does not know
	}
	inputs := 0
	for _, c := range n.Children {
		if c.SubplanName == "" {
			inputs++
		}
	}
	return inputs < wants
}

// Cut says what is missing of a plan that was not copied whole; empty if
// nothing shows that it was cut. It is sure unless the end alone is missing, as
// with EXPLAIN (SUMMARY OFF) or of those who copy the tree only.
func (p *Plan) Cut() (what string, sure bool) {
	switch list := p.Lacking(); {
	case len(list) > 0:
		n := list[0]
		below := article(n) + " has no child node"
		if n.requiredInputs() == 2 && len(n.Children) > 0 {
			below = "the second input of " + article(n) + " is missing"
		}
		if len(list) > 1 {
			below += fmt.Sprintf(", and %d more nodes lack an input", len(list)-1)
		}
		return below, true
	case p.broken:
		return "the text ends before the end of the plan", true
	case p.Format == "text" && p.timed && !p.footer && !p.ExecutionMs.Known():
		return "the line with the Execution Time is missing", false
	}
	return "", false
}

func article(n *Node) string { return fmt.Sprintf("#%d %s", n.ID, strings.TrimSpace(n.Label())) }
