package rows

import (
	"bytes"
	"regexp"
	"strings"
)

// fillers are the characters that people draw the blanks of a table with by hand.
const fillers = "-._·"

var (
	// filledName matches the cell of a header with such characters beside its name.
	filledName = regexp.MustCompile(`^\s*(?:[-._·]*[-.·]{1,}[\pL_][\pL\d_ ]*[-._·]*|[\pL_][\pL\d_ ]*?[-.·]{2,}[-._·]*)\s*$`)
	// filledCell matches a cell that has nothing else, or has them beside its value.
	filledCell = regexp.MustCompile(`^(\s*[-._·]*)(.*?)([-._·]*\s*)$`)
)

// Unfilled blanks what tables that were drawn by hand have for blanks in their cells:
// pid---|----mode, in place. It reports whether there is such a table.
func Unfilled(text []byte) (any bool) {
	at, bars := 0, 0 // of the table
	for line := range bytes.Lines(text) {
		n := bytes.Count(line, []byte("|"))
		switch {
		case n < 2:
			bars = 0
		case n != bars:
			if bars = 0; isFilledHeader(string(bytes.TrimRight(line, "\r\n"))) {
				bars, any = n, true
			}
		}
		if bars > 0 && bytes.ContainsFunc(line, func(c rune) bool { return !strings.ContainsRune(fillers+"+| \r\n", c) }) {
			unfill(text[at : at+len(line)])
		}
		at += len(line)
	}
	return any
}

func isFilledHeader(line string) bool {
	filled := 0
	for _, cell := range strings.Split(strings.Trim(line, " \t|"), "|") {
		if filledName.MatchString(cell) {
			filled++
		} else if !named.MatchString(strings.TrimSpace(cell)) {
			return false
		}
	}
	return filled > 0
}

// unfill blanks the fillers of a line. A value can begin with a minus and end with a point.
func unfill(line []byte) {
	from := 0
	for from < len(line) {
		to := from + bytes.IndexByte(append(line[from:len(line):len(line)], '|'), '|')
		cell := line[from:to]
		m := filledCell.FindSubmatchIndex(bytes.TrimRight(cell, "\r\n"))
		before, behind := cell[m[2]:m[3]], cell[m[6]:m[7]]
		if len(bytes.TrimSpace(before)) > 1 || m[4] < m[5] && (cell[m[4]] < '0' || cell[m[4]] > '9') || m[4] == m[5] {
			copy(before, bytes.Repeat([]byte(" "), len(before)))
		}
		if trimmed := string(bytes.TrimSpace(behind)); len(trimmed) > 1 || trimmed == "-" || m[4] == m[5] {
			copy(behind, bytes.Repeat([]byte(" "), len(behind)))
		}
		from = to + 1
	}
}
