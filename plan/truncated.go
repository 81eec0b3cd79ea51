package plan

import (
	"fmt"
	"strings"
)

// Lacking returns the nodes with a missing or omitted input. Their self time and buffers
// are unknown.
func (p *Plan) Lacking() []*Node {
	var list []*Node
	for _, n := range p.nodes {
		if n.Lacking() {
			list = append(list, n)
		}
	}
	return list
}

// Lacking reports whether an input of the node is missing or omitted.
func (n *Node) Lacking() bool { return n.lacks || n.abridged }

// MayLack reports whether the input may have ended before an input of the node. What the
// node itself used is unknown.
func (n *Node) MayLack() bool { return n.openEnd || n.Lacking() }

// lost reports whether the line of the node is missing.
func (n *Node) lost() bool { return n.Type == unknownType && n.Line == 0 }

func (n *Node) lacksInput() bool {
	w := n.wants()
	if len(n.Children) == 0 || w.least == 0 {
		return w.least > 0 && !n.Has("Subplans Removed")
	}
	inputs := 0
	for _, c := range n.Children {
		if c.SubplanName == "" {
			inputs++
		}
	}
	return inputs < w.least && !n.Has("Subplans Removed")
}

// Cut describes what is missing from a truncated plan; it is empty if nothing
// shows that the plan was truncated. After EXPLAIN (SUMMARY OFF), too, a text of the tree
// alone cannot be told from one whose last nodes were not copied.
func (p *Plan) Cut() string {
	switch list := p.Lacking(); {
	case p.Root.lost(), p.headless:
		return "its first lines are missing"
	case len(list) > 0:
		n := list[0]
		below := article(n) + " has no child node"
		switch {
		case !n.lacks:
			below = "lines below " + article(n) + " were omitted"
		case n.wants().least == 2 && len(n.Children) > 0:
			below = "the second input of " + article(n) + " is missing"
		}
		switch more := len(list) - 1; {
		case more == 1:
			below += ", and one more node lacks an input"
		case more > 1:
			below += fmt.Sprintf(", and %d more nodes lack an input", more)
		}
		return below
	case p.endsOpen() && p.Root.Loops.Or(1) > 1:
		return fmt.Sprintf("the nodes above %s are missing, which ran %.0f times", article(p.Root), p.Root.Loops.Or(1))
	case p.broken:
		return "the text ends before the end of the plan"
	case p.endsOpen() && p.timed && !p.footer && !p.contradicted && !p.ExecutionMs.Known():
		return "the Execution Time line is missing"
	}
	return ""
}

// endsOpen reports whether nothing marks the end of the plan in its format, so that only
// its last line shows that it is whole.
func (p *Plan) endsOpen() bool {
	return p.Format == "text" || p.Format == "yaml" && p.Query.Empty()
}

func article(n *Node) string { return fmt.Sprintf("#%d %s", n.ID, strings.TrimSpace(n.Label())) }
