package plan

import (
	"regexp"
	"slices"
	"strings"
)

// The lines below a node line: properties, workers, target relations, and
// values that continue over several lines.

// joinedProperty returns where another property begins on the line of an expression,
// as if its line end was lost; 0 if there is none. What is within brackets that are closed
// is part of the expression.
func joinedProperty(name string, kind propertyKind, s string) (at int) {
	if kind != expression && kind != expressionList || strings.Count(s, ": ") < 2 {
		return 0
	}
	var q quotes
	depth := 0
	q.scan(s, func(i int) bool {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				at = 0
			}
		}
		if at == 0 && i > len(name) && s[i-1] == ' ' && startsLine(s[i:]) {
			at = i
		}
		return at == 0 || depth > 0
	})
	return at
}

// joinedNode returns where the arrow of another node is on the line of a property, as if its
// line end was lost, and the blanks before it: those that its own line began with. at is 0
// if there is none.
func joinedNode(s string) (at, blanks int) {
	if !isUnreadNode(s) {
		return 0, 0
	}
	at = strings.LastIndex(s, "->  ")
	if at <= 0 || s[at-1] != ' ' {
		return 0, 0
	}
	if words, _, ok := cutFigures(s[at+len("->  "):]); !ok || !isNodeWords(words) {
		return 0, 0
	}
	return at, at - len(strings.TrimRight(s[:at], " "))
}

// property reads "NAME: VALUE" into the node, the worker or the summary block
// that is open.
func (r *textReader) property(l *line, column int, s string) bool {
	name, value, ok := strings.Cut(s, ":")
	if !ok || !isPropertyName(name) || value != "" && value[0] != ' ' {
		return false
	}
	form := propertyForms[name]
	if form == nil {
		form = &propertyForm{name: name}
	}
	if at, blanks := joinedNode(s); at > 0 && (form.kinded || form.read != nil) {
		r.property(l, column, trimBlanks(s[:at]))
		if blanks < 2 {
			blanks = column
		}
		r.line(l, blanks, s[at:])
		return true
	}
	return r.propertyOf(form, l, column, s, strings.TrimLeft(value, " "), false)
}

// propertyOf reads a property. closed reports that the brackets and quotes of its value
// are.
func (r *textReader) propertyOf(form *propertyForm, l *line, column int, s, value string, closed bool) bool {
	name, kind := form.name, form.kind
	if !form.kinded && form.read == nil && r.section == "" && r.afterText() {
		return false // of another text
	}
	if at := joinedProperty(name, kind, s); at > 0 {
		r.property(l, column, trimBlanks(s[:at]))
		r.line(l, column, s[at:])
		return true
	}
	if r.section == "" {
		r.leaveParts(column)
		r.checkOwner(l, column, form)
		r.lastName = name
	}
	to := &r.node.Properties
	if r.worker >= 0 && column <= r.workerColumn && name == "Buffers" && r.node.Buffers == (Buffers{}) {
		r.worker = -1 // PostgreSQL 12 and older print the workers' sorts before the node's own blocks
	}
	switch {
	case r.section != "":
		to = &r.p.Summary[len(r.p.Summary)-1].Value.own().group
	case r.summary && isYugabyte(name):
		to = &r.p.Summary
	case r.summary:
		return false
	case r.worker >= 0:
		to = &r.node.Workers[r.worker].Properties
		if last := len(*to) - 1; last >= 0 && (*to)[last].Name == "JIT" && jitLines[name] {
			to = &(*to)[last].Value.own().group
		}
	}
	if column <= r.rootColumn && r.section == "" && !form.kinded && form.read == nil {
		return false // prose with a colon
	}
	if n := len(r.open); n > 0 && r.open[n-1].node == r.node && r.node.Parent != nil && column >= r.open[n-1].column+4 {
		r.columns.deeper = true
	}
	cut := kind == expression && (r.isTruncated(value) || r.isCut(l) && strings.Count(value, "(") > strings.Count(value, ")"))
	if !cut && r.isCut(l) && kind != expression && !hasWords(value) {
		r.node.unread, r.node.cutOff = r.node.unread || name == "Buffers", true
		r.p.Gaps++
		r.warnFigures(l, "the rest of the line, which may be cut off")
		return true
	}
	if cut {
		value = repairCondition(value)
		r.p.Gaps++
		r.warn(l, "the rest of the line, which was cut off")
	} else if !closed {
		value = undoubled(r.whole(value))
	}
	if kind != figure && name != "Buffers" {
		value = r.room.keep(value)
	} else if name == "Buffers" || name == "Heap Fetches" || strings.HasPrefix(name, "Rows Removed by ") {
		value = ungrouped(value)
	}
	r.wrappable = nil
	if read := form.read; read != nil && len(*to) < maxProperties {
		if !read(r, to, value) {
			r.node.unread = r.node.unread || name == "Buffers" && r.section == ""
			r.p.Gaps++
			r.warnFigures(l, "the figures of "+name)
		}
		return true
	}
	if kind == flag && value != "true" {
		return true
	}
	if len(*to) >= maxProperties {
		return true
	}
	add(to, name, typedAs(kind, name, value))
	if kind == figure && (*to)[len(*to)-1].Value.Number.Or(-1) < 0 {
		r.p.Gaps++
		r.warnFigures(l, "the figure of "+name)
	}
	if cut {
		return true
	}
	r.wrappable, r.joinedLines = to, 0
	if r.lastLine() && (value == "" || strings.Count(value, "(") > strings.Count(value, ")")) {
		r.warn(l, "the rest of the line: the input ends here")
	}
	return true
}

