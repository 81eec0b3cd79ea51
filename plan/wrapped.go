package plan

import (
	"regexp"
	"slices"
	"strings"
)

// joinWrapped joins a node line with the lines after it, if a mail program or a
// web page wrapped it within or before its brackets. n is the number of lines
// joined.
func (r *textReader) joinWrapped(s string) (words string, f figures, n int) {
	const most = 3
	plain, spaced := s, s
	for n = 1; n <= most && r.pos+n-1 < len(r.lines); n++ {
		next := strings.TrimSpace(r.lines[r.pos+n-1].text)
		if _, arrow := cutArrow(next); arrow || next == "" || isSummary(next) {
			break
		}
		if name, _, colon := strings.Cut(next, ": "); colon && isKnownProperty(name) {
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
				words, f, missing, ok = cutIncompleteFigures(joined) // followed by a remark
				ok = ok && !missing && f.costs
			}
			// Costs without actual figures can be half of the line, and
			// joining the wrong lines corrupts them.
			if ok && !strings.Contains(words, "(cost=") && strings.LastIndexByte(words, '(') <= strings.LastIndexByte(words, ')') && !r.moreFiguresFollow(n, f) {
				return words, f, n
			}
		}
	}
	return s, f, 0
}

// gatherFigures moves figures that are alone on their line to the node above: who breaks
// lines by hand does so before the brackets, or writes the figures below the conditions.
func gatherFigures(lines []line) []line {
	const far = 20
	if !slices.ContainsFunc(lines, func(l line) bool { return strings.HasPrefix(strings.TrimLeft(l.text, " "), "(") }) {
		return lines
	}
	out := make([]line, 0, len(lines)) // the lines can be read again
	for _, l := range lines {
		figures := strings.TrimSpace(l.text)
		if figures != "" && figures[0] == '(' {
			rest, _, ok := cutFigures(figures)
			if !ok {
				rest, _, _, ok = cutIncompleteFigures(figures)
			}
			if ok && rest == "" {
				if n := nodeAbove(out[max(0, len(out)-far):], figures, indent(l.text)); n != nil {
					n.text = strings.TrimRight(n.text, " :") + "  " + figures
					continue
				}
			}
		}
		out = append(out, l)
	}
	return out
}

// nodeAbove returns the line of the node that figures below it belong to: it lacks them,
// and between are its properties only.
func nodeAbove(lines []line, figures string, column int) *line {
	for i := len(lines) - 1; i >= 0; i-- {
		s := strings.TrimSpace(lines[i].text)
		words, arrow := cutArrow(s)
		words, f, _ := cutFigures(words)
		if i > 0 && !arrow && modifies(words) && modifies(strings.TrimSpace(lines[i-1].text)) {
			continue // a target
		}
		if isNodeWords(strings.TrimRight(words, " :")) {
			if f.actual || f.never || f.costs && strings.HasPrefix(figures, "(cost=") || indent(lines[i].text) > column || !arrow && indent(lines[i].text) == column && i < len(lines)-1 {
				return nil
			}
			return &lines[i]
		}
		if name, _, colon := strings.Cut(s, ":"); arrow || s == "" || isRuler(s) || isSummary(s) || colon && !isKnownProperty(name) {
			return nil
		}
	}
	return nil
}

// modifies reports whether a line is of a ModifyTable or of one of its targets.
func modifies(s string) bool {
	s, _ = cutArrow(s)
	words, _, _ := cutFigures(s)
	var n Node
	return readForm(&n, words) && n.Type == "ModifyTable"
}

// moreFiguresFollow reports whether the line after the n joined ones contains
// the rest of the figures.
func (r *textReader) moreFiguresFollow(n int, f figures) bool {
	if f.actual || r.pos+n >= len(r.lines) {
		return false
	}
	next := strings.TrimSpace(r.lines[r.pos+n].text)
	return strings.HasPrefix(next, "(actual ") || !f.costs && strings.HasPrefix(next, "(cost=")
}

