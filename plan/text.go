package plan

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// textReader reads plans in the text format from lines that can also contain
// prose. A line's position in the tree follows from its column; ExplainNode in
// the server's explain.c defines the columns.
type textReader struct {
	lines []line
	pos   int // the next line to read

	p            *Plan
	rootColumn   int         // the root's column
	open         []level     // nodes and labels that a line can belong to, innermost last
	node         *Node       // the node whose properties are being read
	worker       int         // the worker whose properties are being read, or -1
	workerColumn int         // of its line
	summary      bool        // the tree is complete
	section      string      // the summary block being read: Planning, JIT, Serialization
	query        string      // Query Text of the next plan
	params       string      // Query Parameters of the next plan
	unreadNode   *line       // a node line before the next plan that could not be read
	wrappable    *[]Property // the properties whose last value can continue on the next line
	columns      columns     // of the plan's arrows
	freeInputs   int         // how many more inputs the plan's nodes can have
	lacking      int         // how many more inputs they need
	regular      bool        // a line is where the server prints it, six columns to the right of its node
	width        int         // of lines that were cut off at the width of a screen; 0 if none were
	trimmed      bool        // an arrow is not to the right of the root
	ends         bool        // the input ends within its last line, or may do so
	lastName     string      // the name of the last property
	inferred     bool        // a node was added only because other nodes require an input
	bareRoot     bool        // the root has no figures
	arrowRoot    bool        // the root has an arrow: it was below another node
	lenient      bool        // see readText
	clean        bool        // see readText
	now          cleanText   // the line that is being read, if it is known to be clean
	noMorePlans  bool        // no root line follows
	joinedLines  int         // lines appended to the last value
	lastPlanLine int         // the position after the plan's last line
	done         []*Plan
	room         room
	buffers      Buffers // of the last line of Buffers
	after        paragraph
	parts        bool // the plan has parts of a distributed one
	part         int  // the column of a summary line of such a part; 0 if none is being read
}

// level is an open node, or a label with the node that it belongs to.
type level struct {
	column int // of the arrow, or of the label
	node   *Node
	label  string
	line   int // the label's position in the lines
}

// readText returns all plans in the lines. If lenient is true, a line with only
// the words of a scan is a plan, because COSTS OFF prints no more. clean reports that the
// lines are as isClean describes them, cut that the last one has no line end, so the
// input may be truncated.
func readText(lines []line, lenient, clean, cut bool) []*Plan {
	r := &textReader{lines: lines, lenient: lenient, clean: clean}
	if !clean {
		r.lines = gatherFigures(splitJoinedLines(lines))
		alignArrows(r.lines)
	}
	r.findCuts(cut)
	for r.pos < len(r.lines) {
		l := &r.lines[r.pos]
		r.pos++
		column := indent(l.text)
		if s := trimBlanks(l.text[column:]); s != "" {
			r.line(l, column, s)
		}
	}
	r.endText(cut)
	r.countUnread()
	return r.done
}

// readClean reads lines that are clean and have nothing but plans in the text format, each
// line once. It returns false if there is anything else.
func (d *document) readClean() bool {
	lines := d.lines
	r := &textReader{lines: lines, clean: true, ends: d.unterminated}
	root := -1 // the column of the last node without an arrow
	for r.pos < len(lines) {
		c := &r.now
		if !c.read(lines, r.pos) || c.quotes && embeds(c.text) || c.text == queryPlanHeader && !d.clean {
			return false // psql's table has a margin
		}
		if c.isNode && c.text[0] != '-' {
			root = c.column
		} else if c.isNode && c.column <= root {
			return false // its indentation was lost
		}
		l := &lines[r.pos]
		r.pos++
		switch {
		case c.text == "":
		case c.form != nil && r.inTree():
			r.propertyOf(c.form, l, c.column, c.text, c.value, true)
			r.lastPlanLine = r.pos
		default:
			r.line(l, c.column, c.text)
		}
	}
	if !r.now.isPlan() {
		return false
	}
	r.endText(d.unterminated)
	r.warnUnread(r.now.figures, &lines[r.now.last])
	d.plans, d.clean = r.done, true
	return true
}

// inTree reports whether a line with the name of a property can only be one of the node
// that is open.
func (r *textReader) inTree() bool {
	return r.p != nil && !r.summary && !r.p.footer && !r.bareRoot && r.part == 0 && r.node.Type != "ModifyTable"
}

