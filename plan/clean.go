package plan

import "strings"

// Text as the server or psql prints it. Nothing surrounds, breaks or shortens such lines,
// so nothing of that has to be looked for: one look at each byte shows it.

// isClean reports whether every line is a node with its figures, a property on one line
// whose brackets and quotes are closed, a label, a line of the summary, or blank, and has
// no sign of a decoration. A line it does not know says nothing about the text.
func isClean(lines []line) bool {
	var c cleanText
	for i := range lines {
		if !c.read(lines, i) {
			return false
		}
	}
	return c.isPlan()
}

// cleanText reads clean lines, one by one. What it finds out about a line need not be
// looked for again.
type cleanText struct {
	ended, nodes int // Query Text with a semicolon, and nodes
	figures      int // how many figures the nodes have
	last         int // the last line with figures
	root         int // the column of the last node without an arrow

	// Of the last line:
	column int
	text   string // without the blanks around it
	isNode bool
	words  string        // of a node
	node   figures       // of a node
	form   *propertyForm // of a property of a node
	value  string        // of a property
	quotes bool          // it may have quotes, if it is no node
}

// isPlan reports whether the text has a node for each statement: SQL is not clean.
func (c *cleanText) isPlan() bool { return c.ended < c.nodes }

// read reads a line and reports whether it is clean.
func (c *cleanText) read(lines []line, i int) bool {
	s := trimBlanks(lines[i].text)
	at := indent(s)
	c.column, c.text, c.isNode, c.form, c.quotes = at, s[at:], false, nil, false
	switch {
	case s == "":
	case s[at] == '-' && strings.HasPrefix(s[at:], "->  "):
		return c.readNode(s, at+len("->  "), i)
	case s[at] >= 'A' && s[at] <= 'Z':
		if s[len(s)-1] == ')' && c.readNode(s, at, i) {
			lacksArrow := c.nodes > 1 && at > c.root && !isBlank(lines[i-1].text)
			c.root = at
			return isNodeWords(c.words) && !lacksArrow
		}
		name, value, colon := strings.Cut(s[at:], ":")
		switch {
		case s[at:] == queryPlanHeader: // psql's
			return (i == 0 || isBlank(lines[i-1].text)) && i+1 < len(lines) && len(lines[i+1].text) >= len(queryPlanHeader) && strings.Trim(lines[i+1].text, "-") == ""
		case !colon:
			return isLabel(s[at:]) && c.isText(s, at)
		case value == "" && (name == "Planning" || name == "JIT"):
		case strings.HasPrefix(name, "Worker ") && isWorkerFigures(s[at:]):
		case name == "Functions" && i > 0 && strings.TrimLeft(lines[i-1].text, " ") == "JIT:":
			rest, ok := cutLike(value, " #")
			return ok && rest == ""
		case len(value) < 2 || value[0] != ' ' || !c.isName(name) || !c.isText(s, at) || undoubled(value) != value || c.form != nil && isExpression(name) && holdsOther(value):
			return false
		case s[len(s)-1] == ';':
			c.ended++
			return name == "Query Text"
		default:
			c.value = strings.TrimLeft(value, " ")
		}
	case at == 0 && s[0] == '-' && i > 0 && strings.TrimSpace(lines[i-1].text) == queryPlanHeader: // its ruler
	default:
		return i > 0 && at == 0 && rowCount.MatchString(s) && !hasNonASCII(s)
	}
	return true
}

// trimBlanks returns a text without the blanks at its end.
func trimBlanks(s string) string {
	n := len(s)
	for n > 0 && s[n-1] == ' ' {
		n--
	}
	return s[:n]
}

// isName reports whether a line that begins with a name and a colon is one of a plan.
func (c *cleanText) isName(name string) bool {
	switch name {
	case "Memory Usage", "Memory", "Disk": // parts of lines
		return false
	case "Query Text": // of the next plan
		return true
	}
	if c.form = propertyForms[name]; c.form != nil {
		return true
	}
	return summaryNames[name] != nil || strings.HasPrefix(name, "Worker ") || strings.HasPrefix(name, "Trigger ")
}

// readNode reads a line that has from a position on the words of a node, of letters,
// digits and names in quotes, and its figures, and ends with them.
func (c *cleanText) readNode(s string, from, line int) bool {
	quotes, stars, at := 0, false, from
	for ; at < len(s) && s[at] != '('; at++ {
		switch b := s[at]; {
		case b >= 'a' && b <= 'z' || b == ' ':
		case b == '"':
			quotes++
		case b == '*': // "*VALUES*"
			stars = true
		case b == '.' || b == '$' || b == '_' && !isMark(s, at) || isWordByte(b) && b != '_' && b < 0x80:
		default:
			return false
		}
	}
	if quotes%2 != 0 || stars && withoutEmphasis(s) != s || !c.node.read(s[at:]) {
		return false
	}
	c.nodes, c.last = c.nodes+1, line
	if c.node.costs {
		c.figures++
	}
	if c.node.actual {
		c.figures++
	}
	c.isNode, c.words = true, strings.TrimLeft(trimBlanks(s[from:at]), " ")
	return true
}

