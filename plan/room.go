package plan

import "strings"

// room is where the nodes of a plan and their properties are. They follow each other in the
// input, so many nodes share one piece of memory, and so do their properties, each node
// with just its own part.
type room struct {
	nodes []Node
	made  int // nodes
	free  []Property
	of    *Node             // whose properties are being read
	kept  map[string]string // the texts of the plans, each once
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

// node returns a new node. A plan of few nodes shares no memory with others.
func (r *room) node() *Node {
	if len(r.nodes) == 0 {
		r.nodes = make([]Node, min(max(r.made, 1), mostNodes))
	}
	n := &r.nodes[0]
	r.nodes, r.made = r.nodes[1:], r.made+1
	return n
}

const (
	roomSize   = 256 // properties
	roomForOne = 32  // more than a node has
)

// begin makes room for the properties of a node. More properties of the node before it
// are copied.
func (r *room) begin(n *Node) {
	r.end()
	if len(r.free) < roomForOne {
		r.free = make([]Property, roomSize)
	}
	n.Properties = append(r.free[:0], n.Properties...)
	r.of = n
}

// close ends a plan.
func (r *room) close() {
	r.end()
	r.nodes, r.made = nil, 0
}

// end leaves the current node the room that it used.
func (r *room) end() {
	if r.of == nil {
		return
	}
	list := r.of.Properties
	r.of.Properties = list[:len(list):len(list)]
	if n := len(list); n == 0 {
		r.of.Properties = nil
	} else if &list[0] == &r.free[0] {
		r.free = r.free[n:]
	}
	r.of = nil
}
