package plan

import (
	"strings"
	"unicode/utf8"
)

// What psql draws around a result: print.c in the server's src/fe_utils.

// bars are the sides of a frame: ascii, unicode's single and double lines.
var bars = [...]string{"|", "│", "║"}

func cutBar(s string) (string, bool) {
	for _, bar := range bars {
		if rest, ok := strings.CutPrefix(s, bar); ok {
			return rest, true
		}
	}
	return s, false
}

// isRule reports whether a line is a ruler: above, below and between rows.
func isRule(s string) bool {
	return s != "" && strings.Trim(s, "-+─═┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬") == ""
}

// framed gives what stands between the sides of a frame, margins included.
func framed(s string) (string, bool) {
	s = strings.TrimLeft(s, " ")
	inner, ok := cutBar(s)
	if !ok || inner == "" {
		return s, false
	}
	for _, bar := range bars {
		if rest, ok := strings.CutSuffix(inner, bar); ok {
			return rest, true
		}
	}
	return s, false
}

// stripFrame takes the frame of border 2 off, whose lines all have both sides,
// and joins what psql broke at the frame's width.
func stripFrame(lines []line) []line {
	if !anyLine(lines, func(s string) (string, bool) { inner, ok := framed(s); return strings.Trim(inner, " +…↵."), ok }) {
		return lines
	}
	out := lines[:0]
	joins := false // the line before goes on in this one
	for _, l := range lines {
		inner, ok := framed(l.text)
		if !ok {
			joins = false
			if !isRule(strings.TrimSpace(l.text)) {
				out = append(out, l)
			}
			continue
		}
		out, joins = appendCell(out, l, inner, joins)
	}
	return out
}

// appendCell adds a line of a cell that has its margins: one column on each
// side, which hold psql's marks.
func appendCell(out []line, l line, inner string, joins bool) ([]line, bool) {
	left, rest := cutRune(inner)
	joins = joins && isBreak(left)
	if !joins && left != ' ' {
		rest = inner
	}
	right, size := utf8.DecodeLastRuneInString(rest)
	breaks := false
	switch {
	case isBreak(right):
		rest, breaks = rest[:len(rest)-size], true
	case right == '+' || right == '↵':
		rest = strings.TrimRight(rest[:len(rest)-size], " ")
	default:
		rest = strings.TrimRight(rest, " ")
	}
	if joins && len(out) > 0 {
		out[len(out)-1].text += rest
	} else {
		l.text = rest
		out = append(out, l)
	}
	return out, breaks
}

func cutRune(s string) (rune, string) {
	r, size := utf8.DecodeRuneInString(s)
	return r, s[size:]
}

// isBreak reports whether a mark in the margin says that a line was broken at
// the width of the table.
func isBreak(r rune) bool { return r == '.' || r == '…' }

// stripRecords takes the column's name off the lines of the expanded format.
func stripRecords(lines []line) []line {
	const header = "QUERY PLAN"
	found := false
	for _, l := range lines {
		if _, ok := recordLine(l.text, len(header)+1); ok && strings.Contains(l.text, header) {
			found = true
			break
		}
	}
	if !found {
		return lines
	}
	out := lines[:0]
	at := -1
	for _, l := range lines {
		s := l.text
		if i := strings.Index(s, "[ RECORD "); i >= 0 && isRule(s[:i]) {
			continue
		}
		if i := strings.Index(s, header); i >= 0 && strings.Trim(s[:i], " |│║") == "" {
			at = utf8.RuneCountInString(s[:i]) + len(header)
			if rest, ok := recordLine(s, at); ok {
				l.text = rest
			} else if rest, ok := recordLine(s, at+1); ok {
				at++
				l.text = rest
			}
		} else if at >= 0 {
			if rest, ok := recordLine(s, at); ok {
				l.text = rest
			}
		}
		out = append(out, l)
	}
	return out
}

// recordLine gives what stands behind the bar in a column.
func recordLine(s string, column int) (string, bool) {
	for i := range s {
		if column == 0 {
			rest, ok := cutBar(s[i:])
			return strings.TrimPrefix(rest, " "), ok
		}
		column--
	}
	return s, false
}

// stripMarks works on tables without a frame: it drops psql's marks for a line
// end in a cell, and joins lines that were broken at the width. Marks stand in
// the last column of the table, which the header's rule tells.
func stripMarks(lines []line) []line {
	out := lines[:0]
	width, joins := 0, false
	before := ""
	for i, l := range lines {
		s, above := l.text, before
		before = s
		if isRule(s) && strings.TrimSpace(above) == "QUERY PLAN" {
			width, joins = utf8.RuneCountInString(s), false
			out = append(out, l)
			continue
		}
		last, size := utf8.DecodeLastRuneInString(s)
		isMark := last == '+' || last == '↵' || isBreak(last)
		switch {
		case width > 0 && (isMark && utf8.RuneCountInString(s) == width || joins):
			out, joins = appendCell(out, l, s, joins)
			continue
		case width == 0 && (last == '+' || last == '↵') && (sameEnd(s, above) || i+1 < len(lines) && sameEnd(s, lines[i+1].text)):
			l.text = strings.TrimRight(s[:len(s)-size], " ")
		}
		joins = false
		if s == "" || s[0] == '(' {
			width = 0 // the footer
		}
		out = append(out, l)
	}
	return out
}

// sameEnd reports whether two lines end in the same mark and column.
func sameEnd(a, b string) bool {
	return len(b) > 1 && a[len(a)-1] == b[len(b)-1] && utf8.RuneCountInString(a) == utf8.RuneCountInString(b)
}
