package plan

// room is where the properties of nodes are. A node's properties follow each other in the
// input, so those of many nodes share one piece of memory, each with just its own part.
type room struct {
	free []Property
	of   *Node // whose properties are being read
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