// read reads all figures of a node as the server prints them.
func (f *figures) read(s string) bool {
	*f = figures{}
	if rest, ok := cutLike(s, "(cost=%..% rows=# width=#)", &f.startup, &f.total, &f.rows, &f.width); ok {
		f.costs = true
		if s = strings.TrimPrefix(rest, " "); rest == "" || s == rest {
			return rest == ""
		}
	}
	if s == "(never executed)" {
		f.never = true
		return true
	}
	s, ok := strings.CutPrefix(s, "(")
	return ok && f.readExecution(s, ")")
}

// readExecution reads the figures of an execution, with or without times and decimals of
// the rows, and an end.
func (f *figures) readExecution(s, end string) bool {
	s, ok := strings.CutPrefix(s, "actual ")
	if !ok {
		return false
	}
	if after, timed := cutLike(s, "time=%..% ", &f.first, &f.last); timed {
		s = after
	}
	rest, ok := cutLike(s, "rows=# loops=#", &f.got, &f.loops)
	if !ok {
		rest, ok = cutLike(s, "rows=% loops=#", &f.got, &f.loops)
		f.decimals = ok
	}
	f.actual = ok && rest == end
	return f.actual
}

func isWorkerFigures(s string) bool {
	var f figures
	s, ok := cutLike(s, "Worker #:  ")
	return ok && f.readExecution(s, "")
}

// cutLike cuts what a pattern describes from the start of a text: # is a number, % one
// with decimals. The numbers go to figures, if there are any.
func cutLike(s, pattern string, to ...*Float) (rest string, ok bool) {
	at := 0
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		if c != '#' && c != '%' {
			if at == len(s) || s[at] != c {
				return s, false
			}
			at++
			continue
		}
		from := at
		at += digits(s[at:])
		if at == from {
			return s, false
		}
		if c == '%' {
			if at == len(s) || s[at] != '.' {
				return s, false
			}
			at++
			n := digits(s[at:])
			if at += n; n == 0 {
				return s, false
			}
		}
		if len(to) > 0 {
			if *to[0], ok = parseFigure(s[from:at]); !ok {
				return s, false
			}
			to = to[1:]
		}
	}
	return s[at:], true
}

// digits returns how many digits a text begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// isMark reports whether an underscore can be a mark of emphasis: it begins or ends a
// word.
func isMark(s string, i int) bool {
	return i == 0 || i+1 == len(s) || !isWordByte(s[i-1]) || !isWordByte(s[i+1])
}

// isText reports whether a line has, from a position on, no character that a
// decoration begins or ends with, and all its brackets and quotes are closed.
func (c *cleanText) isText(s string, at int) bool {
	depth, doubles := 0, 0
	open := byte(0)
	marks := false
	for i := at; i < len(s); i++ {
		b := s[i]
		if b >= 'a' && b <= 'z' || b == ' ' {
			continue
		}
		next := byte(0)
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch {
		case b < ' ' || b >= 0x7f:
			return false
		case b >= '0' && b <= '9' || b >= 'A' && b <= 'Z':
		case b == '\'' || b == '"':
			c.quotes = true
			if b == '"' {
				doubles++
			}
			switch open {
			case 0:
				open = b
			case b:
				open = 0
			}
		case b == '(':
			if strings.HasPrefix(s[i:], "(cost=") || strings.HasPrefix(s[i:], "(actual ") {
				return false // the figures of a node
			}
			if open == 0 {
				depth++
			}
		case b == ')':
			if open == 0 {
				depth--
			}
		case b == '\\' || b == '`',
			b == '<' && (isWordByte(next) || next == '/' || next == '!'), // a tag
			b == '&' && (isWordByte(next) || next == '#'),                // an entity
			b == ']' && next == '(',                                      // a link
			b == '=' && strings.HasSuffix(s[:i], "rows"):                 // several lines in one
			return false
		case b == '*' || b == '~' || b == '_' && isMark(s, i):
			marks = true
		}
	}
	if depth != 0 || open != 0 || doubles%2 != 0 || strings.IndexByte(",$|/+.", s[len(s)-1]) >= 0 {
		return false
	}
	return !marks || !hasMarks(s) || withoutEmphasis(s) == s
}
