package rows

import (
	"bytes"
	"errors"
	"html"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"github.com/pgverdict/pgverdict/internal/diag"
)

// plainFrame replaces the box-drawing characters of psql and other tools by
// ASCII, one for one.
func plainFrame(line string) string {
	if isASCII(line) {
		return line
	}
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\u2500' || c == '\u2501' || c == '\u2550': // ─ ━ ═
			return '-'
		case c == '\u2502' || c == '\u2503' || c == '\u2551': // │ ┃ ║
			return '|'
		case c >= '\u2504' && c <= '\u257f' || c == '\u21b5': // corners and crossings; ↵
			return '+'
		case c == '\u23bf': // ⎿ before the output in an assistant's terminal
			return ' '
		}
		return c
	}, line)
}

// rule matches the line between the header and the rows: psql's with any border,
// that of other tools' text tables, and Markdown's. One of "=" has several parts: a title
// can be underlined with them.
var rule = regexp.MustCompile("^\\s*(?:[+|.'`]?[-:= ]*-[-+|:= ]*[.'`]?|\\+[=+]*\\+|=+(?: +=+)+)\\s*$")

// lookedAt is the number of lines in which a header is searched. Notices and
// prompts can precede it.
const lookedAt = 40

func isAligned(head []byte) bool {
	header, _ := headerOf(head)
	return header != ""
}

// headerOf returns the header, which is the line before a rule, and the rule.
func headerOf(head []byte) (header, ruled string) {
	var lines []string
	for line := range bytes.Lines(bytes.TrimLeft(head, "\r\n")) { // a section of a text has its line
		if lines = append(lines, plainFrame(strings.TrimRight(string(line), "\r\n"))); len(lines) == lookedAt {
			break
		}
	}
	quoted := quotedLines(lines)
	for i := 1; i < len(lines); i++ {
		if isHeader(lines[i-1], lines[i]) && (quoted == nil || !quoted[i]) {
			return lines[i-1], lines[i]
		}
	}
	return "", ""
}

// isHeader reports whether a line is the header above a rule. A title above the border of
// a table is none.
func isHeader(line, ruled string) bool {
	if !rule.MatchString(ruled) || strings.TrimSpace(line) == "" || rule.MatchString(line) {
		return false
	}
	if strings.HasPrefix(strings.TrimSpace(ruled), "+") && !strings.HasPrefix(strings.TrimSpace(line), "|") {
		return false
	}
	segments := cut(ruled)
	if strings.HasPrefix(strings.TrimSpace(ruled), "+") && len(segments) > 1 && strings.Count(line, "|") < 3 {
		return false // a title over all columns
	}
	if strings.Count(ruled, "-")+strings.Count(ruled, "=") == 1 && len(strings.TrimSpace(line)) > 1 {
		return false // a dash alone is the rule of a name with one letter
	}
	return len(segments) > 0 && len(segments[0].of(line)) > 0
}

// linked matches a cell that is a link in Markdown.
var linked = regexp.MustCompile(`^\[([^\]]+)\]\([^()\s]*\)$`)

// nothing matches what tools print in the first cell of a table in place of rows.
var nothing = regexp.MustCompile(`(?i)^\(?(?:no (?:results?|rows?|data|records?)(?: found)?|empty|nothing)\)?\.?$`)

// segment is the range of screen columns of one column of the relation. Text
// after the end of the last one belongs to it.
type segment struct {
	from, to int
	last     bool
	bare     bool // no frame: columns are separated by a blank
}

// cut returns the segments of a rule.
func cut(text string) []segment {
	sep := "+"
	switch {
	case strings.Contains(text, "+"):
	case strings.Contains(text, "|"):
		sep = "|"
	case strings.Contains(strings.TrimSpace(text), " "):
		sep = " "
	}
	var list []segment
	from := -1
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i:i+1] != sep && !(sep == "+" && text[i] == '|') {
			if from < 0 {
				from = i
			}
			continue
		}
		if from >= 0 && strings.ContainsAny(text[from:i], "-=") {
			list = append(list, segment{from: from, to: i, bare: sep == " "})
		}
		from = -1
	}
	if n := len(list); n > 0 {
		list[n-1].last = list[n-1].to == len(text)
	}
	return list
}

// of returns the text of a line in the segment.
func (s segment) of(line string) string {
	from, to := columnAt(line, s.from), columnAt(line, s.to)
	if s.last {
		to = len(line)
	}
	return line[min(from, to):to]
}

