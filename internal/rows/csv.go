package rows

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
)

// separator returns the separator of the header line: the most frequent one of
// comma, tab, semicolon and bar outside of quotes; 0 if there is none.
func separator(head []byte) rune {
	line := bytes.TrimLeft(head, "\r\n ")
	head = line
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		line = head[:i]
	}
	counts := map[rune]int{}
	quoted := false
	for _, c := range string(line) {
		switch c {
		case '"':
			quoted = !quoted
		case ',', ';', '\t', '|':
			if !quoted {
				counts[c]++
			}
		}
	}
	best := rune(0)
	for _, c := range []rune{',', '\t', ';', '|'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

// openSeparated reads CSV with any of the separators, and psql's unaligned
// output, which has bars and no quotes.
func openSeparated(name string, b *source) (*Reader, error) {
	head, _ := b.Peek(sniffed)
	sep := separator(head)
	if sep == '|' {
		return openUnaligned(name, b)
	}
	c := &separated{b: b, comma: byte(sep), lazy: sep == '\t' || sep == ';' && !quotes(head, byte(sep))}
	header, _, err := c.next()
	if err != nil {
		return nil, &diag.SyntaxError{Name: name, Line: 1, Want: "a header line with column names", Err: err}
	}
	r, at := newReader(name, b, header)
	row := Row{at: at, fields: make([]field, len(header))}
	padded := sep == '\t' && slices.ContainsFunc(header, func(h string) bool { return strings.TrimSpace(h) != h })
	r.next = func() (Row, error) {
		// Records of others are put together of several, and rows with other columns are made
		// of these rows.
		c.lend = r.lends && sep == ',' && len(r.columns) == len(row.fields)
		record, line, err := c.next()
		if errors.Is(err, io.EOF) {
			return Row{}, io.EOF
		}
		if err != nil {
			return Row{}, &diag.SyntaxError{Name: name, Line: line, Want: fmt.Sprintf("a record of %d fields", len(row.fields)), Err: err}
		}
		row.Line = line
		if sep != ',' { // psql -A writes SQL as it is
			record = rejoined(r.continuedBelow(record, c), string(sep), r.columns)
		}
		if padded {
			for i := range record {
				record[i] = strings.TrimSpace(record[i])
			}
		}
		if len(record) != len(row.fields) {
			if len(record) == 1 && footer.MatchString(record[0]) {
				return Row{}, r.end(row.Line, record[0])
			}
			if failure.MatchString(record[0]) {
				return Row{}, r.failed(row.Line, strings.Join(record, string(sep)))
			}
			return Row{}, r.wrongCount(row.Line, len(record), len(record) > 1)
		}
		filled, err := r.fill(row, record)
		for i := range filled.fields {
			filled.fields[i].lent = c.lend
		}
		return filled, err
	}
	return r, nil
}

// continuedBelow returns a record with the records after it that are lines of its SQL: it
// ends within a column that holds SQL, and they are no rows of their own.
func (r *Reader) continuedBelow(record []string, c *separated) []string {
	own := false // a copy, since the record is valid until the next one is read
	for len(record) < len(r.columns) && isFreeText(r.columns[len(record)-1]) {
		if !own {
			record, own = slices.Clone(record), true
		}
		more, _, err := c.next()
		if err != nil {
			break
		}
		if len(record) > 1 && len(more) >= len(r.columns) || footer.MatchString(more[0]) || failure.MatchString(more[0]) {
			c.again = true
			break
		}
		record[len(record)-1] += "\n" + more[0]
		record = append(record, more[1:]...)
	}
	return record
}

// quotes reports whether a field begins with a quote.
func quotes(head []byte, sep byte) bool {
	for i, c := range head {
		if c == '"' && (i == 0 || head[i-1] == sep || head[i-1] == '\n') {
			return true
		}
	}
	return false
}

// fill sets the values of a row. A repeated header, as in two files that were
// concatenated, is an error.
func (r *Reader) fill(row Row, values []string) (Row, error) {
	again := true
	for i, v := range values {
		again = again && strings.EqualFold(strings.TrimSpace(v), r.columns[i])
		row.set(i, v)
	}
	if again {
		return Row{}, &diag.SyntaxError{Name: r.name, Line: row.Line, Want: "a row", Err: noRow("the header is repeated")}
	}
	return row, nil
}

// openUnaligned reads the output of psql -A. A value can hold a newline, so a
// line with too few bars continues on the next one. A value with a bar makes its
// row unreadable.
func openUnaligned(name string, b *source) (*Reader, error) {
	in := &lines{b: b.Reader}
	header, more := in.next()
	for more && strings.TrimSpace(header) == "" {
		header, more = in.next()
	}
	r, at := newReader(name, b, strings.Split(header, "|"))
	padded := strings.Contains(header, " |") || strings.Contains(header, "| ") // an aligned table without its rule
	row := Row{at: at, fields: make([]field, len(r.columns))}
	bars := len(r.columns) - 1
	r.next = func() (Row, error) {
		text, ok := in.next()
		for ok && padded && strings.TrimSpace(text) == "" {
			text, ok = in.next()
		}
		if !ok || footer.MatchString(text) {
			return Row{}, r.end(in.line, text)
		}
		row.Line = in.line
		if failure.MatchString(text) {
			return Row{}, r.failed(in.line, text)
		}
		if padded && ellipsis.MatchString(text) {
			return Row{}, r.skipped(in.line)
		}
		if padded && strings.Contains(text, "-+-") {
			return Row{}, r.wrongCount(row.Line, 1, true)
		}
		if has := strings.Count(text, "|"); has < bars {
			if !padded { // else lines are rows
				text, has = in.joined(text, has, bars)
			}
			if has < bars {
				return Row{}, r.wrongCount(row.Line, has+1, has > 0)
			}
		}
		values := rejoined(strings.Split(text, "|"), "|", r.columns)
		if len(values) != len(row.fields) {
			return Row{}, r.wrongCount(row.Line, len(values), len(values) > 1)
		}
		if padded {
			for i := range values {
				values[i] = strings.TrimSpace(values[i])
			}
			for r.continued(strings.Split(in.peek(), "|")) {
				more, _ := in.next()
				for i, v := range strings.Split(more, "|") {
					if v = strings.TrimSpace(v); v != "" {
						values[i] += "\n" + v
					}
				}
			}
		}
		return r.fill(row, values)
	}
	return r, nil
}

// continued reports whether a line goes on with the SQL of the row above it: it has nothing
// in any other column. With anything else in it, it may be a row whose first column is NULL.
func (r *Reader) continued(cells []string) bool {
	any := false
	for i, c := range cells {
		if strings.TrimSpace(c) != "" {
			if any = true; i >= len(r.columns) || !isFreeText(r.columns[i]) {
				return false
			}
		}
	}
	return any && len(cells) == len(r.columns)
}

// joined appends lines to a row until it has all its bars. It stops before a
// line that begins another row or belongs to none: the row is damaged then.
func (l *lines) joined(text string, has, bars int) (string, int) {
	var whole strings.Builder
	whole.WriteString(text)
	for has < bars {
		more, ok := l.next()
		if !ok {
			break
		}
		n := strings.Count(more, "|")
		if has > 0 && n >= bars || footer.MatchString(more) || failure.MatchString(more) {
			l.unread(more)
			break
		}
		whole.WriteString("\n" + more)
		has += n
	}
	return whole.String(), has
}

// isFreeText reports whether a column holds SQL, which can contain a separator or a newline.
func isFreeText(column string) bool {
	for _, end := range [...]string{"query", "statement", "sql", "query_text", "sql_text", "indexdef", "constraintdef"} {
		if strings.HasSuffix(column, end) {
			return true
		}
	}
	return false
}

// rejoined joins a value that was split at separators of its own, if only one column of
// the relation holds free text.
func rejoined(values []string, sep string, columns []string) []string {
	extra := len(values) - len(columns)
	if extra <= 0 {
		return values
	}
	at := -1
	for i, c := range columns {
		if isFreeText(c) {
			if at >= 0 {
				return values
			}
			at = i
		}
	}
	if at < 0 {
		return values
	}
	joined := strings.Join(values[at:at+extra+1], sep)
	return append(append(values[:at:at], joined), values[at+extra+1:]...)
}

// lines returns the lines of a text without their ends, and counts them.
type lines struct {
	b    *bufio.Reader
	line int
	back string // a line that was unread
	held bool

	record string // the line that began the last record of expanded output
}

func (l *lines) next() (string, bool) {
	if l.held {
		l.held = false
		return l.back, true
	}
	s, err := l.b.ReadString('\n')
	if err != nil && s == "" {
		return "", false
	}
	l.line++
	return strings.TrimRight(s, "\r\n"), true
}

// peek returns the next line and leaves it there; empty at the end.
func (l *lines) peek() string {
	if l.held {
		return l.back
	}
	s, ok := l.next()
	if ok {
		l.unread(s)
	}
	return s
}

// unread makes next return the line again.
func (l *lines) unread(s string) { l.back, l.held = s, true }