// grouped matches a count whose digits an author put into groups, as 40 553 119. The counts of
// these properties have no decimals.
var grouped = regexp.MustCompile(`(?:^|=)\d{1,3}(?:[ ,._\x{a0}\x{2009}\x{202f}]\d{3})+(?:$|[ ,])`)

// ungrouped returns the value of a property of counts with the digits of each joined.
func ungrouped(value string) string {
	if len(value) < len("1 000") || !grouped.MatchString(value) {
		return value
	}
	return grouped.ReplaceAllStringFunc(value, func(count string) string {
		var b strings.Builder
		for i, c := range count {
			if c == '=' || c >= '0' && c <= '9' || i == len(count)-1 {
				b.WriteRune(c)
			}
		}
		return b.String()
	})
}

// doubledLiteral matches a literal of a condition in a plan that is itself inside a literal
// of SQL. An empty literal before a cast is none.
var doubledLiteral = regexp.MustCompile(`''[^':)][^']*''::`)

// undoubled returns a condition with single quotes in place of doubled ones, if all are.
func undoubled(value string) string {
	if !strings.Contains(value, "''::") || !allDoubled(value, '\'') || !doubledLiteral.MatchString(value) {
		return value
	}
	return strings.ReplaceAll(value, "''", "'")
}

// afterText reports whether a paragraph that is not of the plan begins between the plan and
// the current line.
func (r *textReader) afterText() bool { return r.sincePlan().begun }

// afterBlank reports whether a blank line is between the plan and the current line.
func (r *textReader) afterBlank() bool { return r.sincePlan().blank }

// sincePlan looks at the lines between the plan and the current line, at each once.
func (r *textReader) sincePlan() *paragraph {
	after := &r.after
	if after.from != r.lastPlanLine || after.to >= r.pos {
		*after = paragraph{from: r.lastPlanLine, to: r.lastPlanLine}
	}
	for ; after.to < r.pos-1; after.to++ {
		blank := isBlank(r.lines[after.to].text)
		after.begun, after.blank = after.begun || after.blank && !blank, after.blank || blank
	}
	return after
}

// paragraph is what is known of the lines from a position to another one.
type paragraph struct {
	from, to     int
	blank, begun bool // a line is blank, and one after it is not
}

// hasWords reports whether a value has no figures.
func hasWords(value string) bool {
	return strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_- ") == ""
}

// jitLines are the lines of a JIT block. A worker can have a JIT block too.
var jitLines = map[string]bool{"Functions": true, "Options": true, "Timing": true}

// isPropertyName reports whether the words before a colon can be a property
// name of the server or of an extension.
func isPropertyName(s string) bool {
	const longest = 60
	if s == "" || len(s) > longest || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	return !strings.ContainsAny(s, "'\"=")
}