// columnAt returns the byte offset at which a screen column begins.
func columnAt(line string, column int) int {
	if isASCII(line) {
		return min(column, len(line))
	}
	at := 0
	for i, c := range line {
		if at >= column {
			return i
		}
		at += displaywidth.Rune(c)
	}
	return len(line)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// goesOn says how a cell continues on the next line of the screen.
type goesOn byte

const (
	ends    goesOn = 0
	newLine goesOn = '+' // after a newline in the value
	wrapped goesOn = '.' // after a break that psql made at the width of the column
	below   goesOn = '|' // in the next line of its cell, which nothing marks
)

// value returns a cell without its margins, and how it continues on the next line.
func (s segment) value(line string, next func() string) (v string, more goesOn) {
	v = s.of(line)
	if s.bare {
		end := columnAt(line, s.to)
		if end < len(line) && line[end] == '+' {
			more = newLine
		}
		if s.last {
			if cut, marked := strings.CutSuffix(v, "+"); marked {
				v, more = cut, newLine
			}
		}
		return strings.TrimRight(v, " "), more
	}
	if n := len(v); n > 0 && displaywidth.String(v) >= s.to-s.from {
		switch {
		case v[n-1] == '+':
			v, more = v[:n-1], newLine
		case (v[n-1] == '.' || strings.HasSuffix(v, "…")) && strings.HasPrefix(s.of(plainFrame(next())), lastRune(v)): // psql marks both sides of a break
			v, more = strings.TrimSuffix(v, lastRune(v)), wrapped
		}
	}
	for _, margin := range [...]string{" ", ".", "…"} {
		if cut, ok := strings.CutPrefix(v, margin); ok {
			v = cut
			break
		}
	}
	if more == wrapped {
		return v, more // blanks before the break belong to the value
	}
	return strings.TrimRight(v, " "), more
}

func lastRune(s string) string {
	_, size := utf8.DecodeLastRuneInString(s)
	return s[len(s)-size:]
}

func openAligned(name string, b *source) (*Reader, error) {
	head, _ := b.Peek(sniffed)
	header, ruled := headerOf(head)
	in := &lines{b: b.Reader}
	for last := ""; ; {
		line, ok := in.next()
		if !ok {
			return nil, &diag.SyntaxError{Name: name, Line: 1, Want: "a header line with column names"}
		}
		if line = plainFrame(line); line == ruled && last == header {
			break
		}
		last = line
	}
	segments, split := cut(ruled), newSplitter(header, ruled)
	names, _ := split(header, in.peek)
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	r, at := newReader(name, b, names)
	numbered := names[0] == "(index)"
	framed := strings.HasPrefix(strings.TrimSpace(header), "|")
	screen := screenOf(header, ruled)
	row := Row{at: at, fields: make([]field, len(names))}
	r.next = func() (Row, error) {
		values := make([][]string, len(names)) // the lines of each
		ended := false                         // at the screen's width
		grows := make([]goesOn, len(names))
		for first := true; ; first = false {
			line, ok := in.next()
			if ok {
				line = plainFrame(line)
			}
			if text := strings.Trim(line, "|*` "); footer.MatchString(text) {
				line = text // in a frame: | *(0 rows)* | |
			}
			if first && ok && framed && rule.MatchString(line) && strings.HasPrefix(strings.TrimSpace(plainFrame(in.peek())), "|") {
				line, _ = in.next() // behind the rule between two rows
				line = plainFrame(line)
			}
			if first && ok && again(line, ruled) && counted(plainFrame(in.peek())) { // rows set apart by hand
				line, _ = in.next()
				line = plainFrame(line)
			}
			if !ok || strings.TrimSpace(line) == "" || footer.MatchString(line) || rule.MatchString(line) {
				if !first {
					in.unread(line)
					break
				}
				return Row{}, r.end(in.line, line)
			}
			if first && failure.MatchString(line) {
				return Row{}, r.failed(in.line, line)
			}
			if first && ellipsis.MatchString(line) {
				return Row{}, r.skipped(in.line)
			}
			at := in.line
			ended = screen > 0 && displaywidth.String(line) == screen
			parts, more := split(line, in.peek)
			if first {
				row.Line = at
			}
			if whole := rejoined(parts, "|", r.columns); len(whole) < len(parts) {
				parts, more = whole, make([]goesOn, len(whole))
			}
			if len(parts) != len(names) {
				return Row{}, r.wrongCount(at, len(parts), strings.Contains(line, "|"))
			}
			again := false
			for i, v := range parts {
				switch {
				case first:
					values[i] = []string{strings.TrimLeft(v, " ")} // numbers are right-aligned
				case grows[i] == newLine:
					values[i] = append(values[i], v)
				case grows[i] == below:
					values[i] = append(values[i], strings.TrimSpace(v))
				case grows[i] == wrapped:
					last := &values[i][len(values[i])-1]
					if strings.Trim(*last, "0123456789.,-") == "" { // a number is at the right of its column
						v = strings.TrimLeft(v, " ")
					}
					*last += v
				}
				grows[i] = more[i]
				again = again || more[i] != ends
			}
			if marks := oldMarks(segments, in.peek()); !again && marks != nil {
				copy(grows, marks)
				again = true
				for i, mark := range marks {
					if mark == wrapped { // at the width of the column, blanks included
						last := len(values[i]) - 1
						values[i][last] = strings.TrimRight(values[i][last], " ") + segments[i].blanks(line)
					}
				}
			}
			if !again && (framed || goesOnUnframed(segments[0], in.peek())) {
				again = r.goesOnBelow(in.peek(), split, grows)
			}
			if !again {
				break
			}
		}
		if len(values) > 1 && strings.TrimSpace(strings.Join(slices.Concat(values[1:]...), "")) == "" && nothing.MatchString(strings.Join(values[0], "")) {
			return Row{}, io.EOF
		}
		row.Damaged = false
		if at := len(values) - 1; ended && isPlainNumber(strings.Join(values[at], "")) {
			r.lose(&diag.SyntaxError{Name: name, Line: r.above + row.Line, Want: "whole lines", Err: errors.New("a pager cut the last column. Print it again after \\pset pager off, or run: pgverdict export")})
			values[at] = nil
		}
		for i, v := range values {
			text := strings.Join(v, "\n")
			if numbered && len(text) > 1 && (text[0] == '\'' || text[0] == '"') && text[len(text)-1] == text[0] {
				text = text[1 : len(text)-1] // console.table quotes texts
			}
			if framed && strings.HasPrefix(text, "[") {
				text = linked.ReplaceAllString(text, "$1")
			}
			row.set(i, text)
		}
		return row, nil
	}
	if len(names) == 1 {
		return jsonInCells(name, r)
	}
	return r, nil
}

// again reports whether a line is the rule below the header once more.
func again(line, ruled string) bool {
	return strings.ContainsAny(ruled, "+|") && strings.TrimSpace(line) == strings.TrimSpace(ruled)
}

// counted reports whether a line is a row with a number in a cell of its own. A header has
// none.
func counted(line string) bool {
	cells := strings.Split(line, "|")
	return len(cells) > 1 && slices.ContainsFunc(cells, func(c string) bool { return isPlainNumber(strings.TrimSpace(c)) })
}

// goesOnUnframed reports whether the next line of a table without a frame can be the rest
// of a row: nothing is in its first column.
func goesOnUnframed(first segment, next string) bool {
	return strings.HasPrefix(next, "  ") && strings.Contains(next, "|") && strings.TrimSpace(first.of(next)) == ""
}

// goesOnBelow reports whether the next line of a table goes on with the SQL of a row, which
// tools other than psql do not mark, and says of which columns.
func (r *Reader) goesOnBelow(next string, split func(line string, next func() string) ([]string, []goesOn), grows []goesOn) bool {
	if next = plainFrame(next); !strings.Contains(next, "|") {
		return false
	}
	cells, _ := split(next, func() string { return "" })
	if !r.continued(cells) {
		return false
	}
	for i, c := range cells {
		if grows[i] = ends; strings.TrimSpace(c) != "" {
			grows[i] = below
		}
	}
	return true
}

// blanks returns those at the end of a cell, without its margin.
func (s segment) blanks(line string) string {
	v := s.of(line)
	return strings.Repeat(" ", max(0, len(v)-len(strings.TrimRight(v, " "))-1))
}

// oldMarks says which cells of a row go on in the next line by the marks of psql's
// old-ascii, which stand there in place of the bars; nil if there are none.
func oldMarks(segments []segment, next string) []goesOn {
	if !strings.ContainsAny(next, ":;") {
		return nil
	}
	marks, marked := make([]goesOn, len(segments)), false
	for i, s := range segments[1:] {
		at := columnAt(next, s.from-1)
		if s.bare || at >= len(next) {
			return nil
		}
		switch next[at] {
		case ':':
			marks[i+1], marked = newLine, true
		case ';':
			marks[i+1], marked = wrapped, true
		case '|', ' ':
		default:
			return nil
		}
	}
	if !marked || strings.Trim(segments[0].of(next), " |") != "" {
		return nil
	}
	return marks
}

// screenOf returns the width at which a pager may have cut the lines; 0 if the last column
// is whole. psql centers a header, and leaves a blank between the longest value and the end
// of the rule.
func screenOf(header, ruled string) int {
	segments := cut(ruled)
	last := segments[len(segments)-1]
	name := last.of(header)
	if len(segments) < 2 || !strings.HasPrefix(header, " ") || !last.last || !strings.HasPrefix(name, "  ") || strings.HasPrefix(ruled, "+") || strings.Contains(ruled, "|") {
		return 0
	}
	return displaywidth.String(ruled)
}

// isPlainNumber reports whether a value is a number, or what is left of one.
func isPlainNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789.,-") == "" }

// newSplitter returns a function that splits lines into cells: by the columns of
// the rule, or at the bars of a Markdown table, which need not be aligned.
func newSplitter(header, ruled string) func(line string, next func() string) (values []string, more []goesOn) {
	segments := cut(ruled)
	outer := strings.HasPrefix(strings.TrimSpace(header), "|")
	closed := strings.HasSuffix(strings.TrimSpace(header), "|") // the rows may be open
	bars := strings.Count(strings.Trim(strings.TrimSpace(header), "|"), "|")
	byHand := strings.Contains(ruled, "+")
	if strings.Contains(ruled, "|") && !byHand || bars > 0 && bars != len(segments)-1 { // Markdown, or a rule by hand
		return func(line string, _ func() string) ([]string, []goesOn) {
			if line = strings.TrimSpace(line); outer {
				line = strings.TrimPrefix(line, "|")
			}
			if outer || closed && strings.Count(line, "|") > bars {
				line = strings.TrimSuffix(line, "|")
			}
			var values []string
			var more []goesOn
			for _, v := range strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|") {
				again := ends
				if whole, cut := strings.CutSuffix(v, "+"); cut && byHand {
					v, again = whole, newLine
				}
				values, more = append(values, strings.ReplaceAll(unmarked(strings.TrimSpace(v)), "\x00", "|")), append(more, again)
			}
			return values, more
		}
	}
	return func(line string, next func() string) (values []string, more []goesOn) {
		for i, s := range segments {
			if i > 0 && !s.bare {
				if at := columnAt(line, s.from-1); at >= len(line) || line[at] != '|' && oldMarks(segments, line) == nil {
					inner := strings.TrimPrefix(strings.TrimSpace(line), "|")
					cells := strings.Split(strings.TrimSuffix(inner, "|"), "|")
					if len(cells) < len(segments) {
						cells = strings.Split(inner, "|") // the last one is empty
					}
					if whole := strings.Split(line, "|"); !outer && len(whole) == len(segments) {
						cells = whole // the first one may be empty
					}
					if len(cells) == len(segments) {
						for i := range cells {
							cells[i] = strings.TrimSpace(cells[i])
						}
						return cells, make([]goesOn, len(cells)) // the cells are wider or narrower than their columns
					}
					break // a frame is missing
				}
			}
			v, again := s.value(line, next)
			values, more = append(values, v), append(more, again)
		}
		return values, more
	}
}

