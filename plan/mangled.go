package plan

import (
	"errors"
	"sort"
	"strings"
)

// What pages, mails and hurried authors do to a plan's lines. Nothing here
// runs on a plan that arrived as it was printed.

// arrows are what editors make of "->".
var arrows = [...]string{"->", "→", "–>", "—>", "−>", "➔", "⇒"}

func cutArrow(s string) (string, bool) {
	for _, a := range arrows {
		if rest, ok := strings.CutPrefix(s, a); ok {
			return strings.TrimLeft(rest, " "), true
		}
	}
	return s, false
}

// figureMarks begin a node's figures.
var figureMarks = [...]string{"(cost=", "(actual ", "(plan rows=", "(never executed)", "(...)", "(…)"}

// looseFigures reads a node line whose figures are not whole, or are not the
// last of it: cut by a pager, left out by the author, with a remark behind
// them. It reports what is missing.
func looseFigures(s string) (words string, f figures, missing, ok bool) {
	at := -1
	var q quotes
	q.scan(s, func(i int) bool {
		if s[i] == '(' {
			for _, m := range figureMarks {
				if strings.HasPrefix(s[i:], m) {
					at = i
					return false
				}
			}
		}
		return true
	})
	if at < 0 {
		return s, f, false, false
	}
	words, rest := strings.TrimRight(s[:at], " "), s[at:]
	for _, dots := range [...]string{"...", "…"} {
		if short, cut := strings.CutSuffix(words, dots); cut {
			words, missing = strings.TrimRight(short, " "), true
		}
	}
	for rest != "" && rest[0] == '(' {
		inner, after, closed := strings.Cut(rest[1:], ")")
		switch {
		case inner == "never executed":
			f.never = true
		case strings.HasPrefix(inner, "cost="):
			if !closed || !f.readCost(inner[len("cost="):]) {
				f.readPieces(inner, closed)
				missing = true
			}
		case strings.HasPrefix(inner, "actual "):
			if !closed || !f.readActual(inner[len("actual "):]) {
				f.readPieces(inner, closed)
				missing = true
			}
		case strings.HasPrefix(inner, "plan rows="):
			f.readPieces(inner, closed)
			missing = true
		case inner == "..." || inner == "…":
			missing = true
		default:
			// A remark, or the start of the figures where the input was cut.
			cut := !closed && strings.HasPrefix("actual ", inner)
			return words, f, missing || cut, true
		}
		rest = strings.TrimLeft(after, " ")
	}
	return words, f, missing, true
}

// readElided fills a node of whose words the author left some out: "Index Scan
// ...", or a scan's table where its figures follow.
func readElided(n *Node, words string, figures bool) bool {
	short := words
	for _, dots := range [...]string{"...", "…"} {
		short = strings.TrimRight(strings.TrimSuffix(short, dots), " ")
	}
	if short == words && !figures {
		return false
	}
	short = strings.TrimSuffix(short, " on")
	bare, parallel := strings.CutPrefix(short, "Parallel ")
	word, _, _ := strings.Cut(bare, " ")
	for _, f := range formsByWord[word] {
		if f.words == bare {
			n.Type, n.Operation, n.Strategy, n.JoinType, n.Parallel = f.typ, f.operation, f.strategy, f.join, parallel
			return true
		}
	}
	return false
}

// cutRemark takes off what an author wrote in brackets behind a node's words,
// in place of its lines: "Sort  (Sort Key: a, top-N heapsort)".
func cutRemark(s string) (words, remark string) {
	at := strings.Index(s, " (")
	if at < 0 || !strings.HasSuffix(s, ")") {
		return s, ""
	}
	return strings.TrimRight(s[:at], " "), s[at+2 : len(s)-1]
}

// shortenedBy are the signs of a value whose end was left out, as pgAdmin does
// with long ones.
var shortenedBy = [...]string{"(...)", "(…)", "...", "…"}

