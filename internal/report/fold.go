package report

import (
	"fmt"
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// outline is what decides how a plan is drawn.
type outline struct {
	*Plan
	nodes   []sketch
	columns []nodeColumn
	says    []bool // a column says something about a node
}

// sketch is what decides whether a node is drawn.
type sketch struct {
	parent    int // -1: it has none
	kind      string
	share, ms opt.Float
	never     bool // executed
}

// outline looks at each node once: in a large plan, few of them are drawn.
func (p *Plan) outline() *outline {
	o := &outline{Plan: p, nodes: make([]sketch, p.size()), columns: p.treeColumns()}
	o.says = make([]bool, len(o.columns))
	p.each(func(i int, n *Node) {
		o.nodes[i] = sketch{-1, n.Type, n.share(), n.SelfMs, n.Loops.Known() && n.Loops.Or(1) == 0}
		if n.Parent != nil {
			o.nodes[i].parent = *n.Parent
		}
		for c := range o.columns {
			o.says[c] = o.says[c] || o.columns[c].says(n)
		}
	})
	return o
}

// folding decides which nodes of a plan share one line: nodes that were never
// executed and, unless the whole plan is drawn, similar siblings such as
// partitions. Of a large plan only the paths to important nodes are drawn.
type folding struct {
	*outline
	found map[int][]int // findings by node
	keep  map[int]bool  // the drawn nodes of a large plan; nil: all nodes
	whole bool
}

// manyNodes is the size of a large plan, of which up to mostDrawn nodes are drawn even if
// they do not matter, until half of the time is explained. alike is the number of similar
// siblings that share a line.
const manyNodes, mostDrawn, alike = 60, 8, 4

func (o *outline) folding(whole bool, found map[int][]int) folding {
	f := folding{outline: o, found: found, whole: whole}
	if len(o.nodes) <= manyNodes || whole {
		return f
	}
	f.keep = map[int]bool{0: true}
	explained := 0.0
	for _, n := range o.largest(mostDrawn) {
		if explained >= 0.5 {
			break
		}
		f.keep[n] = true
		explained += o.nodes[n].share.Or(0)
	}
	for i := len(o.nodes) - 1; i >= 0; i-- {
		if f.matters(i) {
			f.keep[i] = true
		}
		if up := o.nodes[i].parent; f.keep[i] && up >= 0 {
			f.keep[up] = true
		}
	}
	return f
}

// largest returns up to most nodes with the largest parts of the execution, or of the
// cost, the largest first.
func (o *outline) largest(most int) []int {
	var list []int
	for i := range o.nodes {
		share := o.nodes[i].share.Or(0)
		at := len(list)
		for at > 0 && o.nodes[list[at-1]].share.Or(0) < share {
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
func (f folding) matters(i int) bool {
	const shareThatCounts = 0.05
	return len(f.found[i]) > 0 || f.nodes[i].share.Or(0) >= shareThatCounts
}

// from returns the position after the nodes that share a line with node i, and the
// text of the line. It returns i itself if the node has its own line.
func (f folding) from(i int) (to int, label string) {
	first := &f.nodes[i]
	to = i
	switch {
	case f.keep != nil:
		end := len(f.nodes)
		if first.parent >= 0 {
			end = f.skip(first.parent)
		}
		for to < end && !f.keep[to] {
			to++
		}
		return to, f.together(i, to, "node")
	case first.never:
		for to < len(f.nodes) && f.nodes[to].never && f.nodes[to].parent == first.parent {
			to = f.skip(to)
		}
		label = fmt.Sprintf("never executed: #%d %s", i, flat(f.described(f.at(i)).Label))
		if more := to - i - 1; more > 0 {
			label += fmt.Sprintf(" and %d more", more)
		}
		return to, label
	case f.whole:
		return i, ""
	}
	for to < len(f.nodes) && f.nodes[to].parent == first.parent && f.nodes[to].kind == first.kind && f.skip(to) == to+1 && !f.matters(to) && !f.nodes[to].never {
		to++
	}
	if to-i < alike {
		return i, ""
	}
	return to, f.together(i, to, "more "+flat(first.kind))
}

func (f folding) together(from, to int, what string) string {
	label := "... " + figures.Plural(to-from, what)
	if !f.analyzed() {
		return label
	}
	ms := 0.0
	for i := range f.nodes[from:to] {
		ms += f.nodes[from+i].ms.Or(0)
	}
	return label + ", " + figures.Ms(ms) + " in total"
}

// skip returns the position after a node and its descendants. Nodes are in
// pre-order.
func (o *outline) skip(i int) int {
	end := i + 1
	for end < len(o.nodes) && o.nodes[end].parent >= i {
		end++
	}
	return end
}
