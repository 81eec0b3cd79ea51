package plan

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// textReader reads plans in the text format out of lines, among which there
// may be prose. A line's place in the tree follows from its column alone; how
// columns are laid out is ExplainNode in the server's explain.c.
type textReader struct {
	lines []line
	pos   int // the next line to read

	p            *Plan
	rootColumn   int         // the root's column
	open         []level     // nodes and labels that a line may belong to, the innermost last
	node         *Node       // the node whose properties are being read
	worker       int         // of its workers, or -1
	summary      bool        // the tree is over
	section      string      // the block of the summary that is being read: Planning, JIT, Serialization
	query        string      // Query Text for the plan to come
	params       string      // Query Parameters likewise
	unreadNode   *line       // a node's line in front of the plan to come that could not be read
	wrappable    *[]Property // where the property read last stands
	firstArrow   int         // the column of the first arrow, -1 before it
	flat         bool        // all arrows stand in it
	freeInputs   int         // how many more nodes the plan's nodes can take
	inferred     bool        // a node belongs to the plan only because its nodes lack one
	bareRoot     bool        // the root has no figures
	lenient      bool        // a scan's words alone on a line are a plan
	noMorePlans  bool        // no root follows any more
	joinedLines  int         // lines that were joined to the value
	lastPlanLine int         // the number of the last line that was the plan's
	done         []*Plan
}

// level is an open node, or a label with the node that it belongs to.
type level struct {
	column int // of its arrow; of a label, its own
	node   *Node
	label  string
}

// readText reads all plans that stand in the lines. Where there is nothing
// else, lenient takes a scan's words alone on a line for one: COSTS OFF prints
// no more. Cut says that the last line has no end, as where an input was cut.
func readText(lines []line, lenient, cut bool) []*Plan {
	r := &textReader{lines: splitJoinedLines(lines), lenient: lenient}
	for r.pos < len(r.lines) {
		l := &r.lines[r.pos]
		r.pos++
		column := indent(l.text)
		if s := strings.TrimRight(l.text[column:], " "); s != "" {
			r.line(l, column, s)
		}
	}
	if cut && r.p != nil && r.p.Root.Loops.Known() && !r.p.ExecutionMs.Known() {
		r.warn(&lines[len(lines)-1], "the end of the plan (Execution Time)")
	}
	r.close()
	if r.unreadNode != nil && len(r.done) > 0 {
		last := r.done[len(r.done)-1]
		last.Warnings = append(last.Warnings, &SyntaxError{Line: r.unreadNode.no, Want: wantNode, Got: excerpt(r.unreadNode.text)})
	}
	return r.done
}

const wantNode = "a node with its figures"

// close ends the plan that is being read.
func (r *textReader) close() {
	if r.p != nil {
		r.rebuildTree()
		r.p.finish()
		r.done = append(r.done, r.p)
	}
	r.p, r.node, r.open, r.summary, r.section, r.worker = nil, nil, r.open[:0], false, "", -1
	r.firstArrow, r.flat, r.inferred, r.wrappable = -1, true, false, nil
}

func (r *textReader) warn(l *line, want string) { r.warning(l, want, excerpt(l.text)) }

// warnFigures warns of a line of figures.
func (r *textReader) warnFigures(l *line, want string) { r.warning(l, want, figureExcerpt(l.text)) }

func (r *textReader) warning(l *line, want, got string) {
	if r.p != nil && len(r.p.Warnings) < maxWarnings {
		r.p.Warnings = append(r.p.Warnings, &SyntaxError{Line: l.no, Want: want, Got: got})
	}
}

// line reads one line: s is its text from column on, and not empty.
func (r *textReader) line(l *line, column int, s string) {
	if words, ok := cutArrow(s); ok && r.nodeLine(l, column, words) {
		r.lastPlanLine = l.no
		return
	}
	if strings.HasPrefix(s, "Query Text: ") {
		r.close()
		r.queryText(column, s)
		return
	}
	if value, ok := strings.CutPrefix(s, "Query Parameters: "); ok && r.p == nil {
		r.params = r.whole(value)
		return
	}
	if r.rootLine(l, column, s) {
		r.lastPlanLine = l.no
		return
	}
	if (r.p == nil || r.summary) && isUnreadNode(s) {
		r.unreadNode = l // of the plan to come, if there is one
	}
	if r.p == nil {
		return
	}
	switch {
	case r.summaryLine(l, column, s):
	case r.label(column, s):
	case r.workerLine(l, column, s):
	case r.targetLine(s):
	case r.property(l, column, s):
	case r.wrapped(s):
	default:
		r.unknown(l, column, s)
		return
	}
	r.lastPlanLine = l.no
}

