package rows

import (
	"errors"
	"io"
	"regexp"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"github.com/pgverdict/pgverdict/internal/diag"
)

// Data frames as pandas prints them: all cells end where the name of their column ends,
// and each row begins with its number. A frame that is wider than the screen has its
// columns in several blocks.

var (
	frameHeader = regexp.MustCompile(`^ +(?:[a-zA-Z_.][\w.]*|\.\.\.)(?: +(?:[a-zA-Z_.][\w.]*|\.\.\.))* *\\?$`)
	frameRow    = regexp.MustCompile(`^(\d+|\.\.) +\S`)
	frameShape  = regexp.MustCompile(`^\[\d+ rows x \d+ columns\]`)
)

func isPandas(head []byte) bool {
	last := ""
	n := 0
	for text := range strings.Lines(string(head)) {
		text = strings.TrimRight(text, "\r\n")
		if n++; n > lookedAt {
			break
		}
		if frameHeader.MatchString(last) && len(strings.Fields(last)) > 1 && frameRow.MatchString(text) {
			return true
		}
		last = text
	}
	return false
}

// frameLine is a row of a frame, without its number.
type frameLine struct {
	line   int
	number string
	cells  []string
}

func openPandas(name string, b *source) (*Reader, error) {
	in := &lines{b: b.Reader}
	var names []string
	var list []frameLine
	var ends []int
	at := 0 // the next row of the block
	for {
		text, ok := in.next()
		if !ok {
			break
		}
		switch {
		case frameHeader.MatchString(text) && (names != nil || len(strings.Fields(text)) > 1) && frameRow.MatchString(in.peek()):
			ends = nil
			for _, word := range frameWord.FindAllStringIndex(strings.TrimSuffix(text, `\`), -1) {
				names, ends = append(names, text[word[0]:word[1]]), append(ends, displaywidth.String(text[:word[1]]))
			}
			at = 0
		case len(ends) == 0 || frameShape.MatchString(text):
		case frameRow.MatchString(text):
			number, _, _ := strings.Cut(text, " ")
			if at == len(list) {
				list = append(list, frameLine{line: in.line, number: number})
			}
			from := len(number)
			for i, end := range ends {
				cell := segment{from: from, to: end, last: i == len(ends)-1}
				list[at].cells = append(list[at].cells, strings.TrimSpace(cell.of(strings.TrimSuffix(text, `\`))))
				from = end
			}
			at++
		default:
			ends = nil // the frame ends here
		}
	}
	r, columns := newReader(name, b, names)
	lost := ""
	for i, n := range names {
		if n == "..." {
			lost, r.columns[i] = "pandas left out columns: print with to_string() or to_csv()", "..."
		}
	}
	r.next = func() (Row, error) {
		switch {
		case lost != "":
			why := lost
			lost = ""
			return Row{}, &diag.SyntaxError{Name: name, Line: list[0].line, Want: "all columns", Err: errors.New(why)}
		case len(list) == 0:
			return Row{}, io.EOF
		}
		l := list[0]
		if list = list[1:]; l.number == ".." {
			return Row{}, &diag.SyntaxError{Name: name, Line: l.line, Want: "all rows", Err: errors.New("pandas left out rows: print with to_string() or to_csv()")}
		}
		if len(l.cells) != len(names) {
			return Row{}, r.wrongCount(l.line, len(l.cells), true)
		}
		row := Row{Line: l.line, at: columns, fields: make([]field, len(names))}
		for i, v := range l.cells {
			row.set(i, v)
		}
		return row, nil
	}
	return r, nil
}

var frameWord = regexp.MustCompile(`[\w.]+`)
