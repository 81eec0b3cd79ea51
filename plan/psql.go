package plan

import (
	"strings"
	"unicode/utf8"
)

// psql's output formats: print.c in the server's src/fe_utils.

// borders are the vertical lines of psql's table formats: ascii and unicode,
// single and double.
var borders = [...]string{"|", "│", "║", "┃", "¦"}

func cutBorder(s string) (string, bool) {
	for _, bar := range borders {
		if rest, ok := strings.CutPrefix(s, bar); ok {
			return rest, true
		}
	}
	return s, false
}

// isRuler reports whether a line is a horizontal line of a table: above, below
// or between rows.
func isRuler(s string) bool {
	return s != "" && strings.Trim(s, "-+─═┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬") == ""
}

// cutBorders returns the text between the left and the right border, including
// margins.
func cutBorders(s string) (string, bool) {
	inner, ok := cutBorder(strings.TrimLeft(s, " "))
	if !ok || inner == "" {
		return s, false
	}
	return cutRightBorder(inner)
}

func cutRightBorder(s string) (string, bool) {
	for _, bar := range borders {
		if rest, ok := strings.CutSuffix(s, bar); ok {
			return rest, true
		}
	}
	return s, false
}

// cutOneBorder returns the text of a line with a border on one side only, as
// grids copy it, or as it is left if the first or last character was not copied.
func cutOneBorder(s string) (string, bool) {
	if rest, ok := cutRightBorder(s); ok {
		return strings.TrimRight(rest, " +"), true
	}
	at := indent(s)
	rest, ok := cutBorder(s[at:])
	return s[:at] + rest, ok
}

// stripBorders removes the vertical lines of tables: psql's border 2, which has
// them on both sides, and those on one side of other tools. It joins lines that
// psql wrapped. In expanded format the wrap marks belong to a column of the
// table and are left to stripExpanded.
func stripBorders(lines []line) ([]line, bool) {
	both := anyPlanLine(lines, cutBorders)
	one := !isExpanded(lines) && anyPlanLine(lines, cutOneBorder)
	if !both && !one {
		return lines, false
	}
	margin := !both // a blank follows a border on the left everywhere
	for _, l := range lines {
		rest, left := cutBorder(strings.TrimLeft(l.text, " "))
		margin = margin && (!left || separate(rest))
	}
	out := lines[:0]
	records := false
	joins := false // this line continues the line before
	for _, l := range lines {
		inner, framed := cutBorders(l.text)
		single, bordered := cutOneBorder(l.text)
		switch {
		case framed && records:
			l.text = strings.TrimPrefix(inner, " ")
			out = append(out, l)
		case framed:
			out, joins = appendCell(out, l, inner, joins)
		case isRecord(l.text) && both:
			// Without borders the ruler is as wide as the lines.
			records, joins = true, false
			l.text = trimEnds(strings.TrimSpace(l.text), 2)
			out = append(out, l)
		case isRuler(strings.TrimSpace(l.text)):
			joins = false
		case bordered && one:
			if at := indent(l.text); margin && at < len(single) && at < indent(single) {
				single = single[:at] + single[at+1:]
			}
			l.text, joins = single, false
			out = append(out, l)
		default:
			joins = false
			out = append(out, l)
		}
	}
	return out, true
}

// isExpanded reports whether the lines have psql's expanded format, where a
// border follows the column name.
func isExpanded(lines []line) bool {
	for _, l := range lines {
		if isRecord(l.text) {
			return true
		}
		if name, _ := recordName(l.text); name != "" {
			return true
		}
	}
	return false
}

// trimEnds removes n runes at the start and one at the end.
func trimEnds(s string, n int) string {
	for ; n > 0; n-- {
		_, s = cutRune(s)
	}
	_, size := utf8.DecodeLastRuneInString(s)
	return s[:len(s)-size]
}

// appendCell appends a line of a cell to out. The cell has one margin column on
// each side, which holds psql's marks. The returned joins reports whether the
// next line continues this one.
func appendCell(out []line, l line, inner string, joins bool) ([]line, bool) {
	left, rest := cutRune(inner)
	joins = joins && isWrapMark(left)
	if !joins && left != ' ' {
		rest = inner
	}
	rest, breaks := cutMarginMark(rest)
	if joins && len(out) > 0 {
		out[len(out)-1].text += rest
	} else {
		l.text = rest
		out = append(out, l)
	}
	return out, breaks
}

// cutMarginMark removes the mark in the right margin and reports whether it
// means that the next line continues this one.
func cutMarginMark(s string) (string, bool) {
	right, size := utf8.DecodeLastRuneInString(s)
	switch {
	case isWrapMark(right):
		return s[:len(s)-size], true
	case isNewlineMark(right):
		s = s[:len(s)-size]
	}
	return strings.TrimRight(s, " "), false
}

func cutRune(s string) (rune, string) {
	r, size := utf8.DecodeRuneInString(s)
	return r, s[size:]
}

// isWrapMark reports whether a margin mark means that psql wrapped the line at
// the width of the table.
func isWrapMark(r rune) bool { return r == '.' || r == '…' }

// isNewlineMark reports whether a margin mark means a line break in the value.
func isNewlineMark(r rune) bool { return r == '+' || r == '↵' }

func isMarginMark(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return isWrapMark(r) || isNewlineMark(r)
}

// queryPlanHeader is the column name of EXPLAIN's result.
const queryPlanHeader = "QUERY PLAN"

