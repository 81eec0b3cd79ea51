package plan

import "strings"

// Plans of Citus. A task or a subplan has no figures. The plans below it ran on a worker and
// have a summary of their own.

// isCitusPart reports whether a line with an arrow is a part of a distributed plan, which
// has no figures: the nodes below it ran on a worker.
func isCitusPart(words string) bool {
	return words == "Task" || words == "MapMergeJob" || strings.HasPrefix(words, "Distributed Subplan")
}

// partLine reads a line of the summary of a part, which says nothing about the whole plan.
func (r *textReader) partLine(column int, s string) bool {
	if r.part > 0 && column > r.part {
		if strings.HasPrefix(s, "Buffers: ") {
			r.p.buffers++ // which is no loss
		}
		return true
	}
	if r.part = 0; !r.parts || r.p == nil || r.summary {
		return false
	}
	name, value, ok := strings.Cut(s, ":")
	if !ok || summaryNames[name] == nil && !strings.HasPrefix(name, "Trigger ") {
		return false
	}
	var of *Node // the innermost part
	for _, v := range r.open[1:] {
		if v.column < column && isCitusPart(v.node.Type) {
			r.part, of = column, v.node
		}
	}
	if ms, ok := parseFigure(strings.TrimSuffix(strings.TrimSpace(value), " ms")); ok && of != nil && name == "Execution Time" && !of.Has(name) {
		add(&of.Properties, name, Value{Number: ms})
	}
	return r.part > 0
}

// leaveParts returns from the parts that are not to the left of a line of properties: a node
// has its own below those.
func (r *textReader) leaveParts(column int) {
	if !r.parts || r.summary {
		return
	}
	for i := range r.open {
		if i > 0 && r.open[i].column >= column && isCitusPart(r.open[i].node.Type) {
			r.open = r.open[:i]
			r.node, r.worker = r.open[i-1].node, -1
			return
		}
	}
}

// partsIn are the lists of parts in JSON, with the type of their nodes. A subplan has no
// number there.
var partsIn = map[string]string{"Subplans": "Distributed Subplan", "Tasks": "Task", "Dependent Jobs": "MapMergeJob"}

// openPart starts a map or list within Distributed Query. The plans of a part are the nodes
// below it.
func (b *builder) openPart(p, up *container, list bool) {
	p.role, p.node = roleIgnored, up.node
	switch {
	case up.role == roleParts:
		p.role, p.node = rolePart, b.partNode(up.node, up.key)
	case up.role == rolePartPlans && p.key == "Plan" && !list:
		p.role, p.node = roleNode, b.partNode(up.node, "")
	case up.role == rolePartPlans, p.key == "Remote Plan", p.key == "PlannedStmt":
		p.role = rolePartPlans
	case partsIn[p.key] != "":
		p.role, p.key = roleParts, partsIn[p.key]
	case p.key == "Job":
		p.role = roleDistributed
	}
}

// partNode returns a new node below another one.
func (b *builder) partNode(up *Node, typ string) *Node {
	n := b.room.node()
	n.Type = typ
	b.room.begin(n)
	addChild(n, level{node: up})
	return n
}
