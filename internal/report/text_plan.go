package report

import (
	"fmt"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// plans draws the plans of the report.
func (p *page) plans(r *Report) {
	drawn, more := r.drawn(p.full)
	for _, i := range drawn {
		p.plan(r, i)
	}
	if more > 0 {
		fmt.Fprintf(p, "\n%s not shown: --format json has all of them\n", figures.Plural(more, "more plan"))
	}
}

func (p *page) plan(r *Report, position int) {
	pl := &r.Plans[position]
	more := ""
	if len(r.Plans) > 1 {
		more = fmt.Sprintf("%d: %s", position+1, r.Inputs[pl.Input].Path)
	}
	if v, ok := pl.ExecutionMs.Get(); ok {
		more = strings.TrimPrefix(more+", "+figures.Ms(v), ", ")
	}
	p.heading("PLAN", more)
	d := r.tree(position, p.full)
	p.WriteString(p.paint(dim, d.head) + "\n")
	left := p.leftOf(d)
	for _, l := range d.lines {
		filled := p.node(l)
		if left == 0 {
			p.below(l)
			continue
		}
		p.beside(l, filled, left)
	}
}

// gap separates the figures, the label and the mark of a line.
const gap = "  "

// node writes the figures, label and mark of a line, without a newline, and
// returns the columns filled. A long label continues on the next line.
func (p *page) node(l treeLine) int {
	mark := ""
	if l.mark != "" {
		mark = gap + l.mark
	}
	const least = 16
	margin := len(l.figures) + len(gap) + len(l.branch)
	paint := ""
	switch {
	case l.folded:
		paint = dim
	case l.culprit:
		paint = "1;" + red
	}
	p.WriteString(l.figures + gap + l.branch)
	labels := Wrap(l.label, max(p.columns-margin-len(mark), least))
	for i, label := range labels {
		if i > 0 {
			p.WriteString("\n" + strings.Repeat(" ", margin+2))
		}
		p.WriteString(p.paint(paint, label))
		if i == 0 {
			p.WriteString(p.paint(bold, mark))
		}
	}
	if len(labels) > 1 {
		return margin + 2 + displaywidth.String(labels[len(labels)-1])
	}
	return margin + displaywidth.String(l.label) + len(mark)
}

// leftOf returns the column of the notes and conditions to the right of the nodes;
// 0 if there is no room for them.
func (p *page) leftOf(d drawing) int {
	const room, wide = 40, 140 // less room makes conditions unreadable
	longest := 0
	for _, l := range d.lines {
		n := len(l.figures) + len(gap) + len(l.branch) + displaywidth.String(l.label)
		if l.mark != "" {
			n += len(gap) + len(l.mark)
		}
		longest = max(longest, n)
	}
	switch left := longest + 3; {
	case p.columns-left >= room:
		return left
	case p.columns >= wide: // a few long labels overlap with it
		return p.columns - room
	}
	return 0
}

// beside writes notes and conditions to the right of the node, or below it if its
// label is too long.
func (p *page) beside(l treeLine, filled, left int) {
	text := clean(strings.Join(append(append([]string{}, l.notes...), l.conditions...), "; "))
	if text == "" {
		p.WriteString("\n")
		return
	}
	if filled >= left {
		p.WriteString("\n")
		filled = 0
	}
	lines := []string{oneLine(text, p.columns-left)}
	if p.full {
		lines = Wrap(text, p.columns-left)
	}
	for _, line := range lines {
		p.WriteString(strings.Repeat(" ", left-filled) + p.paint(dim, line) + "\n")
		filled = 0
	}
}

// below writes the notes of a node below it, and in a full report its conditions.
func (p *page) below(l treeLine) {
	p.WriteString("\n")
	notes := l.notes
	if p.full {
		notes = append(append([]string{}, notes...), l.conditions...)
	}
	if len(notes) == 0 {
		return
	}
	const least = 24
	indent := len(l.figures) + len(gap) + len(l.branch) + 2
	indent = min(indent, max(p.columns-least, 0))
	for _, line := range Wrap(clean(strings.Join(notes, "; ")), p.columns-indent) {
		p.WriteString(strings.Repeat(" ", indent) + p.paint(dim, line) + "\n")
	}
}
