package plan

import (
	"errors"
	"slices"
	"strings"
)

// Plans whose indentation was lost, entirely or on some lines. Their nodes are
// still in plan order, and the inputs that each type has determine the tree.

// columns records the columns of a plan's arrows.
type columns struct {
	first, last int  // the smallest and the largest; -1 before the first arrow
	deeper      bool // a property is to the right of its node, as the server prints it
	below       bool // an arrow is not to the right of the root, or of its label
}

func (c *columns) arrow(column, root int) {
	if c.last < 0 {
		c.first = column
	}
	c.first, c.last = min(c.first, column), max(c.last, column)
	c.below = c.below || column <= root
}

// flat reports whether the columns tell nothing: all arrows are in one, but for
// the blank that quotes keep.
func (c *columns) flat() bool { return c.last-c.first <= 1 && !c.deeper }

// continuesFlatPlan reports whether a node still belongs to the plan although its
// column says otherwise. In a plan copied without its indentation, earlier nodes
// still need inputs, the line directly follows the plan, and the node takes no
// longer than the root.
func (r *textReader) continuesFlatPlan(column int, f figures) bool {
	if r.p == nil || r.summary || r.pos < 2 || isBlank(r.lines[r.pos-2].text) || !r.columns.flat() || r.columns.last >= 0 && (column < r.columns.first-1 || column > r.columns.last+1) {
		return false
	}
	root := r.p.Root
	longest, known := root.Ms.Get()
	return !known || f.last.Or(0) <= longest*root.Loops.Or(1)
}

// rebuildTree rebuilds the tree if its indentation was lost: an arrow that is not
// to the right of the root, or a node whose inputs cannot be those that its
// column gives it, where the columns tell nothing.
func (r *textReader) rebuildTree() {
	p := r.p
	if !r.columns.below && !r.columns.flat() {
		return
	}
	p.number()
	nodes := append([]*Node(nil), p.nodes...)
	slices.SortStableFunc(nodes[1:], func(a, b *Node) int { return a.Line - b.Line })
	if !r.inferred && !r.columns.below && !isImpossible(nodes) {
		return
	}
	was := make([]*Node, len(nodes))
	for i, n := range nodes {
		was[i], n.Children, n.inputs = n.Parent, nil, 0
	}
	t := tree{owners: make(map[string]*Node), left: make(map[*Node]estimates)}
	t.add(nodes[0])
	changed := r.inferred
	for i, n := range nodes[1:] {
		parent := t.parent(n)
		addChild(n, level{node: parent, label: n.SubplanName})
		if n.SubplanName == "" {
			t.left[parent] = t.left[parent].less(n)
		}
		t.add(n)
		changed = changed || n.Parent != was[i+1]
	}
	if changed {
		p.Warnings = append(p.Warnings, &SyntaxError{Line: p.Line, Want: "indented lines", Err: errors.New("the indentation was lost; the tree was reconstructed and may be wrong")})
	}
}

// isImpossible reports whether a node has inputs that its type cannot have, or
// lacks some.
func isImpossible(nodes []*Node) bool {
	for _, n := range nodes {
		w := n.wants()
		if n.inputs < w.least || n.inputs > w.most {
			return true
		}
	}
	return false
}

// tree is a tree that is being rebuilt from its nodes in plan order.
type tree struct {
	open   []*Node          // the nodes that can have another input, innermost last
	owners map[string]*Node // the last node with an expression that names a SubPlan
	left   map[*Node]estimates
}

// estimates are a node's, less those of its inputs.
type estimates struct{ cost, rows Float }

func (e estimates) less(n *Node) estimates {
	return estimates{less(e.cost, n.TotalCost), less(e.rows, n.PlanRows)}
}

// add opens a node.
func (t *tree) add(n *Node) {
	t.open = append(t.open, n)
	t.left[n] = estimates{n.TotalCost, n.PlanRows}
	t.mentions(n)
}

// searched limits how many open nodes are tried: a forged plan can have any
// number.
const searched = 256

