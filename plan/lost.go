package plan

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// Lines of a plan that are missing, and those that a screen or the end of the
// input cut off. The columns show the first: the server prints the properties and
// inputs of a node six columns to the right of its arrow, and the node below a
// label two columns to the right of the label (ExplainNode in explain.c).

const (
	step      = 6
	labelStep = 2
)

// place is the column of a line directly below an open level.
func (v level) place() int {
	if v.label != "" {
		return v.column + labelStep
	}
	return v.column + step
}

// fillGap adds a node for each line that is missing above a line in a column, once
// the plan's other lines are where the server prints them.
func (r *textReader) fillGap(l *line, column int) {
	if len(r.open) == 0 {
		return
	}
	r.regular = !r.trimmed && (r.regular || column == r.open[len(r.open)-1].place())
	for r.regular && column >= r.open[len(r.open)-1].place()+step && len(r.open) < maxGap {
		r.lostNode(l)
	}
}

// maxGap limits the levels of a plan in which missing lines are looked for.
const maxGap = 1000

// lostNode adds a node whose line is missing below the innermost open level.
func (r *textReader) lostNode(l *line) {
	up := r.open[len(r.open)-1]
	n := &Node{Line: l.no, Type: unknownType, incomplete: true}
	addChild(n, up)
	r.open = append(r.open, level{column: up.place(), node: n})
	r.node, r.worker, r.wrappable, r.lastName = n, -1, nil, ""
	r.p.Gaps++
	r.warn(l, "the line of a node above this one")
}

// startsInside reports whether the plan that is being read began below its root: its
// first line has an arrow, and an arrow is to the left of it.
func (r *textReader) startsInside(l *line, column int) bool {
	return r.p != nil && !r.summary && r.arrowRoot && (column < r.rootColumn || r.p.Root.lost()) && r.pos <= r.lastPlanLine+2 && !isBlank(r.lines[r.pos-2].text)
}

// lostRoot puts a node whose line is missing above the plan's root and a line to the
// left of it.
func (r *textReader) lostRoot(column int) {
	under := r.p.Root
	if !under.lost() {
		top := &Node{Type: unknownType, Loops: opt.Map(under.Loops, func(float64) float64 { return 1 }), incomplete: true, abridged: true}
		under.Parent, under.Relationship = top, "Outer"
		top.Children, top.inputs = []*Node{under}, 1
		r.p.Root = top
		r.warning(&line{no: r.p.Line}, "the plan from its first line on", "a part of it")
	}
	r.rootColumn = min(r.rootColumn, column-step)
	r.open = append(r.open, level{column: r.rootColumn, node: r.p.Root})
}

// onlyOnce are properties that a node has once. A second one shows that the line
// of the next node is missing.
var onlyOnce = map[string]bool{
	"Filter": true, "Index Cond": true, "Recheck Cond": true, "Hash Cond": true, "Merge Cond": true, "Join Filter": true, "Output": true,
	"Rows Removed by Filter": true, "Heap Fetches": true, "Index Searches": true, "Buffers": true,
}

// ownersOf are the node types that properties belong to, if they are few.
var ownersOf = map[string][]string{
	"Index Cond": {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}, "Heap Fetches": {"Index Only Scan"},
	"Recheck Cond": {"Bitmap Heap Scan"}, "Heap Blocks": {"Bitmap Heap Scan"}, "Hash Cond": {"Hash Join"}, "Buckets": {"Hash"}, "Merge Cond": {"Merge Join"},
}

// owns reports whether a property can be one of the node, by its type and the
// properties that it has already.
func (n *Node) owns(p *propertyForm) bool {
	if p.once && (n.Has(p.name) || p.name == "Buffers" && n.Buffers != Buffers{}) {
		return false
	}
	if p.owners == nil || n.Type == "Foreign Scan" || slices.Contains(p.owners, n.Type) {
		return true
	}
	_, real := inputsOf[n.Type]
	return !real
}

// checkOwner moves on to a missing node if a property cannot be one of the node
// before it, by its column or by its name.
func (r *textReader) checkOwner(l *line, column int, p *propertyForm) {
	if r.summary || r.worker >= 0 || len(r.open) == 0 {
		return
	}
	last := r.open[len(r.open)-1]
	switch own := last.place(); {
	case last.label == "" && last.node != r.node:
	case column == own && !r.node.owns(p) && len(r.open) > 1 && r.regular:
		r.open = r.open[:len(r.open)-1]
		r.lostNode(l)
	case column < own && r.regular && last.label == "":
		for i := len(r.open) - 2; i >= max(0, len(r.open)-maxGap); i-- {
			if r.open[i].place()+step == column {
				r.open = r.open[:i+1]
				r.lostNode(l)
				return
			}
		}
	default:
		r.fillGap(l, column)
	}
}

// findCuts finds the width at which lines were cut off: that of the longest line,
// if it is a node's and ends within its brackets. It also finds out whether lines
// lost their indentation, so that columns show no missing line.
func (r *textReader) findCuts(ends bool) {
	r.ends = ends
	longest, root := 0, -1
	for _, l := range r.lines {
		if isUnreadNode(l.text) {
			at := indent(l.text)
			if _, arrow := cutArrow(l.text[at:]); !arrow {
				root = at
			} else if at <= root {
				r.trimmed = true
			}
		}
		if r.clean || len(l.text) < longest {
			continue // a clean line ends after its brackets
		}
		n := utf8.RuneCountInString(l.text)
		if n > longest {
			longest, r.width = n, 0
		}
		if n == longest && isUnreadNode(l.text) && strings.LastIndexByte(l.text, '(') > strings.LastIndexByte(l.text, ')') {
			r.width = n
		}
	}
}

// isCut reports whether a line may have been cut off.
func (r *textReader) isCut(l *line) bool {
	return r.width > 0 && len(l.text) >= r.width && utf8.RuneCountInString(l.text) == r.width || r.ends && l == &r.lines[len(r.lines)-1]
}

// endsEarly makes figures unknown if the text ends before the lines that have
// them: of the last node, and the own time of those that could have more inputs.
func (r *textReader) endsEarly() {
	p := r.p
	if p.footer || p.ExecutionMs.Known() || p.PlanningMs.Known() || r.summary || !p.Root.Loops.Known() || r.node == nil {
		return
	}
	r.node.unread = r.node.unread || r.node.Buffers == Buffers{}
	if r.lastName == "Filter" || r.lastName == "" && r.node.incomplete || r.ends && propertyKinds[r.lastName] != figure {
		r.node.cutOff = true
	}
	for _, v := range r.open {
		// Without its summary the tree can have been copied as a whole.
		more := (r.ends || r.node.incomplete) && v.node.inputs < v.node.wants().most
		v.node.openEnd = more || v.node.lacksSubplan()
	}
}

// lacksSubplan reports whether an expression of the node names a SubPlan and it
// has none.
func (n *Node) lacksSubplan() (lacks bool) {
	for _, c := range n.Children {
		if c.Relationship == "SubPlan" {
			return false
		}
	}
	for i := range n.Properties {
		n.Properties[i].Value.texts(func(s string) { lacks = lacks || strings.Contains(s, "SubPlan ") })
	}
	return lacks
}
