package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// drawing is a plan as a tree with the figures of each node.
type drawing struct {
	head    string // names the columns of the figures
	columns int    // no line is wider
	whole   bool   // with conditions and workers
	lines   []treeLine
}

// treeLine is a line of a drawing. Several nodes may share a line.
type treeLine struct {
	figures    string // id and figures, padded to the columns
	branch     branch
	label      string
	mark       string // at the end of the line: "<- R1"
	notes      []string
	conditions []string
	workers    []string
	hot        bool // takes much of the time, or has a grave finding
	folded     bool // for nodes that are not drawn
	parent     bool // nodes are drawn below it
}

// gap separates the figures, the label and the mark of a line.
const gap = "  "

// hotShare is the share of the execution from which a node is coloured. A finding alone
// is a mark beside the node: it may be about something that takes no time.
const hotShare = 0.25

func (p *Plan) analyzed() bool { return p.size() > 0 && p.at(0).Loops.Known() }

// tree draws a plan, folded unless whole is set.
func (r *Report) tree(position int, whole bool, columns int) drawing {
	p := &r.Plans[position]
	d := drawing{columns: columns, whole: whole}
	found := r.byNode(position)
	listed, _ := r.listed(whole)
	for n, list := range found {
		if list = slices.DeleteFunc(list, func(f int) bool { return !slices.Contains(listed, f) }); len(list) == 0 {
			delete(found, n)
		} else {
			found[n] = list
		}
	}
	o := p.outline()
	fold := o.folding(whole, found)
	shown, left := o.textColumns(columns)
	head := []string{""}
	for _, c := range shown {
		head = append(head, c.heading(columns))
	}
	cells := [][]string{head}
	var parents []int
	at := map[int]int{} // the line of each node that has one
	for i := 0; i < len(o.nodes); i++ {
		up := o.nodes[i].parent
		if up >= 0 {
			up = at[up]
			d.lines[up].parent = true
		}
		parents = append(parents, up)
		if to, label := fold.from(i); to > i {
			d.lines = append(d.lines, treeLine{label: label, folded: true})
			cells = append(cells, nil)
			i = to - 1
			continue
		}
		n := p.at(i)
		at[i] = len(d.lines)
		d.lines = append(d.lines, r.line(p, n, found[i], left))
		row := []string{fmt.Sprintf("#%d", n.ID)}
		for _, c := range shown {
			row = append(row, c.cell(n, columns))
		}
		cells = append(cells, row)
	}
	between := len(gap)
	if columns < roomy {
		between = 1
	}
	rows := inColumns(cells, strings.Repeat(" ", between))
	room := columns - len(rows[0]) - len(gap)
	deepest := 0
	for i, b := range branches(parents, room) {
		d.lines[i].figures, d.lines[i].branch = rows[i+1], b
		d.lines[i].fit(columns)
		deepest = max(deepest, b.level)
	}
	d.head = rows[0]
	if deepest > 0 {
		d.head += fmt.Sprintf("%s>%d: level %d of the tree", gap, deepest, deepest)
	}
	return d
}

// line returns the line of a node without its figures and its place.
func (r *Report) line(p *Plan, n *Node, found []int, left []nodeColumn) treeLine {
	p.described(n)
	line := treeLine{label: flat(n.title()), hot: n.share().Or(0) >= hotShare}
	for _, c := range left {
		if c.note == nil {
			continue
		}
		if said := c.note(p, n); said != "" {
			line.notes = append(line.notes, said)
		}
	}
	line.notes = append(line.notes, n.Notes...)
	for _, c := range n.Conditions {
		line.conditions = append(line.conditions, c.Name+" "+c.Text)
	}
	for _, w := range n.Workers {
		line.workers = append(line.workers, w.words())
	}
	var changes, findings []string
	for _, f := range found {
		line.hot = line.hot || r.Findings[f].Severity >= grave
		changes = append(changes, r.recommended(f)...)
		findings = append(findings, r.Findings[f].ID)
	}
	marks := unique(changes)
	if len(marks) == 0 {
		marks = findings
	}
	if len(marks) > 0 {
		line.mark = "<- " + strings.Join(marks[:min(len(marks), mostMarks)], ", ")
	}
	return line
}

// mostMarks is the number of changes, or of findings without a change, at the end of a
// line.
const mostMarks = 3

