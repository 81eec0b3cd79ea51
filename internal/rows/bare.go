package rows

import (
	"bytes"
	"regexp"
	"strings"
)

// Relations that a text has around it or in it: in its comments, in the literals of a
// program, and without any frame.

// Comments returns the comments of a text without their marks. All other lines are blank,
// and offsets stay the same. It is nil if there are none.
func Comments(text []byte) []byte {
	out := bytes.Clone(text)
	at, any, block := 0, false, false
	for line := range bytes.Lines(text) {
		body := bytes.TrimLeft(line, " \t")
		mark := 0
		for _, m := range [...]string{"/*", "*/", "--", "//", "#", "*"} {
			if bytes.HasPrefix(body, []byte(m)) {
				mark = len(m)
				break
			}
		}
		to := at + len(line) // what is blanked
		if mark > 0 {
			for mark < len(body) && (body[mark] == '*' || body[mark] == '#') { // some write the mark again
				mark++
			}
			to, any = at+len(line)-len(body)+mark, true
		} else if block {
			to = at // all of it
		}
		if from := bytes.LastIndex(line, []byte("/*")); from >= 0 {
			block = true
		}
		if until := bytes.LastIndex(line, []byte("*/")); until >= 0 && until > bytes.LastIndex(line, []byte("/*")) {
			block = false
		}
		for i := at; i < to; i++ {
			if out[i] != '\n' {
				out[i] = ' '
			}
		}
		at += len(line)
	}
	if !any {
		return nil
	}
	return out
}

// Bare returns what may be relations without a frame: lines with the same number of bars
// between cells, or of cells between blanks, below a line of names. Only the names of the
// columns can tell whether they are relations.
func Bare(text []byte) []Section {
	var list []Section
	var begin Section // with the header
	bars, header, rows := 0, []string(nil), 0
	end := func() {
		if rows > 0 {
			list = append(list, begin)
		}
		header, rows = nil, 0
	}
	at := 0
	for line := range bytes.Lines(text) {
		s := strings.TrimSpace(string(line))
		n := strings.Count(s, "|")
		switch {
		case header != nil && bars > 0 && n == bars && !rule.MatchString(s), header != nil && bars == 0 && n == 0 && len(cellsOf(s, len(header))) == len(header):
			rows++
			begin.To = at + len(line)
		default:
			end()
			if names := bareNames(s, n); names != nil {
				begin, bars, header = Section{at, at + len(line)}, n, names
			}
		}
		at += len(line)
	}
	end()
	return list
}

// named matches a column's name in a header that has bars, snake one that a view has.
var (
	named = regexp.MustCompile(`^["'*\x60]*[\pL_#][^|]{0,40}$`)
	snake = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// bareNames returns the names in a line that may be a header; nil if it can be none.
func bareNames(line string, bars int) []string {
	if bars > 0 {
		names := strings.Split(strings.Trim(line, "|"), "|")
		for i := range names {
			if names[i] = strings.TrimSpace(names[i]); !named.MatchString(names[i]) {
				return nil
			}
		}
		return names
	}
	if strings.Contains(line, "\t") {
		return nil // a record of CSV, which can have empty fields
	}
	names, compound := strings.Fields(line), 0
	for _, n := range names {
		if !snake.MatchString(n) {
			return nil
		}
		if strings.Contains(n, "_") {
			compound++
		}
	}
	if len(names) < 2 || compound == 0 {
		return nil
	}
	return names
}

// gap is between the cells of a row without bars. A cell may have single blanks.
var gap = regexp.MustCompile(`\t| {2,}`)

// cellsOf returns the cells of a row of n without bars; nil if its cells are not n.
func cellsOf(row string, n int) []string {
	if cells := gap.Split(row, -1); len(cells) == n {
		return cells
	}
	if cells := strings.Fields(row); len(cells) == n {
		return cells
	}
	return nil
}

// Separated returns what may be relations of CSV among other text: records with the same number
// of fields below a line of names. A text that begins with the only one is no other text.
func Separated(text []byte) (list []Section) {
	var found Section
	comma := byte(0) // of the relation, if one has begun
	want, n, records, quoted := 0, 1, 0, false
	end := func() {
		if records > 0 {
			list = append(list, found)
		}
		comma, records = 0, 0
	}
	at := 0
	for line := range bytes.Lines(text) {
		from := at
		at += len(line)
		if comma != 0 {
			if !quoted {
				n = 1
			}
			if n, quoted = fields(line, comma, n, quoted); quoted {
				continue // the record goes on
			}
			if n == want {
				records++
				found.To = at
				continue
			}
			if s := bytes.TrimRight(line, "\r\n"); records > 0 && (failure.Match(s) || n > 1 && !bytes.Contains(s, []byte(", "))) {
				found.To = at // the statement failed, or a record was cut off
			}
			end()
		}
		if m := csvHeader.Find(bytes.TrimRight(line, "\r\n")); m != nil {
			comma = m[bytes.IndexAny(m, ",;\t")]
			want, _ = fields(line, comma, 1, false)
			found, quoted = Section{from, at}, false
		}
	}
	end()
	if len(list) == 1 && len(bytes.TrimSpace(text[:list[0].From])) == 0 {
		return nil
	}
	return list
}

// fields adds the fields of a line to those that a record has so far, and reports whether a
// quote is open behind it.
func fields(line []byte, comma byte, n int, quoted bool) (int, bool) {
	for _, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == comma && !quoted:
			n++
		}
	}
	return n, quoted
}