// splitJoinedLines splits lines that contain several nodes, as chats and log
// viewers produce them, into one line per node and property.
func splitJoinedLines(lines []line) []line {
	found := false
	for _, l := range lines {
		found = found || isJoinedLine(l.text)
	}
	if !found {
		return lines
	}
	var out []line
	for _, l := range lines {
		if !isJoinedLine(l.text) {
			out = append(out, l)
			continue
		}
		column := 0
		for _, part := range splitJoinedLine(l.text) {
			part = strings.Repeat(" ", column) + part // below the node before, if that has no figures
			out = append(out, line{part, l.no})
			if _, arrow := cutArrow(strings.TrimLeft(part, " ")); arrow && !isUnreadNode(part) {
				column = indent(part) + step
			}
		}
	}
	return out
}

// isJoinedLine reports whether a line contains a second node or the summary
// after a node.
func isJoinedLine(s string) bool {
	if words, arrow := cutArrow(strings.TrimLeft(s, " ")); arrow {
		words, _, _ = strings.Cut(words, "(")
		first, _, second := strings.Cut(words, " -> ")
		if second && isNodeWords(strings.TrimRight(first, " ")) {
			return true
		}
	}
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

// splitJoinedLine splits before each arrow and each known name with a colon,
// outside quotes and brackets.
func splitJoinedLine(s string) []string {
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
		case startsLine(s[i:]) && !withinName(s[start:], i-start) && !behindOther(strings.TrimLeft(s[start:i], " "), s[i:]):
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

// rootStart returns where the root's words start after other text on the line,
// such as the statement; 0 if there is none.
func rootStart(s string) int {
	const longest = 300
	at := strings.Index(s, " (cost=")
	if at < 0 {
		at = strings.Index(s, " (actual ")
	}
	if at > 0 && isNodeWords(strings.TrimRight(s[:at], " ")) {
		return 0
	}
	for i := max(1, at-longest); i < at; i++ {
		if s[i-1] == ' ' && s[i] >= 'A' && s[i] <= 'Z' && isNodeWords(strings.TrimRight(s[i:at], " ")) {
			return i
		}
	}
	return 0
}

// withinName reports whether a position is inside the name that a part starts
// with, as Filter is in Rows Removed by Filter.
func withinName(part string, at int) bool {
	name, _, ok := strings.Cut(part[:min(len(part), 40)], ":")
	return ok && at < len(name) && isKnownProperty(name)
}

// startsLine reports whether s starts with an arrow or a known name and a
// colon.
func startsLine(s string) bool {
	if words, arrow := cutArrow(s); arrow { // or the operator of jsonb, before a literal
		return words == "" || words[0] >= 'A' && words[0] <= 'Z'
	}
	if s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	if labelled.MatchString(s) {
		return true
	}
	name, _, ok := strings.Cut(s[:min(len(s), 100)], ":")
	return ok && (isKnownProperty(name) || summaryNames[name] != nil || strings.HasPrefix(name, "Trigger ") && strings.HasPrefix(s[len(name):], ": time="))
}

// labelled matches the label of a subplan with the arrow that is below it.
var labelled = regexp.MustCompile(`^(?:(?:InitPlan|SubPlan) \d+(?: \(returns [$\d,]+\))?|CTE \S+) +-> `)

// wrapped appends a line to the value before it if the value's brackets are
// still open, because a page wrapped it.
func (r *textReader) wrapped(s string) bool {
	const most = 20
	if r.wrappable == nil || len(*r.wrappable) == 0 || r.summary || r.joinedLines >= most {
		return false
	}
	last := &(*r.wrappable)[len(*r.wrappable)-1]
	text := last.Value.Text.Raw()
	if text == "" || rowCount.MatchString(s) || !isOpen(text) {
		return false
	}
	r.joinedLines++
	last.Value = typed(last.Name, text+" "+undoubled(s))
	return true
}

// isOpen reports whether a bracket or a quote of an expression is not closed.
func isOpen(s string) bool {
	var q quotes
	depth := 0
	q.scan(s, func(i int) bool {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		return true
	})
	return depth > 0 || q.open != 0
}

// acrossLines reads a node line with line breaks inside quoted names.
func (r *textReader) acrossLines(s string) (words string, f figures, found bool) {
	const most = 20
	var q quotes
	q.scan(s, nil)
	for i := r.pos; q.open == '"' && i < len(r.lines) && i < r.pos+most; i++ {
		q.scan(r.lines[i].text, nil)
		s += "\n" + r.lines[i].text
		if q.open == 0 {
			if words, f, found = cutFigures(s); found {
				r.pos = i + 1
				return words, f, true
			}
		}
	}
	return s, f, false
}