// cutByPager reports whether a value was cut: at the width of a screen, which
// less shows by a sign at the end where the next line is one of the plan, or at
// a length, in the middle of its brackets.
func (r *textReader) cutByPager(value string) bool {
	for _, sign := range shortenedBy {
		if rest, ok := strings.CutSuffix(value, sign); ok && strings.Count(rest, "(") > strings.Count(rest, ")") {
			return true
		}
	}
	if !strings.HasSuffix(value, ">") || r.pos >= len(r.lines) {
		return false
	}
	next := strings.TrimLeft(r.lines[r.pos].text, " ")
	_, arrow := cutArrow(next)
	name, _, colon := strings.Cut(next, ": ")
	return arrow || isSummary(next) || colon && isKnownProperty(name)
}

// readable is what of a condition that was cut still holds: what it compares
// with may be shortened, and of several conditions that all hold the last may
// be left out. Else it is given back as it is, which no grammar takes.
func readable(value string) string {
	value = strings.TrimSuffix(value, ">")
	for _, sign := range shortenedBy {
		value = strings.TrimSuffix(value, sign)
	}
	var (
		q          quotes
		open       []byte
		whole, ors = 0, false
	)
	q.scan(value, func(i int) bool {
		switch value[i] {
		case '(':
			open = append(open, ')')
		case ')':
			open = open[:max(0, len(open)-1)]
			if len(open) == 1 {
				whole = i + 1
			}
		}
		ors = ors || len(open) == 1 && strings.HasPrefix(value[i:], " OR ")
		return true
	})
	if len(open) == 0 || q.open == '"' {
		return value
	}
	if q.open == '\'' {
		if literal := value[strings.LastIndexByte(value, '\'')+1:]; strings.HasPrefix(literal, "{") {
			value = strings.TrimRight(value, ",") + "}"
		}
		return value + "'" + strings.Repeat(")", len(open))
	}
	if whole == 0 || ors {
		return value
	}
	return value[:whole] + ")"
}

// readPieces reads the figures that are whole out of ones that are not. The
// last is whole only if something stands behind it.
func (f *figures) readPieces(s string, closed bool) {
	pieces := strings.Fields(s)
	if !closed && len(pieces) > 0 {
		pieces = pieces[:len(pieces)-1]
	}
	actual := false
	for _, p := range pieces {
		name, value, _ := strings.Cut(strings.TrimRight(p, ",;"), "=")
		actual = actual || name == "actual" || name == "time"
		first, last, span := strings.Cut(value, "..")
		switch {
		case name == "cost" && span:
			readAll([]string{first, last}, &f.startup, &f.total)
		case name == "time" && span:
			readAll([]string{first, last}, &f.first, &f.last)
		case name == "rows" && actual:
			readAll([]string{value}, &f.got)
		case name == "rows":
			readAll([]string{value}, &f.rows)
		case name == "width":
			readAll([]string{value}, &f.width)
		case name == "loops":
			readAll([]string{value}, &f.loops)
		}
	}
}

// rejoin joins a node line with the next ones, where a mail or a page broke
// it: inside of its brackets, or before them. How many lines it took is n.
func (r *textReader) rejoin(s string) (words string, f figures, n int) {
	const most = 3
	plain, spaced := s, s
	for n = 1; n <= most && r.pos+n-1 < len(r.lines); n++ {
		next := strings.TrimSpace(r.lines[r.pos+n-1].text)
		if _, arrow := cutArrow(next); arrow || next == "" {
			break
		}
		if strings.LastIndexByte(spaced, '(') <= strings.LastIndexByte(spaced, ')') && !strings.HasPrefix(next, "(cost=") && !strings.HasPrefix(next, "(actual ") {
			break
		}
		plain, spaced = plain+next, spaced+" "+next
		for _, joined := range [...]string{spaced, plain} {
			words, f, ok := cutFigures(joined)
			if !ok {
				var missing bool
				words, f, missing, ok = looseFigures(joined) // a remark behind them
				ok = ok && !missing && f.costs
			}
			// Costs without the actual figures may be half of the brackets, and
			// a wrong joint spoils them.
			if ok && !strings.Contains(words, "(cost=") && strings.LastIndexByte(words, '(') <= strings.LastIndexByte(words, ')') && !r.moreFigures(n, f) {
				return words, f, n
			}
		}
	}
	return s, f, 0
}