// embeds reports whether a line can begin a plan in another format.
func embeds(s string) bool {
	return holdsPlanKey(s) || holdsQuoted(s) || strings.HasPrefix(s, `Query Text: "`)
}

// endText ends the last plan.
func (r *textReader) endText(cut bool) {
	if cut && r.p != nil && r.p.Root.Loops.Known() && !r.p.ExecutionMs.Known() {
		r.warn(&r.lines[len(r.lines)-1], "the end of the plan (Execution Time)")
	}
	r.close()
	if r.unreadNode != nil && len(r.done) > 0 {
		last := r.done[len(r.done)-1]
		last.Warnings = append(last.Warnings, &SyntaxError{Line: r.unreadNode.no, Want: wantNode, Got: excerpt(r.unreadNode.text)})
	}
}

const wantNode = "a plan node with its figures"

// close finishes the plan that is being read.
func (r *textReader) close() {
	if r.p != nil {
		r.room.close()
		r.endsEarly()
		r.rebuildTree()
		r.p.finish()
		r.checkValues()
		r.done = append(r.done, r.p)
	}
	r.regular, r.lastName = false, ""
	r.p, r.node, r.open, r.summary, r.section, r.worker = nil, nil, r.open[:0], false, "", -1
	r.columns, r.inferred, r.wrappable, r.parts, r.part = columns{first: -1, last: -1}, false, nil, false, 0
}

func (r *textReader) warn(l *line, want string) { r.warning(l, want, excerpt(l.text)) }

// warnFigures warns about a line of figures and quotes it unredacted.
func (r *textReader) warnFigures(l *line, want string) { r.warning(l, want, figureExcerpt(l.text)) }

func (r *textReader) warning(l *line, want, got string) {
	if r.p != nil && len(r.p.Warnings) < maxWarnings {
		r.p.Warnings = append(r.p.Warnings, &SyntaxError{Line: l.no, Want: want, Got: got})
	}
}

