package plan

import (
	"slices"
	"strings"
)

// room is where the nodes of a plan and their properties are. They follow each other in the
// input, so many nodes share one piece of memory, and the properties of a node are read into
// one list for all of them, of which each node gets a copy that has no more room than it
// needs.
type room struct {
	nodes   []Node
	made    int // nodes
	reading []Property
	of      *Node             // whose properties are being read
	kept    map[string]string // the texts of the plans, each once
}

// keep returns a text of the plan that does not keep the input. Names occur many times.
func (r *room) keep(s string) string {
	const longest, most = 64, 10_000
	if s == "" {
		return ""
	}
	if len(s) > longest {
		return strings.Clone(s)
	}
	kept, ok := r.kept[s]
	if !ok {
		if r.kept == nil {
			r.kept = map[string]string{}
		}
		if kept = strings.Clone(s); len(r.kept) < most {
			r.kept[kept] = kept
		}
	}
	return kept
}

// mostNodes is how many nodes share a piece of memory.
const mostNodes = 128

// node returns a new node. The more nodes a plan has, the more share a piece of memory, so
// that little of it is left over.
func (r *room) node() *Node {
	if len(r.nodes) == 0 {
		r.nodes = make([]Node, min(r.made/4+1, mostNodes))
	}
	n := &r.nodes[0]
	r.nodes, r.made = r.nodes[1:], r.made+1
	return n
}

// begin makes room for the properties of a node, after those that it has.
func (r *room) begin(n *Node) {
	r.end()
	n.Properties = append(r.reading[:0], n.Properties...)
	r.of = n
}

// close ends a plan.
func (r *room) close() {
	r.end()
	r.nodes, r.made = nil, 0
}

// end leaves the current node its properties.
func (r *room) end() {
	if r.of == nil {
		return
	}
	r.reading = r.of.Properties
	r.of.Properties = nil
	if len(r.reading) > 0 {
		r.of.Properties = slices.Clone(r.reading)
	}
	r.of = nil
}