// moreFigures reports whether the line behind the joined ones has the rest of
// their figures.
func (r *textReader) moreFigures(n int, f figures) bool {
	if f.actual || r.pos+n >= len(r.lines) {
		return false
	}
	next := strings.TrimSpace(r.lines[r.pos+n].text)
	return strings.HasPrefix(next, "(actual ") || !f.costs && strings.HasPrefix(next, "(cost=")
}

// splitRuns cuts lines that hold several nodes, as a chat or a log viewer
// leaves them, into a line for each node and property.
func splitRuns(lines []line) []line {
	found := false
	for _, l := range lines {
		found = found || isRun(l.text)
	}
	if !found {
		return lines
	}
	var out []line
	for _, l := range lines {
		if !isRun(l.text) {
			out = append(out, l)
			continue
		}
		for _, part := range splitRun(l.text) {
			out = append(out, line{part, l.no})
		}
	}
	return out
}

// isRun reports whether a line holds a node behind another, or the summary.
func isRun(s string) bool {
	i := strings.Index(s, "rows=")
	if i < 0 || s[len(s)-1] == ')' && !strings.Contains(s[i:], ") ->") && !strings.Contains(s[i:], ") →") {
		return false
	}
	for _, next := range [...]string{") ->", ") →", " Planning Time: ", " Planning time: ", " Execution Time: ", " Execution time: ", " Total runtime: ", " Buffers: "} {
		if at := strings.Index(s[i:], next); at >= 0 && !insideQuotes(s, i+at) {
			return true
		}
	}
	return false
}

func insideQuotes(s string, at int) bool {
	var q quotes
	q.scan(s[:at], nil)
	return q.open != 0
}

// splitRun cuts before each arrow and each known name with a colon, outside of
// quotes and brackets.
func splitRun(s string) []string {
	var (
		parts []string
		q     quotes
		depth int
		start int
	)
	q.scan(s, func(i int) bool {
		switch c := s[i]; {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth > 0 || i == 0 || s[i-1] != ' ':
		case beginsPart(s[i:]) && !withinName(s[start:], i-start):
			parts = append(parts, s[start:i])
			start = i
		}
		return true
	})
	parts = append(parts, s[start:])
	if at := rootStart(parts[0]); at > 0 {
		parts = append([]string{parts[0][:at]}, parts...)
		parts[1] = parts[1][at:]
	}
	return parts
}

// rootStart is where a root's words begin behind other text of its line, such
// as the statement; 0 if there is none.
func rootStart(s string) int {
	const longest = 300
	at := strings.Index(s, " (cost=")
	if at < 0 {
		at = strings.Index(s, " (actual ")
	}
	for i := max(1, at-longest); i < at; i++ {
		if s[i-1] == ' ' && s[i] >= 'A' && s[i] <= 'Z' && isNodeWords(strings.TrimRight(s[i:at], " ")) {
			return i
		}
	}
	return 0
}

// withinName reports whether a place is inside of the name that a part begins
// with: Rows Removed by Filter.
func withinName(part string, at int) bool {
	name, _, ok := strings.Cut(part[:min(len(part), 40)], ":")
	return ok && at < len(name) && isKnownProperty(name)
}

func beginsPart(s string) bool {
	if _, ok := cutArrow(s); ok {
		return true
	}
	if s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	name, _, ok := strings.Cut(s[:min(len(s), 40)], ":")
	return ok && (isKnownProperty(name) || summaryNames[name] != nil)
}

// manyChildren is the room that an Append leaves.
const manyChildren = 1 << 20