// emphasis matches a cell of a Markdown table that is all code, bold or struck.
var emphasis = regexp.MustCompile("^(?:`+([^`]*)`+|\\*\\*([^*]*)\\*\\*|\\*([^*]*)\\*|~~([^~]*)~~)$")

// escaped matches the escapes and line breaks that clients write in Markdown.
var escaped = regexp.MustCompile(`\\([\\_*()\[\]<>#+.!{}~-])|<br ?/?>`)

// noted matches code with the mark of a footnote behind it.
var noted = regexp.MustCompile("^(`+[^`]*`+|\\*\\*[^*]*\\*\\*)\\s?(?:\\\\?\\*+|[†‡¹²³]+)$")

// unmarked returns a cell without Markdown's marks.
func unmarked(v string) string {
	if m := noted.FindStringSubmatch(v); m != nil {
		v = m[1]
	}
	for {
		m := emphasis.FindStringSubmatch(v)
		if m == nil {
			break
		}
		v = m[1] + m[2] + m[3] + m[4]
	}
	if strings.Contains(v, "&") {
		v = strings.ReplaceAll(html.UnescapeString(v), "\u00a0", " ")
	}
	return escaped.ReplaceAllStringFunc(v, func(s string) string {
		if s[0] == '\\' {
			return s[1:]
		}
		return "\n"
	})
}