// title names a node with the subplan that it is the top of: "SubPlan 2 (12x):
// Aggregate".
func (n *Node) title() string {
	if n.Subplan == nil {
		return n.Label
	}
	times := ""
	if runs := n.Executions.Or(1); runs >= 1.5 {
		times = " (" + figures.Count(runs) + "x)"
	}
	return *n.Subplan + times + ": " + n.Label
}

// words says what a worker did.
func (w PlanWorker) words() string {
	var said []string
	if rows, ok := w.RowsTotal.Get(); ok {
		said = append(said, figures.Plural(rows, "row"))
	}
	if ms, ok := w.TotalMs.Get(); ok {
		said = append(said, figures.Ms(ms))
	}
	if hit, ok := w.SharedHit.Get(); ok {
		said = append(said, figures.Plural(hit+w.SharedRead.Or(0), "block"))
	}
	if w.Sort != "" {
		said = append(said, w.Sort)
	}
	return fmt.Sprintf("worker %d: %s", w.ID, strings.Join(said, ", "))
}

// fit moves what has no room beside the label to the notes: the index, the table, then
// the mark. A label that is still too long is cut.
func (l *treeLine) fit(columns int) {
	room := max(columns-len(l.figures)-len(gap)-len(l.branch.before), leastLabel)
	fits := func() bool {
		filled := displaywidth.String(l.label)
		if l.mark != "" {
			filled += len(gap) + len(l.mark)
		}
		return filled <= room
	}
	var moved []string
	if kind, index, ok := strings.Cut(l.label, " using "); ok && !fits() {
		if name, table, ok := strings.Cut(index, " on "); ok {
			l.label, moved = kind+" on "+table, []string{"using " + name}
		}
	}
	if kind, table, ok := strings.Cut(l.label, " on "); ok && !fits() && !l.folded {
		l.label, moved = kind, append([]string{"on " + table}, moved...)
	}
	if l.folded && !fits() {
		l.label = strings.TrimSuffix(l.label, " in total")
	}
	if !fits() && l.mark != "" {
		moved, l.mark = append(moved, l.mark), ""
	}
	if len(moved) > 0 {
		l.notes = append([]string{strings.Join(moved, " ")}, l.notes...)
	}
	l.label = oneLine(l.label, room)
}

// leastLabel is the room that a label has in any case.
const leastLabel = 12

// byNode returns the findings of each node of a plan.
func (r *Report) byNode(plan int) map[int][]int {
	of := map[int][]int{}
	for i, f := range r.Findings {
		p, ok1 := f.Where.Plan.Get()
		n, ok2 := f.Where.Node.Get()
		if ok1 && ok2 && p == plan {
			of[n] = append(of[n], i)
		}
	}
	return of
}

// inColumns aligns rows of figures: the first column left, the others right. A row
// without cells is blank.
func inColumns(rows [][]string, between string) []string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for c, cell := range row {
			widths[c] = max(widths[c], len(cell))
		}
	}
	out := make([]string, len(rows))
	for i, row := range rows {
		var b strings.Builder
		for c, w := range widths {
			cell := ""
			if c < len(row) {
				cell = row[c]
			}
			if c == 0 {
				fmt.Fprintf(&b, "%-*s", w, cell)
			} else {
				fmt.Fprintf(&b, "%s%*s", between, w, cell)
			}
		}
		out[i] = b.String()
	}
	return out
}

// branch is what a tree draws in front of a node, and of the notes below it.
type branch struct {
	before, below string
	level         int // printed in before; 0: it is drawn
}

// branches returns the branches of a tree whose lines are in pre-order, from the line of
// the parent of each; -1: it has none. The deeper the tree and the less room it has, the
// less it is indented. Lines that are deeper than the room allows have their depth as a
// number.
func branches(parents []int, room int) []branch {
	depths := make([]int, len(parents))
	ends := make([]int, len(parents)) // the last child of each
	for i, up := range parents {
		if up >= 0 {
			depths[i], ends[up] = depths[up]+1, i
		}
	}
	steps := indentation(slices.Max(append(depths, 0)), room)
	list := make([]branch, len(parents))
	for i, up := range parents {
		if up >= 0 {
			step, above := 0, list[up].below
			if depths[i] < len(steps) {
				step = steps[depths[i]]
			}
			switch last := ends[up] == i; {
			case step == 0:
				list[i] = branch{fmt.Sprintf("%s>%d ", above, depths[i]), above, depths[i]}
			case last:
				list[i] = branch{above + "`- ", above + strings.Repeat(" ", step), 0}
			default:
				list[i] = branch{above + "|- ", above + "|" + strings.Repeat(" ", step-1), 0}
			}
		}
	}
	return list
}

