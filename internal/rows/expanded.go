package rows

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
)

// record matches the line before each row of psql's expanded output.
var record = regexp.MustCompile(`^\s*(\+?-\[ RECORD \d+ \]|\* Record \d+)`)

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

func openExpanded(name string, b *source) (*Reader, error) {
	in := &lines{b: b.Reader}
	for {
		line, ok := in.next()
		if !ok {
			return nil, &diag.SyntaxError{Name: name, Line: 1, Want: "-[ RECORD 1 ]"}
		}
		if line = plainFrame(line); record.MatchString(line) {
			in.record = line
			break
		}
	}
	start := in.line + 1
	names, values, failed := readRecord(in)
	if len(names) == 0 {
		return nil, &diag.SyntaxError{Name: name, Line: in.line, Want: "a column and its value"}
	}
	r, at := newReader(name, b, names)
	row := Row{at: at, fields: make([]field, len(names))}
	r.next = func() (Row, error) {
		if len(names) == 0 {
			if message := failed; message != "" {
				failed = ""
				return Row{}, r.failed(in.line, message)
			}
			return Row{}, io.EOF
		}
		row.Line = start
		if got := len(names); got < len(r.columns) && b.cut() {
			names = nil
			return Row{}, r.wrongCount(start, got, true)
		}
		row.Damaged = false
		for i := range row.fields {
			row.fields[i] = field{null: true}
		}
		for i, n := range names {
			column := strings.ToLower(n)
			if slices.Contains(names[:i], n) {
				column += Again
			}
			if at, ok := row.at[column]; ok {
				row.set(at, valueOf(values[i]))
			}
		}
		start = in.line + 1
		if names = nil; failed == "" {
			names, values, failed = readRecord(in)
		}
		return row, nil
	}
	return r, nil
}

// readRecord reads the lines of one row, up to the line before the next row or
// to the error message of a failed statement. Each value is a list of lines.
func readRecord(in *lines) (names []string, values [][]string, failed string) {
	bar := -1
	blanks := strings.HasPrefix(strings.TrimSpace(in.record), "*") // border 0: blanks between a column and its value
	for {
		line, ok := in.next()
		if !ok {
			return names, values, ""
		}
		line = plainFrame(line)
		switch {
		case record.MatchString(line):
			in.record = line
			return names, values, ""
		case failure.MatchString(line):
			return names, values, line
		case strings.TrimSpace(line) == "" || footer.MatchString(line):
			continue
		}
		if framed := strings.HasPrefix(line, "|"); framed {
			line = strings.TrimSuffix(strings.TrimPrefix(line, "| "), "|")
		} else if rule.MatchString(line) {
			continue
		}
		if blanks {
			label, value, _ := strings.Cut(line, " ")
			if value = strings.TrimSpace(value); label == "" && len(values) > 0 {
				values[len(values)-1] = append(values[len(values)-1], value)
			} else if label != "" {
				names, values = append(names, label), append(values, []string{value})
			}
			continue
		}
		if bar < 0 {
			if bar = strings.Index(line, " | "); bar < 0 {
				continue
			}
		}
		at := columnAt(line, bar)
		if !strings.Contains(line, "|") && ellipsis.MatchString(line) {
			continue // other records, which are not here
		}
		if own := strings.Index(line, " |"); !strings.HasPrefix(line[at:], " |") && own > 0 && identifier.MatchString(strings.TrimRight(line[:own], " ")) {
			at = own // a record whose bars a hand or a page has moved
		}
		label := strings.TrimSpace(line[:at])
		value := strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(line[at:], " |"), " "), " ")
		if n := len(values); label == "" && n > 0 {
			values[n-1] = append(values[n-1], value)
			continue
		}
		names, values = append(names, label), append(values, []string{value})
	}
}

// valueOf joins the lines of a value. Where psql broke one at the width of the page (\pset
// format wrapped), it marked both sides.
func valueOf(lines []string) string {
	if len(lines) == 1 {
		return lines[0]
	}
	var b strings.Builder
	within := "" // the mark at which a line goes on
	for i, line := range lines {
		line = strings.TrimPrefix(line, within)
		within = ""
		if i == len(lines)-1 {
			b.WriteString(line)
			break
		}
		if mark := lastRune(line); (mark == "." || mark == "…") && strings.HasPrefix(lines[i+1], mark) {
			b.WriteString(strings.TrimSuffix(line, mark))
			within = mark
			continue
		}
		b.WriteString(strings.TrimRight(strings.TrimSuffix(line, "+"), " "))
		b.WriteByte('\n')
	}
	return b.String()
}
