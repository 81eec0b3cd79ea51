package rows

import (
	"bufio"
	"bytes"
	"io"
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
)

// record is the line before each row of psql's expanded output.
var record = regexp.MustCompile(`^(\+?-\[ RECORD \d+ \]|\* Record \d+)`)

func isExpanded(head []byte) bool {
	n := 0
	for line := range bytes.Lines(head) {
		if n++; n > lookedAt {
			return false
		}
		if record.MatchString(plainFrame(string(line))) {
			return true
		}
	}
	return false
}

func openExpanded(name string, b *bufio.Reader) (*Reader, error) {
	in := &lines{b: b}
	for {
		line, ok := in.next()
		if !ok {
			return nil, &diag.SyntaxError{Name: name, Line: 1, Want: "-[ RECORD 1 ]"}
		}
		if record.MatchString(plainFrame(line)) {
			break
		}
	}
	names, values := readRecord(in)
	start := in.line - len(names)
	if len(names) == 0 {
		return nil, &diag.SyntaxError{Name: name, Line: in.line, Want: "a column and its value"}
	}
	r, at := newReader(name, names)
	row := Row{at: at, fields: make([]field, len(names))}
	r.next = func() (Row, error) {
		if len(names) == 0 {
			return Row{}, io.EOF
		}
		row.Line = start
		row.Damaged = false
		for i := range row.fields {
			row.fields[i] = field{null: true}
		}
		for i, n := range names {
			if at, ok := row.at[strings.ToLower(n)]; ok {
				row.set(at, values[i])
			}
		}
		start = in.line + 1
		names, values = readRecord(in)
		return row, nil
	}
	return r, nil
}

// readRecord reads the lines of one row, up to the line before the next.
func readRecord(in *lines) (names, values []string) {
	bar := -1
	for {
		line, ok := in.next()
		if !ok {
			return names, values
		}
		line = plainFrame(line)
		switch {
		case record.MatchString(line):
			return names, values
		case strings.TrimSpace(line) == "" || footer.MatchString(line):
			continue
		}
		if framed := strings.HasPrefix(line, "|"); framed {
			line = strings.TrimSuffix(strings.TrimPrefix(line, "| "), "|")
		} else if rule.MatchString(line) {
			continue
		}
		if bar < 0 {
			if bar = strings.Index(line, " | "); bar < 0 {
				continue
			}
		}
		at := columnAt(line, bar)
		label := strings.TrimSpace(line[:at])
		value := strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(line[at:], " |"), " "), " ")
		if label == "" && len(values) > 0 {
			last := &values[len(values)-1]
			*last = strings.TrimRight(strings.TrimSuffix(*last, "+"), " ") + "\n" + value
			continue
		}
		names, values = append(names, label), append(values, value)
	}
}