// indentation returns by how many characters each level of a tree is indented: by 3 if
// all levels have room, otherwise the upper ones by 2 and the others by 1, or not at all.
func indentation(depth, room int) []int {
	most := max(room/3, 8)
	steps := make([]int, depth+1)
	for level := 1; level <= depth; level++ {
		switch {
		case 3*depth <= most:
			steps[level] = 3
		case 2*level+depth-level <= most:
			steps[level] = 2
		case level <= most:
			steps[level] = 1
		}
	}
	return steps
}

// write writes the lines of the drawing. paint colours a text.
func (d *drawing) write(b io.StringWriter, paint func(code, s string) string) {
	b.WriteString(paint(dim, d.head) + "\n")
	left := d.besideFrom()
	for i := range d.lines {
		l := &d.lines[i]
		code := ""
		switch {
		case l.folded:
			code = dim
		case l.hot:
			code = bold + ";" + red
		}
		front := l.figures + gap + l.branch.before
		b.WriteString(front + paint(code, l.label))
		filled := displaywidth.String(front + l.label)
		if l.mark != "" {
			b.WriteString(gap + paint(bold, l.mark))
			filled += len(gap) + len(l.mark)
		}
		said := l.said(d.whole, left > 0)
		switch {
		case len(said) == 0:
			b.WriteString("\n")
		case left > 0:
			d.beside(b, paint, said, filled, left)
		case len(said) == 1 && filled+len(gap)+displaywidth.String(said[0])+2 <= d.columns:
			b.WriteString(gap + paint(dim, "("+said[0]+")") + "\n")
		default:
			b.WriteString("\n")
			d.below(b, paint, l, said)
		}
	}
}

// said returns what is written beside or below a line: in full with the conditions and
// workers, each on a line of its own.
func (l *treeLine) said(whole, beside bool) []string {
	said := slices.Clone(l.notes)
	if whole || beside {
		said = append(said, l.conditions...)
	}
	if whole {
		said = append(said, l.workers...)
	} else if len(said) > 0 {
		said = []string{strings.Join(said, "; ")}
	}
	for i := range said {
		said[i] = flat(said[i])
	}
	return said
}

// besideFrom returns the column of the notes and conditions to the right of the nodes;
// 0 if there is no room for them.
func (d *drawing) besideFrom() int {
	const room, wide = 40, 140 // less room makes conditions unreadable
	longest := 0
	for _, l := range d.lines {
		n := displaywidth.String(l.figures + gap + l.branch.before + l.label)
		if l.mark != "" {
			n += len(gap) + len(l.mark)
		}
		longest = max(longest, n)
	}
	switch left := longest + 3; {
	case d.columns-left >= room:
		return left
	case d.columns >= wide: // a few long labels overlap with it
		return d.columns - room
	}
	return 0
}

// beside writes notes and conditions to the right of the node, or below it if its
// label is too long.
func (d *drawing) beside(b io.StringWriter, paint func(code, s string) string, said []string, filled, left int) {
	if filled >= left {
		b.WriteString("\n")
		filled = 0
	}
	for _, text := range said {
		lines := []string{oneLine(text, d.columns-left)}
		if d.whole {
			lines = Wrap(text, d.columns-left)
		}
		for _, line := range lines {
			b.WriteString(strings.Repeat(" ", left-filled) + paint(dim, line) + "\n")
			filled = 0
		}
	}
}

// below writes the notes of a node below it, between the branches of the tree.
func (d *drawing) below(b io.StringWriter, paint func(code, s string) string, l *treeLine, said []string) {
	least := 32
	for _, text := range said {
		for word := range strings.FieldsSeq(text) {
			least = max(least, displaywidth.String(word)+2)
		}
	}
	front := strings.Repeat(" ", len(l.figures)) + gap + l.branch.below + "  "
	if l.parent {
		front = strings.TrimSuffix(front, "  ") + "| "
	}
	if len(front) > d.columns-least {
		front = strings.Repeat(" ", max(d.columns-least, 0))
	}
	room, hang := d.columns-len(front), ""
	if len(said) > 1 {
		hang = "  "
	}
	for _, text := range said {
		for i, line := range wrap(text, room, room-len(hang)) {
			if i == 0 {
				b.WriteString(front + paint(dim, oneLine(line, room)) + "\n")
			} else {
				b.WriteString(front + hang + paint(dim, oneLine(line, room-len(hang))) + "\n")
			}
		}
	}
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
