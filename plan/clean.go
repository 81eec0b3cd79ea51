package plan

import "strings"

// Text as the server or psql prints it. Nothing surrounds, breaks or shortens such lines,
// so nothing of that has to be looked for: one look at each byte shows it.

// isClean reports whether every line is a node with its figures, a property on one line
// whose brackets and quotes are closed, a label, a line of the summary, or blank, and has
// no sign of a decoration. A line it does not know says nothing about the text.
func isClean(lines []line) bool {
	ended, nodes := 0, 0 // Query Text with a semicolon, and nodes
	for i := range lines {
		s := strings.TrimRight(lines[i].text, " ")
		at := indent(s)
		switch {
		case s == "":
		case s[at] == '-' && strings.HasPrefix(s[at:], "->  "):
			if !isCleanNode(s, at+len("->  ")) {
				return false
			}
			nodes++
		case s[at] >= 'A' && s[at] <= 'Z':
			if s[len(s)-1] == ')' && isCleanNode(s, at) {
				words, _, _ := cutFigures(s[at:])
				if !isNodeWords(words) {
					return false
				}
				nodes++
				break
			}
			name, value, colon := strings.Cut(s[at:], ":")
			switch {
			case s[at:] == queryPlanHeader: // psql's
				if i > 0 && !isBlank(lines[i-1].text) || i+1 == len(lines) || len(lines[i+1].text) < len(queryPlanHeader) || strings.Trim(lines[i+1].text, "-") != "" {
					return false
				}
			case !colon && isLabel(s[at:]) && isCleanText(s, at):
			case !colon:
				return false
			case value == "" && (name == "Planning" || name == "JIT"):
			case strings.HasPrefix(name, "Worker ") && isWorkerFigures(s[at:]):
			case name == "Functions" && i > 0 && strings.TrimLeft(lines[i-1].text, " ") == "JIT:":
				if _, ok := cutLike(value, " #"); !ok {
					return false
				}
			case !isCleanName(name) || len(value) < 2 || value[0] != ' ' || !isCleanText(s, at):
				return false
			case s[len(s)-1] == ';':
				if name != "Query Text" {
					return false
				}
				ended++
			}
		case at == 0 && s[0] == '-' && i > 0 && strings.TrimSpace(lines[i-1].text) == queryPlanHeader: // its ruler
		case i > 0 && at == 0 && rowCount.MatchString(s) && !hasNonASCII(s):
		default:
			return false
		}
	}
	return ended < nodes
}

// isCleanName reports whether a line that begins with a name and a colon is one of a plan.
func isCleanName(name string) bool {
	switch name {
	case "Memory Usage", "Memory", "Disk": // parts of lines
		return false
	}
	return isKnownProperty(name) || summaryNames[name] != nil || strings.HasPrefix(name, "Worker ") || strings.HasPrefix(name, "Trigger ")
}

// isCleanNode reports whether a line has from a position on the words of a node, of
// letters, digits and names in quotes, and its figures, and ends with them.
func isCleanNode(s string, at int) bool {
	quotes, stars := 0, false
	for ; at < len(s) && s[at] != '('; at++ {
		switch c := s[at]; {
		case c == '"':
			quotes++
		case c == '*': // "*VALUES*"
			stars = true
		case c == ' ' || c == '.' || c == '$' || c == '_' && !isMark(s, at) || isWordByte(c) && c != '_' && c < 0x80:
		default:
			return false
		}
	}
	if quotes%2 != 0 || stars && withoutEmphasis(s) != s {
		return false
	}
	rest := s[at:]
	if after, ok := cutLike(rest, "(cost=%..% rows=# width=#)"); ok {
		if rest = after; rest == "" {
			return true
		}
		if rest[0] != ' ' {
			return false
		}
		rest = rest[1:]
	}
	return rest == "(never executed)" || isActual(rest, ")") && rest[0] == '('
}

// isActual reports whether a text is the figures of an execution, with or without times
// and decimals of the rows, and an end.
func isActual(s, end string) bool {
	s, ok := strings.CutPrefix(strings.TrimPrefix(s, "("), "actual ")
	if !ok {
		return false
	}
	if after, timed := cutLike(s, "time=%..% "); timed {
		s = after
	}
	rows, ok := cutLike(s, "rows=% loops=#")
	if !ok {
		rows, ok = cutLike(s, "rows=# loops=#")
	}
	return ok && rows == end
}

func isWorkerFigures(s string) bool {
	s, ok := cutLike(s, "Worker #:  ")
	return ok && isActual(s, "")
}

// cutLike cuts what a pattern describes from the start of a text: # is a number, % one
// with decimals.
func cutLike(s, pattern string) (rest string, ok bool) {
	digits := func() bool {
		n := 0
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		s = s[n:]
		return n > 0
	}
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '#' || c == '%':
			if !digits() {
				return s, false
			}
			if c == '%' {
				if s == "" || s[0] != '.' {
					return s, false
				}
				if s = s[1:]; !digits() {
					return s, false
				}
			}
		case s == "" || s[0] != c:
			return s, false
		default:
			s = s[1:]
		}
	}
	return s, true
}

// isMark reports whether an underscore can be a mark of emphasis: it begins or ends a
// word.
func isMark(s string, i int) bool {
	return i == 0 || i+1 == len(s) || !isWordByte(s[i-1]) || !isWordByte(s[i+1])
}

// isCleanText reports whether a line has, from a position on, no character that a
// decoration begins or ends with, and all its brackets and quotes are closed.
func isCleanText(s string, at int) bool {
	depth, doubles := 0, 0
	open := byte(0)
	marks := false
	for i := at; i < len(s); i++ {
		c := s[i]
		next := byte(0)
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch {
		case c < ' ' || c >= 0x7f:
			return false
		case c >= 'a' && c <= 'z' || c == ' ':
		case c == '\'' || c == '"':
			if c == '"' {
				doubles++
			}
			switch open {
			case 0:
				open = c
			case c:
				open = 0
			}
		case c == '(':
			if strings.HasPrefix(s[i:], "(cost=") || strings.HasPrefix(s[i:], "(actual ") {
				return false // the figures of a node
			}
			if open == 0 {
				depth++
			}
		case c == ')':
			if open == 0 {
				depth--
			}
		case c == '\\' || c == '`',
			c == '<' && (isWordByte(next) || next == '/' || next == '!'), // a tag
			c == '&' && (isWordByte(next) || next == '#'),                // an entity
			c == ']' && next == '(',                                      // a link
			c == '=' && strings.HasSuffix(s[:i], "rows"):                 // several lines in one
			return false
		case c == '*' || c == '~' || c == '_' && isMark(s, i):
			marks = true
		}
	}
	if depth != 0 || open != 0 || doubles%2 != 0 || strings.IndexByte(",$|/+.", s[len(s)-1]) >= 0 {
		return false
	}
	return !marks || !hasMarks(s) || withoutEmphasis(s) == s
}