// unknown passes over a line that is none of a plan's, and says so where it
// looks like one all the same.
func (r *textReader) unknown(l *line, column int, s string) {
	_, arrow := cutArrow(s)
	switch {
	case rowCount.MatchString(s):
		r.p.footer = true
	case isUnreadNode(s):
		if r.unreadNode != l {
			r.p.Gaps++
			r.warn(l, wantNode)
		}
	case strings.Trim(s, ".… []") == "" || arrow && strings.HasSuffix(s, "..."):
		r.warn(l, "the lines that are missing here")
	case r.lastLine() && !r.p.ExecutionMs.Known() && (column > r.rootColumn || beginsKnownName(s)):
		r.p.Gaps++
		r.warn(l, "the rest of the line: the input ends here")
	}
}

// markIncomplete notes that a node's line is not whole.
func (r *textReader) markIncomplete(l *line, n *Node) {
	n.incomplete = true
	r.p.Gaps++
	r.warn(l, "all figures of the node")
}

// isUnreadNode reports whether a line that could not be read is a node's all the
// same.
func isUnreadNode(s string) bool {
	return strings.Contains(s, "(cost=") || strings.Contains(s, "(actual ")
}

// lastLine reports whether nothing follows the line being read.
func (r *textReader) lastLine() bool {
	for _, l := range r.lines[r.pos:] {
		if !isBlank(l.text) {
			return false
		}
	}
	return true
}

// beginsKnownName reports whether a property's name begins with s: a line that
// was cut within it.
func beginsKnownName(s string) bool {
	if len(s) < 3 {
		return false
	}
	for name := range summaryNames {
		if strings.HasPrefix(name, s) {
			return true
		}
	}
	return strings.HasPrefix("Trigger ", s)
}

// nodeLine reads a line that begins with an arrow. Without figures it is a
// node only if its words are one's: a text may draw an arrow too.
func (r *textReader) nodeLine(l *line, column int, s string) bool {
	words, f, found, missing := r.figures(s)
	n := &Node{Line: l.no}
	known := readWords(n, words)
	if !known && readAbbreviated(n, words, found) {
		known, missing = true, true
	}
	var remark string
	if !known && !found {
		if words, remark = cutRemark(s); remark != "" && readWords(n, words) {
			known, missing = true, true
		}
	}
	if !known && (!found || missing) {
		return false
	}
	if r.p != nil && !r.summary && (r.p.Root.Loops.Known() && !f.actual && !f.never || r.p.Root.TotalCost.Known() && !found) {
		missing = true // the root has more
	}
	if missing && r.lastLine() {
		return false // the input ends in the middle of it
	}
	for len(r.open) > 0 && r.open[len(r.open)-1].column >= column {
		r.open = r.open[:len(r.open)-1]
	}
	if len(r.open) == 0 && !r.summary && r.continuesFlatPlan(column, f) {
		r.inferred = true
		r.open = append(r.open, level{column: column, node: r.p.Root})
	}
	if len(r.open) == 0 || r.summary {
		lost := r.unreadNode
		r.begin(l, column, n) // a subtree that was copied alone
		if lost != nil {
			r.p.Gaps++
			r.warn(lost, wantNode)
		}
	} else {
		r.addChild(n, r.open[len(r.open)-1])
	}
	f.fill(n)
	if n.runsWithParent() {
		n.Loops = opt.Of(1.0)
	}
	if r.freeInputs += n.maxInputs(); n.SubplanName == "" {
		r.freeInputs--
	}
	if missing {
		r.markIncomplete(l, n)
	}
	if r.firstArrow < 0 {
		r.firstArrow = column
	}
	r.flat = r.flat && column == r.firstArrow
	r.node, r.worker, r.wrappable = n, -1, nil
	r.open = append(r.open, level{column: column, node: n})
	for _, part := range splitList(remark) {
		if name, _, ok := strings.Cut(part, ": "); ok && isKnownProperty(name) {
			r.property(l, column, part)
		}
	}
	return true
}

// figures cuts a node line in its words and figures, however they were
// treated. Missing says that some are not there.
func (r *textReader) figures(s string) (words string, f figures, found, missing bool) {
	if words, f, found = cutFigures(s); found {
		if short, left := strings.CutSuffix(words, "(...)"); left {
			return strings.TrimRight(short, " "), f, true, true
		}
		if f.actual || f.never || !r.moreFiguresFollow(0, f) {
			return words, f, true, false
		}
	}
	if joined, more, n := r.joinWrapped(s); n > 0 {
		r.pos += n
		return joined, more, true, false
	}
	if found {
		return words, f, true, false
	}
	if strings.IndexByte(s, '"') >= 0 {
		if words, f, found = r.acrossLines(s); found {
			return words, f, true, false
		}
	}
	words, f, missing, found = cutIncompleteFigures(s)
	return words, f, found, missing
}