// whole reads a value to its end: while a quote is open, the next line belongs
// to it. If the quote is never closed, the value ends with its line.
func (r *textReader) whole(value string) string {
	var q quotes
	q.scan(value, nil)
	if q.open == 0 || r.pos >= len(r.lines) || strings.HasSuffix(value, "...") || strings.HasSuffix(value, "(...)") {
		return value
	}
	var b strings.Builder
	b.WriteString(value)
	for i := r.pos; i < len(r.lines); i++ {
		text := r.lines[i].text
		b.WriteByte('\n')
		b.WriteString(text)
		q.scan(text, nil)
		if q.open == 0 {
			r.pos = i + 1
			return strings.TrimRight(b.String(), " ")
		}
	}
	return value
}

// workerLine reads "Worker 0:  actual time=0.1..0.2 rows=3 loops=1", or a
// property of a worker printed on the same line.
func (r *textReader) workerLine(l *line, column int, s string) bool {
	rest, ok := strings.CutPrefix(s, "Worker ")
	if !ok || r.summary {
		return false
	}
	number, rest, ok := strings.Cut(rest, ":")
	id, isNumber := parseFigure(number)
	if !ok || !isNumber || id.Or(0) > 1e6 {
		return false
	}
	w := Worker{ID: int(id.Or(0))}
	rest = strings.TrimLeft(rest, " ")
	if actual, ok := strings.CutPrefix(rest, "actual "); ok {
		var f figures
		if !f.readActual(actual) {
			if f.readComplete("actual "+actual, true); !f.loops.Known() {
				r.p.Gaps++
			}
			r.warn(l, "a worker's figures")
		}
		w.Loops, w.Rows, w.Ms = f.loops, f.got, f.last
		rest = ""
	}
	// A worker's lines can be in two places: its figures, and its sort.
	r.worker, r.workerColumn = -1, column
	for i := range r.node.Workers {
		if r.node.Workers[i].ID == w.ID {
			r.worker = i
		}
	}
	if r.worker < 0 && len(r.node.Workers) >= maxWorkers {
		return true
	}
	if r.worker < 0 {
		r.worker = len(r.node.Workers)
		r.node.Workers = append(r.node.Workers, w)
	}
	if rest != "" {
		r.property(l, column, rest)
	}
	return true
}

// targetLine reads one of the relations that a ModifyTable with several targets
// lists: a node's words without arrow and figures.
func (r *textReader) targetLine(s string) bool {
	if r.summary || r.node.Type != "ModifyTable" {
		return false
	}
	var n Node
	if !readForm(&n, s) || n.Operation == "" || n.Relation == "" {
		return false
	}
	names := []Property{{"Relation Name", plain(n.Relation)}, {"Alias", plain(n.Alias)}}
	if n.Schema != "" {
		names = slices.Insert(names, 1, Property{"Schema", plain(n.Schema)})
	}
	target := valuesOf(names...)
	for i := range r.node.Properties {
		if q := &r.node.Properties[i]; q.Name == "Target Tables" {
			list := &q.Value.own().list
			*list = append(*list, target)
			return true
		}
	}
	r.node.set("Target Tables", listOf(target))
	return true
}

// queryText reads auto_explain's statement: raw SQL up to the root's line.
func (r *textReader) queryText(column int) {
	if r.noMorePlans {
		return
	}
	from := r.pos - 1
	n := queryEnd(r.lines[r.pos:], column)
	if r.pos+n == len(r.lines) { // no plan follows
		r.noMorePlans, n = true, 0
	}
	r.pos += n
	r.query = queryOf(r.lines[from:r.pos])
}

// queryEnd returns how many lines belong to the statement whose first one is in a column:
// those before the parameters or the root.
func queryEnd(lines []line, column int) int {
	for i := range lines {
		text := strings.TrimRight(lines[i].text, " ")
		if strings.HasPrefix(strings.TrimLeft(text, " "), "Query Parameters: ") {
			return i
		}
		if !strings.HasSuffix(text, ")") || indent(text) > column+1 {
			continue
		}
		if words, f, ok := cutFigures(text); ok && f.costs && !strings.HasPrefix(strings.TrimSpace(words), "->") {
			return i
		}
	}
	return len(lines)
}

// queryOf returns the statement in the lines from Query Text on.
func queryOf(lines []line) string {
	text := strings.TrimPrefix(strings.Trim(lines[0].text, " "), "Query Text: ")
	if len(lines) == 1 {
		return text
	}
	var b strings.Builder
	b.WriteString(text)
	for _, l := range lines[1:] {
		b.WriteByte('\n')
		b.WriteString(l.text)
	}
	return b.String()
}