// parent returns the node that the next one belongs to.
func (t *tree) parent(n *Node) *Node {
	last := t.open[len(t.open)-1]
	switch {
	case strings.HasPrefix(n.SubplanName, "SubPlan "):
		// Printed after the inputs of the node whose expression names it.
		name, _, _ := strings.Cut(strings.TrimPrefix(n.SubplanName, "SubPlan "), " ")
		owner := t.owners[name]
		for i := len(t.open) - 1; i >= max(0, len(t.open)-searched); i-- {
			if t.open[i] == owner {
				t.open = t.open[:i+1]
				return owner
			}
		}
		return last
	case n.SubplanName != "":
		// Printed before the inputs of its node. What follows another InitPlan
		// belongs to the same node.
		if last.inputs < last.wants().least {
			return last
		}
		for i := len(t.open) - 1; i > max(0, len(t.open)-searched); i-- {
			if t.open[i].SubplanName != "" {
				t.open = t.open[:i]
				return t.open[i-1]
			}
			if t.open[i].inputs < t.open[i].wants().least {
				break
			}
		}
		return last
	}
	for _, fits := range [...]func(parent, n *Node) bool{
		func(parent, n *Node) bool { return parent.takes(n) && parent.outlasts(n) && t.hasRoom(parent, n) },
		(*Node).takes,
		func(parent, _ *Node) bool { return parent.wants().most > 0 },
	} {
		for i := len(t.open) - 1; i >= max(0, len(t.open)-searched); i-- {
			if fits(t.open[i], n) {
				t.open = t.open[:i+1]
				return t.open[i]
			}
		}
	}
	return t.open[0]
}

// mentions records the SubPlans that a node's expressions name.
func (t *tree) mentions(n *Node) {
	for i := range n.Properties {
		n.Properties[i].Value.texts(func(s string) {
			for {
				_, rest, found := strings.Cut(s, "SubPlan ")
				if !found {
					return
				}
				end := strings.IndexAny(rest, ") ")
				if end > 0 {
					t.owners[rest[:end]] = n
				}
				s = rest
			}
		})
	}
}

// hasRoom reports whether the estimates of a node that can have more inputs than
// it needs leave room for another one: an Append costs what its inputs cost and
// returns their rows.
func (t *tree) hasRoom(n, input *Node) bool {
	w := n.wants()
	if n.inputs < w.least || w.least == w.most {
		return true
	}
	left := t.left[n].less(input)
	if left.cost.Or(0) < -1-0.01*n.TotalCost.Or(0) {
		return false
	}
	whole := !n.Parallel && !n.Has("Subplans Removed") && n.Is("Append", "Merge Append")
	return !whole || left.rows.Or(0) >= -1-0.5*float64(n.inputs)
}

// alignArrows moves the lines with arrows, or all others, by a column if nearly all
// properties are one column from where the server prints them: two layers of marks had a
// blank, and one took it from some lines only.
func alignArrows(lines []line) {
	const fewest = 2
	var off [3]int // how many properties are one column to the left, in place, to the right
	seen, arrow := 0, -1
	for _, l := range lines {
		at := indent(l.text)
		if _, is := cutArrow(l.text[at:]); is {
			arrow = at
			continue
		}
		if name, _, colon := strings.Cut(l.text[at:], ": "); arrow < 0 || !colon || !isKnownProperty(name) {
			arrow = -1 // a label, a worker, the summary: what is below has columns of its own
			continue
		}
		if i := at - arrow - step + 1; i >= 0 && i < len(off) {
			off[i]++
		}
		seen++
	}
	left, right := 4*off[0] > 3*seen, 4*off[2] > 3*seen
	if seen < fewest || !left && !right {
		return
	}
	for i := range lines {
		if _, arrow := cutArrow(strings.TrimLeft(lines[i].text, " ")); arrow == right && lines[i].text != "" {
			lines[i].text = " " + lines[i].text
		}
	}
}