// isColumns reports whether a text begins with a relation whose columns only blanks
// separate, in each of its first lines.
func isColumns(head []byte) bool {
	n, names := 0, []string(nil)
	for line := range bytes.Lines(head) {
		s := strings.TrimSpace(string(line))
		switch {
		case s == "" && n == 0:
			continue
		case s == "":
			return n > 1
		case n == 0:
			if strings.ContainsAny(s, "|,;\t") {
				return false
			}
			names = bareNames(s, 0)
		case cellsOf(s, len(names)) == nil:
			return n > 1 // a row with an empty cell, or the end
		}
		if n++; names == nil {
			return false
		}
		if n > lookedAt {
			break
		}
	}
	return n > 1
}

func openColumns(name string, b *source) (*Reader, error) {
	in := &lines{b: b.Reader}
	begun := false
	width := 0
	return openCells(name, b, func() ([]string, int, bool) {
		for {
			line, ok := in.next()
			text := strings.TrimSpace(line)
			switch {
			case !ok || begun && text == "":
				return nil, 0, false
			case text == "":
				continue
			case !begun:
				begun = true
				names := strings.Fields(text)
				width = len(names)
				return names, in.line, true
			}
			if cells := cellsOf(text, width); cells != nil {
				return cells, in.line, true
			}
			return gap.Split(text, -1), in.line, true
		}
	})
}

// Literal is a text in a program.
type Literal struct {
	Line int // on which it begins, 1-based
	Text []byte
}

// Literals returns the texts of several lines that are literals in a program: one literal
// with newlines, or one a line.
func Literals(text []byte) []Literal {
	var list []Literal
	n, last := 0, 0
	for line := range strings.Lines(string(text)) {
		n++
		content, alone := literalOn(strings.TrimRight(line, "\r\n"))
		switch {
		case content == "":
			continue
		case alone && last == n-1 && len(list) > 0:
			had := &list[len(list)-1]
			had.Text = append(had.Text, content...)
		default:
			list = append(list, Literal{n, []byte(content)})
		}
		if last = 0; alone {
			last = n
		}
		if one := &list[len(list)-1]; one.Text[len(one.Text)-1] != '\n' {
			one.Text = append(one.Text, '\n')
		}
	}
	several := list[:0]
	for _, l := range list {
		if bytes.Count(l.Text, []byte("\n")) > 1 {
			several = append(several, l)
		}
	}
	return several
}

// around matches what a line has beside a literal that is alone on it: the end of an
// argument, or the call that prints it.
var around = regexp.MustCompile(`^[\s+,;()[\]]*(?:[\w.]+\s*\(|(?:echo|puts|return|print)\b)?[\s+,;()[\]]*$`)

// mostAround is how long what around matches can be.
const mostAround = 1 << 10

// literalOn returns the text of the literal on a line that has a newline, or that is alone on
// it. An apostrophe before it opens none.
func literalOn(line string) (content string, alone bool) {
	open := "" // the quotes that nothing closes any more
	for from := 0; from < len(line); from++ {
		quote := line[from]
		if quote != '\'' && quote != '"' && quote != '`' || strings.IndexByte(open, quote) >= 0 {
			continue
		}
		to := from + 1
		for to < len(line) && line[to] != quote {
			if line[to] == '\\' {
				to++
			}
			to++
		}
		if to >= len(line) {
			open += string(quote)
			continue
		}
		raw := line[from+1 : to]
		alone = len(line)-len(raw) < mostAround && around.MatchString(strings.TrimSuffix(line[:from]+line[to+1:], "\\"))
		if newlines := strings.Count(strings.TrimSuffix(raw, `\n`), `\n`); newlines > 0 || alone && len(raw) > 1 {
			return unescaped.Replace(raw), alone
		}
	}
	return "", false
}

var unescaped = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "", `\t`, "\t", `\"`, `"`, `\'`, `'`, "\\`", "`")
