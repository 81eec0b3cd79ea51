package plan

import (
	"regexp"
	"slices"
	"strings"
)

// What a text has of a plan and was not read: the last check, so that nothing is lost in
// silence.

// wholeFigures matches the figures of a node as the server prints them.
var wholeFigures = regexp.MustCompile(`\((?:cost=\d+\.\d+\.\.\d+\.\d+ rows=\d+ width=\d+|actual (?:time=\d+\.\d+\.\.\d+\.\d+ )?rows=\d+(?:\.\d+)? loops=\d+)\)`)

// anyFigures matches where figures begin, which an author may have shortened.
var anyFigures = regexp.MustCompile(`\((?:cost=\d|actual (?:time|rows)=\d)`)

// countUnread warns if the lines have more figures than the plans' nodes.
func (r *textReader) countUnread() {
	there := 0
	var last *line
	var q quotes
	for i := range r.lines {
		s := r.lines[i].text
		if !isUnreadNode(s) {
			continue
		}
		if r.clean {
			for _, figures := range [...]string{"(cost=", "(actual "} {
				if strings.Contains(s, figures) {
					there, last = there+1, &r.lines[i]
				}
			}
			continue
		}
		for _, loc := range anyFigures.FindAllStringIndex(s, -1) {
			q = quotes{}
			if q.scan(s[:loc[0]], nil); q.open == 0 {
				there++
				last = &r.lines[i]
			}
		}
	}
	r.warnUnread(there, last)
}

// warnUnread warns if the lines have more figures than the plans' nodes. last is the last
// of the lines.
func (r *textReader) warnUnread(there int, last *line) {
	if len(r.done) == 0 || slices.ContainsFunc(r.done, func(p *Plan) bool { return len(p.Warnings) > 0 }) || there <= figuresOf(r.done) {
		return
	}
	r.p = r.done[len(r.done)-1]
	r.p.Gaps++
	r.warn(last, "all nodes of the plan")
	r.p = nil
}

// countedLines matches the lines of a node that are counted, whatever is before their
// indentation, and if emphasis that could not be removed is before them.
var countedLines = regexp.MustCompile(`(?:^|  |[*~_>])(?:Buffers: (?:shared|local|temp) [a-z]+=\d|Rows Removed by [A-Z][A-Za-z ]+: \d)`)

// countLines returns how many lines are a node's Buffers, those of planning, or rows that
// a node removed.
func countLines(lines []line) int {
	n := 0
	for _, l := range lines {
		if strings.Contains(l.text, "Buffers: ") || strings.Contains(l.text, "Rows Removed by ") {
			n += len(countedLines.FindAllStringIndex(l.text, -1))
		}
	}
	return n
}

// warnLines warns if the plans have fewer of these lines than the text had.
func warnLines(plans []*Plan, there int) {
	for _, p := range plans {
		if there -= p.buffers + p.removals(); len(p.Warnings) > 0 {
			return
		}
	}
	if len(plans) > 0 && there > 0 {
		plans[len(plans)-1].lacks("all lines of the nodes: Buffers, Rows Removed")
	}
}

// removals returns how many lines say how many rows a node removed.
func (p *Plan) removals() int {
	lines := 0
	for _, n := range p.nodes {
		for i := range n.Properties {
			if strings.HasPrefix(n.Properties[i].Name, "Rows Removed by ") {
				lines++
			}
		}
	}
	return lines
}

// figuresOf returns how many figures the nodes of plans have: costs and actual ones.
func figuresOf(plans []*Plan) int {
	n := 0
	for _, p := range plans {
		for one := range p.Nodes() {
			if one.TotalCost.Known() {
				n++
			}
			if one.Rows.Known() && one.Loops.Or(0) > 0 {
				n++
			}
		}
	}
	return n
}

// freeTexts are the expressions in which anything can stand.
var freeTexts = map[string]bool{"Query Text": true, "Query Parameters": true, "Remote SQL": true}

// isExpression reports whether the value of a property is SQL that the server printed.
func isExpression(name string) bool {
	kind := propertyKinds[name]
	return (kind == expression || kind == expressionList) && !freeTexts[name]
}

// holdsOther reports whether an expression has the name of another line behind it: SQL has
// no colon before a blank outside brackets.
func holdsOther(s string) (found bool) {
	if !strings.Contains(s, ": ") {
		return false
	}
	var q quotes
	depth := 0
	q.scan(s, func(i int) bool {
		switch s[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		}
		found = depth == 0 && strings.HasPrefix(s[i:], ": ")
		return !found
	})
	return found
}

// checkValues warns about what the lines of a plan lost: the times of its root, and values
// that end within brackets or quotes.
func (r *textReader) checkValues() {
	root := r.p.Root
	if r.p.ExecutionMs.Known() && !root.Loops.Known() && !root.incomplete && len(r.p.Warnings) == 0 {
		r.p.Gaps++
		r.warning(&line{no: r.p.Line}, "the figures of the first node", "")
	}
	for n := range r.p.Nodes() {
		if n.inputs > n.wants().most && len(r.p.Warnings) == 0 {
			r.p.Gaps++
			r.warning(&line{no: n.Line}, "the nodes between "+n.Label()+" and its inputs, or where another plan begins", "")
		}
	}
	for n := range r.p.Nodes() {
		if n.Ms.Known() && !root.Ms.Known() && !root.incomplete && len(r.p.Warnings) == 0 {
			r.p.Gaps++
			r.warning(&line{no: r.p.Line}, "the figures of the first node", "")
		}
	}
	for n := range r.p.Nodes() {
		for i := range n.Properties {
			if r.clean {
				break // its brackets are closed
			}
			one := &n.Properties[i]
			if !isExpression(one.Name) {
				continue
			}
			open := false
			one.Value.texts(func(s string) { open = open || isOpen(s) || holdsOther(s) })
			if open && len(r.p.Warnings) == 0 {
				r.p.Gaps++
				r.warning(&line{no: n.Line}, "the rest of "+one.Name, "")
			}
		}
	}
	for _, s := range r.p.Settings {
		if v := s.Value.Text.Raw(); strings.Count(v, "'")%2 == 1 && strings.HasPrefix(v, "'") {
			r.warning(&line{no: r.p.Line}, "the rest of Settings", "")
		}
	}
}
