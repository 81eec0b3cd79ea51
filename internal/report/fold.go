package report

import (
	"fmt"
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// folding decides which nodes of a plan share one line: nodes that were never
// executed and, unless the whole plan is drawn, similar siblings such as
// partitions. Of a large plan only the paths to important nodes are drawn.
type folding struct {
	*Plan
	found map[int][]int // findings by node
	keep  map[int]bool  // the drawn nodes of a large plan; nil: all nodes
	whole bool
}

// manyNodes is the size of a large plan, of which up to mostDrawn nodes are drawn even if
// they do not matter, until half of the time is explained. alike is the number of similar
// siblings that share a line.
const manyNodes, mostDrawn, alike = 60, 8, 4

func (p *Plan) folding(whole bool, found map[int][]int) folding {
	f := folding{Plan: p, found: found, whole: whole}
	if len(p.Nodes) <= manyNodes || whole {
		return f
	}
	f.keep = map[int]bool{0: true}
	explained := 0.0
	for _, n := range p.largest(mostDrawn) {
		if explained >= 0.5 {
			break
		}
		f.keep[n] = true
		explained += p.Nodes[n].share().Or(0)
	}
	for i := len(p.Nodes) - 1; i >= 0; i-- {
		n := &p.Nodes[i]
		if f.matters(n) {
			f.keep[n.ID] = true
		}
		if f.keep[n.ID] && n.Parent != nil {
			f.keep[*n.Parent] = true
		}
	}
	return f
}

// largest returns up to most nodes with the largest parts of the execution, or of the
// cost, the largest first.
func (p *Plan) largest(most int) []int {
	var list []int
	for i := range p.Nodes {
		share := p.Nodes[i].share().Or(0)
		at := len(list)
		for at > 0 && p.Nodes[list[at-1]].share().Or(0) < share {
			at--
		}
		if share > 0 && at < most {
			list = slices.Insert(list, at, i)
			list = list[:min(len(list), most)]
		}
	}
	return list
}

// matters reports whether a node has a finding or a large share of the time.
func (f folding) matters(n *Node) bool {
	const shareThatCounts = 0.05
	return len(f.found[n.ID]) > 0 || n.share().Or(0) >= shareThatCounts
}

// from returns the position after the nodes that share a line with node i, and the
// text of the line. It returns i itself if the node has its own line.
func (f folding) from(i int) (to int, label string) {
	first := &f.Nodes[i]
	to = i
	switch {
	case f.keep != nil:
		end := len(f.Nodes)
		if first.Parent != nil {
			end = skip(f.Nodes, *first.Parent)
		}
		for to < end && !f.keep[f.Nodes[to].ID] {
			to++
		}
		return to, f.together(i, to, "node")
	case neverExecuted(first):
		for to < len(f.Nodes) && neverExecuted(&f.Nodes[to]) && f.siblings(i, to) {
			to = skip(f.Nodes, to)
		}
		label = fmt.Sprintf("never executed: #%d %s", first.ID, flat(f.described(first).Label))
		if more := to - i - 1; more > 0 {
			label += fmt.Sprintf(" and %d more", more)
		}
		return to, label
	case f.whole:
		return i, ""
	}
	for to < len(f.Nodes) && f.siblings(i, to) && f.Nodes[to].Type == first.Type && skip(f.Nodes, to) == to+1 && !f.matters(&f.Nodes[to]) && !neverExecuted(&f.Nodes[to]) {
		to++
	}
	if to-i < alike {
		return i, ""
	}
	return to, f.together(i, to, "more "+flat(first.Type))
}

func (f folding) siblings(i, k int) bool {
	a, b := f.Nodes[i].Parent, f.Nodes[k].Parent
	return a == b || a != nil && b != nil && *a == *b
}

func (f folding) together(from, to int, what string) string {
	label := "... " + figures.Plural(to-from, what)
	if !f.analyzed() {
		return label
	}
	ms := 0.0
	for i := range f.Nodes[from:to] {
		ms += f.Nodes[from+i].SelfMs.Or(0)
	}
	return label + ", " + figures.Ms(ms) + " in total"
}

func neverExecuted(n *Node) bool { return n.Loops.Known() && n.Loops.Or(1) == 0 }

// skip returns the position after a node and its descendants. Nodes are in
// pre-order.
func skip(nodes []Node, i int) int {
	end := i + 1
	for end < len(nodes) && nodes[end].Parent != nil && *nodes[end].Parent >= nodes[i].ID {
		end++
	}
	return end
}
