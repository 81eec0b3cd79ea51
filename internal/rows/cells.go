package rows

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
)

// CellLine is a line of a text that may be a row.
type CellLine struct {
	Section
	text string
}

// Cells are the cells between one separator.
type Cells struct {
	By   byte // '|', '\t', ',' or ' ' for several blanks
	Text []string
}

// fewestCells is the number of cells from which on a line is looked at: prose has bars and
// commas, too.
const fewestCells = 3

// CellLines returns the lines of a text.
func CellLines(text []byte) []CellLine {
	var list []CellLine
	at := 0
	for line := range strings.Lines(string(text)) {
		list = append(list, CellLine{Section{at, at + len(line)}, strings.TrimRight(line, "\r\n")})
		at += len(line)
	}
	return list
}

// Rest reports whether the line stands for rows that were left out.
func (l CellLine) Rest() bool { return ellipsis.MatchString(l.text) }

// Text returns the line without its end.
func (l CellLine) Text() string { return l.text }

// Readings returns the cells of the line, as each separator that it has tells them.
func (l CellLine) Readings() (list []Cells) {
	line := plainFrame(l.text)
	if rule.MatchString(line) {
		return nil
	}
	s := strings.TrimSpace(line)
	add := func(by byte, cells []string) {
		if len(cells) < fewestCells {
			return
		}
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "*`")
		}
		list = append(list, Cells{by, cells})
	}
	if strings.HasPrefix(s, `"`) && strings.Contains(s, "|") {
		return nil // a literal of a program
	}
	if strings.Contains(s, "|") {
		add('|', strings.Split(strings.TrimSuffix(strings.TrimPrefix(s, "|"), "|"), "|"))
		return list
	}
	if strings.Contains(s, "\t") {
		add('\t', strings.Split(line, "\t"))
	}
	if strings.Contains(s, ",") {
		r := csv.NewReader(strings.NewReader(s))
		r.LazyQuotes = true
		if cells, err := r.Read(); err == nil {
			add(',', cells)
		}
	}
	if strings.Contains(s, "  ") {
		add(' ', gap.Split(s, -1))
	}
	return list
}

// IsHeader reports whether the cells may be a header: all of them are names.
func (c Cells) IsHeader() bool {
	return !slices.ContainsFunc(c.Text, func(s string) bool { return s != "" && !named.MatchString(s) })
}

// PlacedRow is a row on a line of its own, by its columns.
type PlacedRow struct {
	Line   int // 1-based
	Values map[string]string
}

// Placed returns rows as JSON, each on its own line, with all of the columns.
func Placed(list []PlacedRow) []byte {
	columns := map[string]bool{}
	for _, row := range list {
		for c := range row.Values {
			columns[c] = true
		}
	}
	out := new(bytes.Buffer)
	line, open := 1, "["
	for _, row := range list {
		for ; line < row.Line; line++ {
			out.WriteByte('\n')
		}
		object := map[string]any{}
		for c := range columns {
			object[c] = nil
			if v := row.Values[c]; v != "" {
				object[c] = v
			}
		}
		text, _ := json.Marshal(object) // of texts
		out.WriteString(open)
		out.Write(text)
		open = ","
	}
	out.WriteString("]\n")
	return out.Bytes()
}