// rootLine reads a node line without an arrow, which begins a plan.
func (r *textReader) rootLine(l *line, column int, s string) bool {
	words, f, found := cutFigures(s)
	if r.p != nil && !(found && (r.summary || column <= r.rootColumn+1) || !found && r.bareRoot && column <= r.rootColumn) {
		return false
	}
	if r.moreFiguresFollow(0, f) {
		words, f, found, _ = r.figures(s) // they stand on lines of their own
	}
	n := &Node{Line: l.no}
	known := readWords(n, words)
	missing := false
	if first := r.pos; !known && r.p == nil {
		// Not a whole line of a root: it may be broken, cut or commented.
		words, f, found, missing = r.figures(s)
		*n = Node{Line: l.no}
		if known = readWords(n, words); !known && found && readAbbreviated(n, words, true) {
			known, missing = true, true
		}
		if !known && missing || missing && r.lastLine() {
			r.pos = first
			return false
		}
	}
	if !found && !(known && (r.looksLikeRoot(column) || r.lenient && n.Alias != "")) || !known && !isTypeName(n.Type) {
		return false
	}
	r.close()
	r.begin(l, column, n)
	f.fill(n)
	if (n.Ms.Known() || n.Rows.Known()) && !n.Loops.Known() {
		n.Loops = opt.Of(1.0) // left out, but a plan's root runs once
	}
	r.bareRoot = !found
	if missing {
		r.markIncomplete(l, n)
	}
	r.node = n
	// Its arrow, if it had one, would stand four columns before its words.
	r.open = append(r.open, level{column: column - 4, node: n})
	return true
}

// looksLikeRoot reports whether the words of a node without any figures stand
// where a plan begins, and not in a sentence: under psql's rule, before a
// deeper line of a plan, or alone.
func (r *textReader) looksLikeRoot(column int) bool {
	if i := r.pos - 2; i >= 0 {
		before := strings.TrimSpace(r.lines[i].text)
		if before == "QUERY PLAN" || len(before) > 2 && strings.Trim(before, "-─═+") == "" {
			return true
		}
	}
	alone := r.pos == 1
	for _, next := range r.lines[r.pos:] {
		if isBlank(next.text) {
			continue
		}
		at := indent(next.text)
		s := next.text[at:]
		name, _, colon := strings.Cut(s, ":")
		return at > column && (strings.HasPrefix(s, "->") || colon && isPropertyName(name) || isLabel(s)) || summaryNames[name] != nil
	}
	return alone
}

// begin starts a plan with its root.
func (r *textReader) begin(l *line, column int, n *Node) {
	r.close()
	r.p = &Plan{Root: n, Line: l.no, Format: "text", Query: redact.SQL(r.query)}
	if r.params != "" {
		add(&r.p.Summary, "Query Parameters", condition(r.params))
	}
	r.rootColumn, r.query, r.params, r.unreadNode = column, "", "", nil
	r.freeInputs = 1
}

// addChild hangs a node under an open one.
func (r *textReader) addChild(n *Node, under level) {
	n.Parent = under.node
	n.Relationship = relationship(under)
	n.SubplanName = under.label
	n.Parent.Children = append(n.Parent.Children, n)
	if n.SubplanName == "" {
		n.Parent.inputs++
	}
}

// relationship tells what JSON calls Parent Relationship, which text leaves to
// the reader.
func relationship(under level) string {
	switch {
	case strings.HasPrefix(under.label, "SubPlan "):
		return "SubPlan"
	case under.label != "":
		return "InitPlan"
	}
	parent := under.node
	switch parent.Type {
	case "Append", "Merge Append", "BitmapAnd", "BitmapOr":
		return "Member"
	case "Subquery Scan":
		return "Subquery"
	case "ModifyTable":
		if parent.inputs > 0 { // up to 13 a child for each target
			if last := parent.Children[len(parent.Children)-1]; last.Relationship == "Outer" {
				last.Relationship = "Member"
			}
			return "Member"
		}
	}
	if parent.inputs > 0 {
		return "Inner"
	}
	return "Outer"
}

// isLabel reports whether a line names the plan below it.
func isLabel(s string) bool {
	if strings.HasPrefix(s, "CTE ") {
		return true
	}
	rest, ok := strings.CutPrefix(s, "InitPlan ")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "SubPlan "); !ok {
			return false
		}
	}
	number, returns, _ := strings.Cut(rest, " ")
	return number != "" && (returns == "" || strings.HasPrefix(returns, "(returns "))
}

// label reads "InitPlan 1 (returns $0)", "SubPlan 2" or "CTE x".
func (r *textReader) label(column int, s string) bool {
	if r.summary || !isLabel(s) || column <= r.rootColumn && !r.arrowNext() {
		return false
	}
	for len(r.open) > 1 && r.open[len(r.open)-1].column >= column {
		r.open = r.open[:len(r.open)-1]
	}
	r.open = append(r.open, level{column: column, node: r.open[len(r.open)-1].node, label: s})
	return true
}

// arrowNext reports whether the next line begins with an arrow.
func (r *textReader) arrowNext() bool {
	if r.pos >= len(r.lines) {
		return false
	}
	_, ok := cutArrow(strings.TrimLeft(r.lines[r.pos].text, " "))
	return ok
}

const (
	maxWarnings   = 20   // a plan's faults that are told one by one
	maxProperties = 1000 // a node's: the server prints some forty
	maxWorkers    = 1024 // a Gather's: the limit of max_parallel_workers_per_gather
)

// zero is a figure that text leaves out because it is none.
var zero = opt.Of(0.0)