// line reads one line. s is its text from column on and is not empty.
func (r *textReader) line(l *line, column int, s string) {
	if words, ok := cutArrow(s); ok && r.nodeLine(l, column, words) {
		r.lastPlanLine, r.part = r.pos, 0
		return
	}
	if r.partLine(column, s) {
		r.lastPlanLine = r.pos
		return
	}
	if r.p != nil && isPlanHeader(s) && r.headsPlan() {
		r.close()
		return
	}
	if strings.HasPrefix(s, "Query Text: ") {
		r.close()
		r.queryText(column)
		return
	}
	if value, ok := strings.CutPrefix(s, "Query Parameters: "); ok && r.p == nil {
		r.params = r.whole(value)
		return
	}
	if r.rootLine(l, column, s) {
		r.lastPlanLine = r.pos
		return
	}
	if (r.p == nil || r.summary) && isUnreadNode(s) {
		r.unreadNode = l // of the next plan, if there is one
	}
	if r.p == nil && !(r.lenient && r.writes(l, column, s)) {
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
	r.lastPlanLine = r.pos
}

// unknown skips a line that is not part of the plan and warns if it looks like
// one.
func (r *textReader) unknown(l *line, column int, s string) {
	_, arrow := cutArrow(s)
	switch {
	case rowCount.MatchString(s):
		r.p.footer = true
		r.endTree()
	case r.p.footer && !isUnreadNode(s):
	case isUnreadNode(s):
		if r.unreadNode != l {
			r.p.Gaps++
			r.warn(l, wantNode)
		}
	case !r.summary && (isNameStart(s) || counted.MatchString(s) || isKnownProperty(s) && r.pos <= r.lastPlanLine+1):
		r.p.Gaps++
		r.warn(l, "the rest of the line")
	case !r.summary && strings.Trim(s, ".… []") == "" && strings.ContainsAny(s, ".…") || arrow && strings.HasSuffix(s, "..."):
		r.omitted(column)
		r.warn(l, "the lines omitted here")
	case r.pos <= r.lastPlanLine+1 && holdsPlanLine(s) && !isRuler(s) && !strings.Contains(s, queryPlanHeader):
		r.p.Gaps++
		r.warn(l, "a line of the plan")
	case r.lastLine() && !r.p.ExecutionMs.Known() && (column > r.rootColumn && beginsPlanLine(s) || beginsKnownName(s)):
		r.p.Gaps++
		r.warn(l, "the rest of the line: the input ends here")
	}
}

// beginsPlanLine reports whether a text can be the start of a line of a plan: of an
// arrow, of a node's words or of a property's name.
func beginsPlanLine(s string) bool {
	if _, arrow := cutArrow(s); arrow || strings.HasPrefix("->", s) {
		return true
	}
	word, _, more := strings.Cut(s, " ")
	for name := range propertyKinds {
		if strings.HasPrefix(name, s) || strings.HasPrefix(s, name) {
			return true
		}
	}
	for name := range formsByWord {
		if name == word || !more && strings.HasPrefix(name, word) {
			return true
		}
	}
	return isLabel(s) || strings.HasPrefix("InitPlan", word) || strings.HasPrefix("SubPlan", word) || strings.HasPrefix("Worker", word)
}

// isNameStart reports whether a line is the start of a property's name of several words.
func isNameStart(s string) bool {
	if strings.IndexByte(s, ' ') < 0 {
		return false
	}
	for name := range propertyKinds {
		if strings.HasPrefix(name, s+" ") {
			return true
		}
	}
	return false
}

// omitted records that nodes can be missing below the node that a column belongs
// to, and below all open ones if the column tells nothing.
func (r *textReader) omitted(column int) {
	r.p.Gaps++
	for i := len(r.open) - 1; i >= 0; i-- {
		if r.open[i].node.abridged = true; column > r.rootColumn && r.open[i].column < column {
			return
		}
	}
}

// markIncomplete records that a node's line is incomplete.
func (r *textReader) markIncomplete(l *line, n *Node) {
	n.incomplete = true
	r.p.Gaps++
	r.warn(l, "all figures of the node")
}

// isUnreadNode reports whether a line that could not be read has the figures of
// a node.
func isUnreadNode(s string) bool {
	return strings.Contains(s, "(cost=") || strings.Contains(s, "(actual ")
}

// lastLine reports whether only blank lines follow the current one.
func (r *textReader) lastLine() bool {
	for _, l := range r.lines[r.pos:] {
		if !isBlank(l.text) {
			return false
		}
	}
	return true
}

// beginsKnownName reports whether s is the start of a name in the summary: a
// line that was cut off within it.
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

// nodeLine reads a line that starts with an arrow. Without figures the words
// must be those of a known node, because prose contains arrows too.
func (r *textReader) nodeLine(l *line, column int, s string) bool {
	words, f, found, missing := r.figures(s)
	n := r.room.node()
	n.Line = l.no
	known := readWords(n, words)
	if !known && readAbbreviated(n, words, found) {
		known, missing = true, true
	}
	part := !known && !found && r.p != nil && isCitusPart(words)
	r.parts = r.parts || part
	known = known || part
	var remark string
	if !known && !found {
		if words, remark = cutRemark(s); remark != "" && readWords(n, words) {
			known, missing = true, true
		}
	}
	unread := !known && (!found || missing)
	if unread && !r.keepsPlace(n, column, s) {
		return false
	}
	if r.p != nil && !r.summary && !part && (r.p.Root.Loops.Known() && !f.actual && !f.never || r.p.Root.TotalCost.Known() && !found) {
		missing = true // the root has more figures
	}
	if missing && !found && !unread && r.lastLine() {
		return false // the input ends within the node's words
	}
	for len(r.open) > 0 && r.open[len(r.open)-1].column >= column {
		if r.labelled() {
			r.columns.below = true // an arrow is to the right of its label
			break
		}
		r.open = r.open[:len(r.open)-1]
	}
	if r.p != nil && !r.summary {
		r.fillGap(l, column)
	}
	if len(r.open) == 0 && r.freeInputs > 0 && r.continuesFlatPlan(column, f) {
		r.inferred = true
		r.open = append(r.open, level{column: column, node: r.p.Root})
	}
	if len(r.open) == 0 && r.startsInside(l, column) {
		r.lostRoot(column)
	}
	if len(r.open) == 0 || r.summary {
		lost, headless := r.unreadNode, r.p == nil && r.belowProperty()
		r.begin(l, column, n) // a copied subtree, or the rest of a plan
		r.arrowRoot, r.p.inner, r.p.headless = true, true, headless
		if lost != nil {
			r.p.Gaps++
			r.warn(lost, wantNode)
		}
	} else {
		addChild(n, r.open[len(r.open)-1])
	}
	f.fill(n)
	if n.runsWithParent() {
		n.Loops = n.Parent.Loops
	}
	r.want(n)
	if missing || unread || strings.Count(words, `"`)%2 == 1 || !known && isDecorated(n.Type) {
		r.markIncomplete(l, n)
	}
	if missing && !found && r.isCut(l) { // the last name may be cut, too
		n.Schema, n.Relation, n.Alias, n.CTE, n.FunctionOf = "", "", "", "", ""
		if n.Type == "Bitmap Index Scan" {
			n.Index = ""
		}
	}
	if n.Parent != nil {
		r.columns.arrow(column, r.rootColumn)
	}
	r.room.begin(n)
	r.keepNames(n)
	r.node, r.worker, r.wrappable, r.lastName = n, -1, nil, ""
	r.open = append(r.open, level{column: column, node: n})
	if remark != "" {
		for _, part := range splitList(remark) {
			if name, _, ok := strings.Cut(part, ": "); ok && isKnownProperty(name) {
				r.property(l, column+step, part)
			}
		}
	}
	return true
}

// keepsPlace reports whether a line that could not be read is a node of the plan:
// it keeps its place in the tree, so that the lines below it do not go to another
// node and the time above it is not taken for its parent's.
func (r *textReader) keepsPlace(n *Node, column int, s string) bool {
	if r.p == nil || r.summary || !isUnreadNode(s) || r.open[0].column >= column {
		return false
	}
	words, _, _ := strings.Cut(s, "(")
	if n.Type = strings.TrimRight(words, " "); !isTypeName(n.Type) {
		n.Type = unknownType
	}
	return true
}

// unknownType is the type of a node whose words could not be read.
const unknownType = "Unknown"

// figures splits a node line into words and figures, even if it is wrapped or
// incomplete. missing reports whether figures are missing.
func (r *textReader) figures(s string) (words string, f figures, found, missing bool) {
	if words, f, found = r.cutFigures(s); found {
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

// cutFigures removes the figures from the end of the line that is being read.
func (r *textReader) cutFigures(s string) (words string, f figures, ok bool) {
	if r.now.isNode {
		return r.now.words, r.now.node, true
	}
	return cutFigures(s)
}

// rootLine reads a node line without an arrow, which starts a plan.
func (r *textReader) rootLine(l *line, column int, s string) bool {
	words, f, found := r.cutFigures(s)
	free := r.p == nil || r.p.footer || r.summary && isUnreadNode(s)
	if !free && !(found && (r.summary || column <= r.rootColumn+1) || !found && (r.bareRoot || r.afterBlank() && !r.moreFiguresFollow(0, f)) && column <= r.rootColumn) {
		return false
	}
	own := r.moreFiguresFollow(0, f)
	if own {
		words, f, found, _ = r.figures(s) // the figures are on their own lines
	}
	n := &Node{Line: l.no}
	known := readWords(n, words)
	missing := false
	if first := r.pos; !known && free {
		// Not a complete root line: it can be wrapped, truncated or commented.
		if !own {
			words, f, found, missing = r.figures(s)
		}
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
	if found && known && (r.lacking > 0 || r.labelled() || r.inferred && r.freeInputs > 0) && r.continuesFlatPlan(column, f) {
		r.inferred = true // its arrow was lost
		return r.nodeLine(l, column, s)
	}
	if r.p != nil && !r.summary && r.p.Root.Loops.Known() && f.actual && !slices.ContainsFunc(r.lines[min(r.lastPlanLine, r.pos-1):r.pos-1], func(l line) bool { return isBlank(l.text) || hasWord(l.text) || isRuler(l.text) }) {
		r.p.Gaps++
		r.warn(l, "the end of the plan (Execution Time)")
	}
	r.close()
	r.begin(l, column, n)
	f.fill(n)
	if (n.Ms.Known() || n.Rows.Known()) && !n.Loops.Known() {
		n.Loops = opt.Of(1.0) // omitted, but the root of a plan runs once
	}
	r.want(n)
	r.bareRoot = !found
	if missing || !known && isDecorated(n.Type) {
		r.markIncomplete(l, n)
	}
	r.room.begin(n)
	r.keepNames(n)
	r.node = n
	// An arrow would be four columns before the words.
	r.open = append(r.open, level{column: column - 4, node: n})
	return true
}

// keepNames keeps the names of a node and not the line that they are from.
func (r *textReader) keepNames(n *Node) {
	for _, name := range [...]*string{&n.Schema, &n.Relation, &n.Alias, &n.Index, &n.CTE, &n.FunctionOf} {
		if *name != "" {
			*name = r.room.keep(*name)
		}
	}
	if _, known := inputsOf[n.Type]; !known {
		n.Type = r.room.keep(n.Type)
	}
}

// isDecorated reports whether a node's type, which is no known one, has characters of
// markup that could not be removed, a name of the user, or two lines in one.
func isDecorated(typ string) bool {
	return strings.ContainsAny(typ, "*_`~<>\\|{}[]=\"\t") || strings.Contains(typ, "  ")
}

// headsPlan reports whether the header of EXPLAIN's result, on the line before, has a
// root below it. A pager repeats the header within a plan.
func (r *textReader) headsPlan() bool {
	for _, l := range r.lines[r.pos:] {
		s := strings.TrimSpace(l.text)
		if s == "" || isRuler(s) {
			continue
		}
		words, _, found := cutFigures(s)
		if !found {
			words, _, _, _ = cutIncompleteFigures(s)
		}
		return readWords(&Node{}, words)
	}
	return false
}

// looksLikeRoot reports whether a node's words without figures are where a plan
// starts and not in a sentence: below psql's ruler, before a deeper line of a
// plan, or alone.
func (r *textReader) looksLikeRoot(column int) bool {
	if i := r.pos - 2; i >= 0 {
		before := strings.TrimSpace(r.lines[i].text)
		if isPlanHeader(before) || len(before) > 2 && strings.Trim(before, "-─═+") == "" {
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
		return at > column && (strings.HasPrefix(s, "->") || colon && isPropertyName(name) || isLabel(s) || modifies(s)) || summaryNames[name] != nil
	}
	return alone
}

// belowProperty reports whether the line above is a property of a node whose own line
// was not copied.
func (r *textReader) belowProperty() bool {
	if r.pos < 2 {
		return false
	}
	name, _, ok := strings.Cut(strings.TrimSpace(r.lines[r.pos-2].text), ": ")
	return ok && propertyForms[name] != nil
}

// begin starts a plan with its root.
func (r *textReader) begin(l *line, column int, n *Node) {
	r.close()
	r.p = &Plan{Root: n, Line: l.no, Format: "text", Query: redact.SQL(strings.Clone(r.query))}
	if r.params != "" {
		add(&r.p.Summary, "Query Parameters", condition(r.params))
	}
	r.rootColumn, r.query, r.params, r.unreadNode = column, "", "", nil
	r.freeInputs, r.lacking, r.arrowRoot = 1, 1, false
}

// want counts the inputs that a node of the plan can have and needs.
func (r *textReader) want(n *Node) {
	w := n.wants()
	r.freeInputs, r.lacking = r.freeInputs+w.most, r.lacking+w.least
	if n.SubplanName == "" {
		r.freeInputs, r.lacking = r.freeInputs-1, r.lacking-1
	}
}

// addChild adds a node below an open one.
func addChild(n *Node, under level) {
	n.Parent = under.node
	n.Relationship = relationship(under)
	n.SubplanName = under.label
	n.Parent.Children = append(n.Parent.Children, n)
	if n.SubplanName == "" {
		n.Parent.inputs++
	}
}

// relationship returns JSON's Parent Relationship, which the text format does
// not print.
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
		if parent.inputs > 0 { // up to 13 one child per target
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

// isLabel reports whether a line names the subplan below it.
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
	if r.summary || !isLabel(s) || column <= r.rootColumn && !r.nodeNext() {
		return false
	}
	for len(r.open) > 1 && r.open[len(r.open)-1].column >= column {
		r.open = r.open[:len(r.open)-1]
	}
	r.open = append(r.open, level{column: column, node: r.open[len(r.open)-1].node, label: r.room.keep(s), line: r.pos})
	return true
}

// labelled reports whether the line before is a label.
func (r *textReader) labelled() bool {
	return len(r.open) > 0 && r.open[len(r.open)-1].label != "" && r.open[len(r.open)-1].line == r.pos-1
}

// nodeNext reports whether the next line is a node of the plan: it starts with an
// arrow, or lost it.
func (r *textReader) nodeNext() bool {
	if r.pos >= len(r.lines) {
		return false
	}
	s := strings.TrimLeft(r.lines[r.pos].text, " ")
	_, arrow := cutArrow(s)
	return arrow || hasFigures(s)
}

const (
	maxWarnings   = 20   // per plan
	maxProperties = 1000 // per node; the server prints about forty
	maxWorkers    = 1024 // per node; the limit of max_parallel_workers_per_gather
)

// zero is the value of figures that the text format does not print if they are
// 0.
var zero = opt.Of(0.0)
