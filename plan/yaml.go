package plan

import "strings"

// yamlReader reads the YAML that the server writes (escape_yaml in
// explain_format.c): block maps and lists, two columns per level, values on the
// line of their key, and nested lists in brackets. A general YAML reader could
// not read a truncated document or one followed by prose.
type yamlReader struct {
	lines []line
	pos   int
	b     builder
	open  []block
	key   string // a key whose value follows on deeper lines
	keyAt int    // its column, -1 if there is none
	keyNo int    // its line
}

// block is an open map or list with the column of its keys or dashes.
type block struct {
	column int
	list   bool
}

// readYAML reads the YAML document at the start of the lines and returns its
// number of lines.
func readYAML(lines []line) (b *builder, n int, err *SyntaxError) {
	r := &yamlReader{lines: lines, b: builder{format: "yaml"}, keyAt: -1}
	for r.pos < len(lines) {
		l := &lines[r.pos]
		column := indent(l.text)
		s := strings.TrimRight(l.text[column:], " ")
		if s == "" {
			r.pos++
			continue
		}
		want, over := r.line(l, column, s)
		if over {
			break
		}
		if want != "" {
			err = &SyntaxError{Line: l.no, Want: want, Got: excerpt(s)}
			r.b.closeTruncated(err)
			return &r.b, r.pos, err
		}
		r.pos++
	}
	if r.keyAt >= 0 && r.pos == len(lines) { // only the server's empty lists have no value, and a line follows them
		err = &SyntaxError{Line: r.keyNo, Want: "the value of the last key"}
		r.b.closeTruncated(err)
		return &r.b, r.pos, err
	}
	r.closeTo(-1)
	return &r.b, r.pos, nil
}

// line reads one line. It returns what was expected if it cannot, and whether
// the document ended before this line.
func (r *yamlReader) line(l *line, column int, s string) (want string, over bool) {
	for {
		dash := s == "-" || strings.HasPrefix(s, "- ")
		if r.keyAt >= 0 && (column > r.keyAt || dash && column == r.keyAt) {
			if !r.b.open(r.key, dash, r.keyNo) {
				return lessNested, false
			}
			r.open = append(r.open, block{column, dash})
		}
		r.keyAt = -1
		r.closeTo(column)
		if len(r.open) > 0 && !dash && r.open[len(r.open)-1].list {
			r.closeLast() // a key below the dashes of the list before it
		}
		if len(r.open) == 0 {
			if r.pos > 0 && (!dash || len(r.b.plans) > 0 && !strings.HasPrefix(s, "- Plan:")) {
				return "", true
			}
			r.b.open("", dash, l.no)
			r.open = append(r.open, block{column, dash})
		}
		top := r.open[len(r.open)-1]
		if top.column != column || top.list != dash {
			return r.notYAML()
		}
		if !dash {
			return r.keyed(l, column, s)
		}
		if s == "-" && r.itemBelow(column) {
			if !r.b.open("", false, l.no) {
				return lessNested, false
			}
			r.open = append(r.open, block{indent(r.lines[r.pos+1].text), false})
			return "", false
		}
		rest := strings.TrimLeft(s[1:], " ")
		column += len(s) - len(rest)
		s = rest
		if s == "" || s[0] == '"' || s[0] == '\'' || s[0] == '[' || !isKeyLine(s) {
			return r.value("", s, l), false
		}
		if !r.b.open("", false, l.no) {
			return lessNested, false
		}
		r.open = append(r.open, block{column, false})
	}
}

// itemBelow reports whether a dash alone on its line, as programs print lists, begins a map
// whose keys are on the lines below.
func (r *yamlReader) itemBelow(column int) bool {
	if r.pos+1 >= len(r.lines) {
		return false
	}
	next := r.lines[r.pos+1].text
	return indent(next) > column && isKeyLine(strings.TrimSpace(next))
}

func isKeyLine(s string) bool { return strings.Contains(s, ": ") || strings.HasSuffix(s, ":") }

// notYAML decides what a line is that does not fit: a truncated line if nothing
// follows, otherwise prose after the document.
func (r *yamlReader) notYAML() (want string, over bool) {
	for _, l := range r.lines[r.pos+1:] {
		if !isBlank(l.text) {
			return "", true
		}
	}
	return "a key and its value", false
}

// keyed reads "Key: value".
func (r *yamlReader) keyed(l *line, column int, s string) (want string, over bool) {
	key, v, ok := strings.Cut(s, ":")
	if !ok || key == "" || v != "" && v[0] != ' ' {
		return r.notYAML()
	}
	key = strings.Trim(key, `"'`)
	if v = strings.TrimLeft(v, " "); v == "" {
		r.key, r.keyAt, r.keyNo = key, column, l.no
		return "", false
	}
	return r.value(key, v, l), false
}

// value reads a scalar or a list in brackets.
func (r *yamlReader) value(key, s string, l *line) (want string) {
	if s == "" {
		return ""
	}
	if s[0] == '[' && s[len(s)-1] == ']' {
		if !r.b.open(key, true, l.no) {
			return lessNested
		}
		if inner := s[1 : len(s)-1]; inner != "" {
			for _, one := range splitList(inner) {
				if want = r.value("", one, l); want != "" {
					return want
				}
			}
		}
		r.b.close()
		return ""
	}
	switch s[0] {
	case '"':
		// A string ends on its line unless a page wrapped it.
		for first := r.pos; !closed(s); {
			if r.pos+1 >= len(r.lines) || r.pos-first >= mostParts {
				return "the rest of a string"
			}
			r.pos++
			s += " " + strings.TrimSpace(r.lines[r.pos].text)
		}
		r.b.scalar(key, unescape(s[1:len(s)-1]), stringScalar, l.no)
		return ""
	case '\'':
		if len(s) > 1 && s[len(s)-1] == '\'' {
			r.b.scalar(key, strings.ReplaceAll(s[1:len(s)-1], "''", "'"), stringScalar, l.no)
			return ""
		}
	}
	kind := stringScalar
	if s == "true" || s == "false" || s == "null" {
		kind = keywordScalar
	} else if _, ok := parseNumber(s); ok {
		kind = numberScalar
	}
	r.b.scalar(key, s, kind, l.no)
	return ""
}

// closed reports whether a string in double quotes ends at the end of s.
func closed(s string) bool {
	if len(s) < 2 || s[len(s)-1] != '"' {
		return false
	}
	backslashes := 0
	for i := len(s) - 2; i > 0 && s[i] == '\\'; i-- {
		backslashes++
	}
	return backslashes%2 == 0
}

// closeTo closes all maps and lists deeper than column.
func (r *yamlReader) closeTo(column int) {
	for len(r.open) > 0 && r.open[len(r.open)-1].column > column {
		r.closeLast()
	}
}

func (r *yamlReader) closeLast() {
	r.b.close()
	r.open = r.open[:len(r.open)-1]
}
