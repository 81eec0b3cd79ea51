package rows

import (
	"io"
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/lex"
)

// insertInto matches the head of a statement by which clients export rows.
var insertInto = regexp.MustCompile(`(?is)^\s*INSERT\s+INTO\s+[\w."` + "`" + `]+\s*\(([^()]*)\)\s*VALUES\s*\(`)

func isInserts(head []byte) bool { return insertInto.Match(head) }

// openInserts reads rows from INSERT statements with a list of columns: one row each,
// or several.
func openInserts(name string, b *source) (*Reader, error) {
	in := &lines{b: b.Reader}
	var rows []Row // of the statement that was read
	var r *Reader
	var at map[string]int
	failed := func(line int) error {
		return &diag.SyntaxError{Name: name, Line: line, Want: "INSERT INTO ... (columns) VALUES (...)"}
	}
	read := func() error {
		text, line, ok := in.statement()
		if !ok {
			return io.EOF
		}
		m := insertInto.FindStringSubmatch(text)
		if m == nil {
			return failed(line)
		}
		if r == nil {
			r, at = newReader(name, b, strings.Split(m[1], ","))
		}
		list := tuples(text[len(m[0])-1:])
		if len(list) == 0 { // cut off
			return failed(line)
		}
		for _, values := range list {
			row := Row{Line: line, at: at, fields: make([]field, len(r.columns))}
			if len(values) != len(r.columns) {
				return r.wrongCount(line, len(values), true)
			}
			for i, v := range values {
				row.set(i, v)
			}
			rows = append(rows, row)
		}
		return nil
	}
	begun := read()
	if r == nil {
		return nil, failed(1)
	}
	r.next = func() (Row, error) {
		if err := begun; err != nil {
			begun = nil
			return Row{}, err
		}
		if len(rows) == 0 {
			if err := read(); err != nil {
				return Row{}, err
			}
		}
		row := rows[0]
		rows = rows[1:]
		return row, nil
	}
	return r, nil
}

// statement returns the lines up to one that ends with a semicolon.
func (l *lines) statement() (text string, line int, ok bool) {
	var b strings.Builder
	literal := false // one is open at the end of b
	for {
		s, more := l.next()
		if !more {
			return b.String(), line, strings.TrimSpace(b.String()) != ""
		}
		if strings.TrimSpace(s) == "" && b.Len() == 0 {
			continue
		}
		if b.Len() == 0 {
			line = l.line
		}
		b.WriteString(s + "\n")
		literal = literal != (strings.Count(s, "'")%2 == 1)
		if strings.HasSuffix(strings.TrimSpace(s), ";") && !literal {
			return b.String(), line, true
		}
	}
}

// tuples returns the values between the brackets of VALUES.
func tuples(text string) [][]string {
	var list [][]string
	var row []string
	value, depth := "", 0
	for t := range lex.Tokens(text) {
		switch {
		case t.Kind == lex.Comment:
		case t.Text == "(" && depth == 0:
			row, value, depth = nil, "", 1
		case t.Text == "(":
			depth++
			value += t.Text
		case t.Text == ")" && depth == 1:
			list, depth = append(list, append(row, value)), 0
		case t.Text == ")":
			depth--
			value += t.Text
		case t.Text == "," && depth == 1:
			row, value = append(row, value), ""
		case depth > 0:
			value += literal(t.Text)
		}
	}
	return list
}

// literal returns the value of a token.
func literal(s string) string {
	if strings.EqualFold(s, "null") {
		return ""
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "E"), "N")
	if len(s) > 1 && s[0] == '\'' && s[len(s)-1] == '\'' {
		return strings.ReplaceAll(s[1:len(s)-1], "''", "'")
	}
	return s
}