// continues reports whether a node whose arrow stands in the column of the
// first belongs to the plan all the same: a part of a plan that was copied
// without its indentation has nodes that cannot be without a child, the line
// follows the plan's last, and takes no longer than the whole.
func (r *textReader) continues(column int, f figures) bool {
	if r.p == nil || !r.flat || r.arrow != column || r.room < 1 || r.pos < 2 || isBlank(r.lines[r.pos-2].text) {
		return false
	}
	root := r.p.Root
	longest, known := root.Ms.Get()
	return !known || f.last.Or(0)*f.loops.Or(0) <= longest*root.Loops.Or(1)
}

// runsWithParent reports whether a node whose loops the author left out ran
// once, as its parent did: what a parent may run again is the inner side of a
// Nested Loop, a SubPlan, and what workers share.
func (n *Node) runsWithParent() bool {
	if n.Loops.Known() || !n.Ms.Known() && !n.Rows.Known() || n.Parent == nil || n.SubplanName != "" {
		return false
	}
	switch n.Parent.Type {
	case "Gather", "Gather Merge", "Recursive Union":
		return false
	case "Nested Loop":
		if n.Relationship == "Inner" {
			return false
		}
	}
	return n.Parent.Loops.Or(0) == 1
}

// arity is how many children a node takes: these none or a fixed number, all
// others one. Those that take any number are -1.
var arity = map[string]int{
	"Seq Scan": 0, "Index Scan": 0, "Index Only Scan": 0, "Bitmap Index Scan": 0, "Tid Scan": 0, "Tid Range Scan": 0,
	"Function Scan": 0, "Table Function Scan": 0, "Values Scan": 0, "CTE Scan": 0, "WorkTable Scan": 0, "Sample Scan": 0,
	"Named Tuplestore Scan": 0, "Foreign Scan": 0, "Custom Scan": 0, "Result": 0,
	"Nested Loop": 2, "Hash Join": 2, "Merge Join": 2, "Recursive Union": 2,
	"Append": -1, "Merge Append": -1, "BitmapAnd": -1, "BitmapOr": -1,
}

func (n *Node) wants() int {
	if most, ok := arity[n.Type]; ok {
		return most
	}
	return 1
}

// takes is how many children may be hung under a node.
func (n *Node) takes() int {
	if most := n.wants(); most >= 0 {
		return most
	}
	return manyChildren
}

// restoreTree rebuilds a tree whose indentation was lost: all its arrows stand
// in one column, and a node that cannot be without a child has none. Nodes
// stand in plan order still, so that how many children each takes tells the
// rest; behind an Append it may be wrong.
func (r *textReader) restoreTree() {
	p := r.p
	if !r.flat || len(p.Root.Children) < 2 && !r.inferred {
		return
	}
	lacking := r.inferred || len(p.Root.Children) > p.Root.wants() && p.Root.wants() >= 0
	for _, c := range p.Root.Children {
		lacking = lacking || len(c.Children) == 0 && c.wants() != 0
	}
	if !lacking {
		return
	}
	p.number()
	nodes := append([]*Node(nil), p.nodes...)
	sort.SliceStable(nodes[1:], func(i, j int) bool { return nodes[1+i].Line < nodes[1+j].Line })
	for _, n := range nodes {
		n.Children, n.inputs = nil, 0
	}
	open := []*Node{nodes[0]}
	for _, n := range nodes[1:] {
		for len(open) > 1 && n.SubplanName == "" && open[len(open)-1].full() {
			open = open[:len(open)-1]
		}
		r.adopt(n, level{node: open[len(open)-1], label: n.SubplanName})
		open = append(open, n)
	}
	p.Warnings = append(p.Warnings, &SyntaxError{Line: p.Line, Want: "indentation", Err: errors.New("it was lost; the tree was reconstructed and may be wrong")})
}

// full reports whether a node has all the children that it takes.
func (n *Node) full() bool { return n.wants() >= 0 && n.inputs >= n.wants() }