// isPlanHeader reports whether a line is that name alone, as psql prints it or as a heading
// of an author: "--- QUERY PLAN ---".
func isPlanHeader(s string) bool { return strings.Trim(s, "-=*# :") == queryPlanHeader }

// isRecord reports whether a line starts a record of psql's expanded format.
func isRecord(s string) bool {
	if rest, ok := strings.CutPrefix(s, "* Record "); ok {
		_, number := parseNumber(strings.TrimSpace(rest))
		return number
	}
	i := strings.Index(s, "[ RECORD ")
	return i == 0 || i > 0 && isRuler(strings.TrimSpace(s[:i]))
}

// stripExpanded removes the column name from the lines of psql's expanded
// format and joins wrapped lines.
func stripExpanded(lines []line) []line {
	name, bar := "", false
	for _, l := range lines {
		if name, bar = recordName(l.text); name != "" {
			break
		}
	}
	if name == "" {
		return lines
	}
	out := lines[:0]
	inside, joins := false, false
	width := 0
	for _, l := range lines {
		if isRecord(l.text) {
			inside, joins = true, false
			width = utf8.RuneCountInString(strings.TrimRight(l.text, " "))
			continue
		}
		value, ok := recordValue(l.text, name, bar)
		switch {
		case !ok || !inside && !strings.HasPrefix(l.text, queryPlanHeader):
			if l.text != "" || width > 0 { // unaligned format separates records by blank lines
				inside = inside && l.text != ""
			}
			joins = false
			out = append(out, l)
		case width > 0 && isMarginMark(value) && utf8.RuneCountInString(l.text) >= width || joins:
			if !bar || !strings.HasSuffix(name, " ") {
				value = " " + value // the margin is part of " | "
			}
			out, joins = appendCell(out, l, value, joins)
		default:
			joins = false
			l.text = strings.TrimPrefix(value, " ")
			if !bar || !strings.HasSuffix(name, " ") {
				l.text = value
			}
			out = append(out, l)
		}
	}
	return out
}

// recordName returns the text before the value: "QUERY PLAN |" where the space
// after it is the value's margin, "QUERY PLAN|" when unaligned, or "QUERY PLAN
// " without a border.
func recordName(s string) (name string, bar bool) {
	rest, ok := strings.CutPrefix(s, queryPlanHeader)
	if !ok || rest == "" {
		return "", false
	}
	blank := rest[0] == ' '
	after, bar := cutBorder(strings.TrimPrefix(rest, " "))
	switch {
	case bar && blank:
		return queryPlanHeader + " ", true
	case bar:
		return queryPlanHeader, true
	case blank && strings.Trim(after, " |│║┃¦") != "":
		return queryPlanHeader + " ", false
	}
	return "", false
}

// recordValue removes the column name, or the spaces in its place.
func recordValue(s, name string, bar bool) (string, bool) {
	if len(s) < len(name) || s[:len(name)] != name && strings.TrimLeft(s[:len(name)], " ") != "" {
		return s, false
	}
	blank := s[:len(name)] != name
	s = s[len(name):]
	if rest, ok := strings.CutPrefix(s, ":"); ok && bar && blank { // a line of the value, in old-ascii
		return rest, true
	}
	if bar {
		return cutBorder(s)
	}
	return s, true
}

// stripMarginMarks handles psql's tables without an outer border. It removes
// the left margin and the marks for line breaks, and joins wrapped lines. The
// marks are in the last column of the table, or after it if there is no border.
// The ruler below the header gives the width.
func stripMarginMarks(lines []line) []line {
	out := lines[:0]
	width, border, joins := 0, false, false
	before := ""
	for i, l := range lines {
		s, above := l.text, before
		before = s
		if isRuler(s) && strings.TrimSpace(above) == queryPlanHeader && i+1 < len(lines) {
			width = utf8.RuneCountInString(s)
			border = strings.HasPrefix(lines[i+1].text, " ")
			joins = false
			out = append(out, l)
			continue
		}
		if width > 0 && s != "" && !joins && (s[0] == '(' || border && s[0] != ' ' && !isOpen(above)) {
			width = 0 // the footer, or what follows the table: not the rest of a line that was broken within brackets
		}
		runes := 0
		if width > 0 && isMarginMark(s) {
			runes = utf8.RuneCountInString(s)
		}
		switch {
		case width > 0 && border && (runes == width || joins):
			out, joins = appendCell(out, l, s, joins)
			continue
		case width > 0 && border:
			l.text = strings.TrimPrefix(s, " ")
		case width > 0 && (runes == width+1 || joins):
			rest, breaks := cutMarginMark(s)
			if runes != width+1 {
				rest, breaks = s, false
			}
			if joins {
				out[len(out)-1].text += rest
				joins = breaks
				continue
			}
			l.text, joins = rest, breaks
			out = append(out, l)
			continue
		case width == 0 && endsLine(s) && (sameEnd(s, above) || i+1 < len(lines) && sameEnd(s, lines[i+1].text)):
			l.text, _ = cutMarginMark(s)
			out = append(out, l)
			continue
		}
		joins = false
		out = append(out, l)
	}
	return out
}

func endsLine(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return isNewlineMark(r)
}

// sameEnd reports whether two lines end with the same mark in the same column.
func sameEnd(a, b string) bool {
	return len(b) > 1 && a[len(a)-1] == b[len(b)-1] && utf8.RuneCountInString(a) == utf8.RuneCountInString(b)
}
