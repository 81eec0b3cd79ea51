package plan

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Lines that a terminal, a form or a mail broke at a fixed width, wherever that was:
// within names and figures too. Nothing marks the breaks but the width.

// minBroken is the width from which lines are taken to be broken. Nobody has a
// narrower window.
const minBroken = 40

// mostParts is how many lines one line was broken into at most. Whether a line goes on is
// looked for in all of it, for each part.
const mostParts = 2_000

// joinBroken joins the lines that were broken at a width: that of a plan's longest line,
// if such a line is not complete or is followed by one that begins nothing. Each plan of a
// text can have its own. One that does not show it has that of the others.
func joinBroken(lines []line) []line {
	lines = joinFrames(joinOneLine(lines))
	var plans [][]line
	for start, end := 0, 0; start < len(lines); start = end {
		for end = start + 1; end < len(lines) && !isApart(lines[end-1].text, lines[end].text); end++ {
		}
		plans = append(plans, lines[start:end])
	}
	all := breaksOf(withFigures(plans, lines))
	out := lines[:0]
	for _, one := range plans {
		own := breaksOf(one)
		if own == (lineBreaks{}) {
			own = all
		}
		out = append(out, own.join(one)...)
	}
	return out
}

// withFigures returns the lines of the plans that have figures, of all if none has: words
// alone do not show where lines were broken.
func withFigures(plans [][]line, all []line) []line {
	bare := func(lines []line) bool { return !haveFigures(lines) }
	if left := slices.DeleteFunc(slices.Clone(plans), bare); len(left) > 0 && len(left) < len(plans) {
		return slices.Concat(left...)
	}
	return all
}

// isApart reports whether a line, after another, is not of the same plan.
func isApart(before, s string) bool {
	return strings.HasPrefix(s, "```") || isRowCount(before) || strings.Contains(s, queryPlanHeader) || strings.TrimSpace(s) == "Plan:"
}

// isRowCount reports whether a line is the row count below a result, with the markup that
// a page has behind it.
func isRowCount(s string) bool {
	count, _, _ := strings.Cut(s, "<")
	return rowCount.MatchString(strings.TrimSpace(count))
}

// lineBreaks is where the lines of a text were broken.
type lineBreaks struct {
	flowed int // between words, in this width
	width  int // at this width, wherever that was
}

// breaksOf returns how lines were broken; zero if they were not.
func breaksOf(lines []line) lineBreaks {
	if width := flowedAt(lines); width > 0 {
		return lineBreaks{flowed: width}
	}
	return lineBreaks{width: brokenAt(lines)}
}

func (b lineBreaks) join(lines []line) []line {
	if b.flowed > 0 {
		return joinFlowed(lines, b.flowed)
	}
	if b.width == 0 {
		return lines
	}
	out := lines[:0]
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		for first, last := i, lines[i].text; i+1 < len(lines) && i-first < mostParts && continues(l.text, last, lines[i+1].text, b.width); i++ {
			if short := b.width - utf8.RuneCountInString(last); short > 0 {
				l.text += strings.Repeat(" ", short) // blanks at the break are often lost
			}
			last = lines[i+1].text
			l.text = joinedAt(l.text, last)
		}
		out = append(out, l)
	}
	return out
}

// joinOneLine joins what a program printed as one line, such as a list of strings, and a
// terminal broke: all lines but the last fill the width.
func joinOneLine(lines []line) []line {
	end := len(lines)
	for end > 0 && isBlank(lines[end-1].text) {
		end--
	}
	if end < 2 || isRecord(lines[0].text) || strings.IndexByte("[{(", (lines[0].text + " ")[0]) < 0 && !slices.ContainsFunc(lines, func(l line) bool { return strings.Contains(l.text, `\n  `) }) {
		return lines
	}
	width, alike := utf8.RuneCountInString(lines[0].text), true
	for i, l := range lines[:end] {
		if n := utf8.RuneCountInString(l.text); n > width || n < width && i < end-1 {
			return lines
		}
		alike = alike && l.text != "" && l.text[0] == lines[0].text[0]
	}
	if alike || width < minBroken {
		return lines
	}
	var one strings.Builder
	for _, l := range lines[:end] {
		one.WriteString(l.text)
	}
	return []line{{one.String(), lines[0].no}}
}

// joinFrames joins the lines of a table that is wider than its terminal: its right border
// is at the end of the next line.
func joinFrames(lines []line) []line {
	width, broken := 0, 0
	for _, l := range lines {
		width = max(width, utf8.RuneCountInString(l.text))
	}
	crosses := func(i int) bool {
		if i+1 >= len(lines) {
			return false
		}
		_, left := cutBorder(lines[i].text)
		_, right := cutRightBorder(lines[i].text)
		_, again := cutBorder(lines[i+1].text)
		_, ends := cutRightBorder(lines[i+1].text)
		return left && !right && !again && ends
	}
	for i := range lines {
		if crosses(i) && utf8.RuneCountInString(lines[i].text) == width {
			broken++
		}
	}
	if broken < 2 {
		return lines
	}
	out := make([]line, 0, len(lines))
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		if crosses(i) {
			l.text += strings.Repeat(" ", max(0, width-utf8.RuneCountInString(l.text))) + lines[i+1].text
			i++
		}
		out = append(out, l)
	}
	return out
}

// joinFlowed joins the lines that a mail program or an editor broke between words: the
// first word of each next line did not fit in the width.
func joinFlowed(lines []line, width int) []line {
	out := lines[:0]
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		for first, last := i, l.text; i+1 < len(lines) && i-first < mostParts && flows(l.text, last, lines[i+1].text, width); i++ {
			last = lines[i+1].text
			next := strings.TrimLeft(last, " ")
			if utf8.RuneCountInString(lastWord(l.text))+utf8.RuneCountInString(firstWord(next)) <= width {
				l.text += " "
			}
			l.text += next
		}
		out = append(out, l)
	}
	return out
}

// flowedAt returns the width in which lines were broken between words; 0 if none were.
func flowedAt(lines []line) int {
	width := 0
	for _, l := range lines {
		if n := utf8.RuneCountInString(l.text); n > width && holdsPlanLine(l.text) {
			width = n
		}
	}
	figures := haveFigures(lines)
	for i := 0; i+1 < len(lines); i++ {
		s, next := lines[i].text, lines[i+1].text
		if utf8.RuneCountInString(s) < width-lostBlanks && !isFramed(s) && flows(s, s, next, width) && (isBrokenNode(s, strings.TrimLeft(next, " "), figures) || isBrokenProperty(s, firstWord(next)) && isUnfinished(s)) {
			return width
		}
	}
	return 0
}

// flows reports whether a line goes on in the next one, whose first word did not fit.
// last is its last part.
func flows(s, last, next string, width int) bool {
	if sameMark(s, next) || !beginsLine(s) || isFramed(last) || isBlank(last) || isBlank(next) || isRuler(strings.TrimSpace(last)) || isRuler(strings.TrimSpace(next)) {
		return false
	}
	if s := strings.TrimSpace(last); s == "->" {
		return true
	}
	return (!beginsLine(next) || endsQuote(s, next) || brokenName(s, next) || behindOther(strings.TrimLeft(s, " "), next)) && utf8.RuneCountInString(last)+1+utf8.RuneCountInString(firstWord(next)) > width
}

func firstWord(s string) string {
	s, _, _ = strings.Cut(strings.TrimLeft(s, " "), " ")
	return s
}

func lastWord(s string) string { return s[strings.LastIndexByte(s, ' ')+1:] }

// joinedAt joins a line and its rest. If the line was broken at a blank that is lost, only
// with one the figures of its node can be read.
func joinedAt(s, rest string) string {
	read := func(s string) bool {
		_, _, missing, found := cutIncompleteFigures(strings.TrimSpace(s))
		return found && !missing
	}
	if isUnreadNode(s) && (!read(s+rest) && read(s+" "+rest) || betweenFigures(s, rest)) {
		return s + " " + rest
	}
	return s + rest
}

// betweenFigures reports whether a node's line ends between two of its figures: there is a
// blank between a number and the next name.
func betweenFigures(s, rest string) bool {
	open := strings.LastIndexByte(s, '(')
	if rest == "" || open < 0 || open <= strings.LastIndexByte(s, ')') || rest[0] < 'a' || rest[0] > 'z' {
		return false
	}
	return isDigit(s[len(s)-1]) && (strings.HasPrefix(s[open:], "(cost=") || strings.HasPrefix(s[open:], "(actual "))
}

// brokenAt returns the width at which lines were broken; 0 if none were.
func brokenAt(lines []line) int {
	width := 0
	for _, l := range lines {
		if n := utf8.RuneCountInString(l.text); n > width && n >= minBroken && beginsLine(l.text) {
			width = n
		}
	}
	if width == 0 {
		return 0
	}
	figures := haveFigures(lines)
	for i := range lines[:len(lines)-1] {
		if s := lines[i].text; utf8.RuneCountInString(s) == width && !isFramed(s) && (isBrokenNode(s, lines[i+1].text, figures) || isBrokenProperty(s, lines[i+1].text)) && continues(s, s, lines[i+1].text, width) {
			return width
		}
	}
	return 0
}

// isFramed reports whether a line ends with the border of a table or a mark of psql, or
// has escapes, which hide where it begins and ends.
func isFramed(s string) bool {
	_, framed := cutRightBorder(s)
	return framed || isMarginMark(s) || strings.Contains(s, `\(`) || strings.Contains(s, `\-`)
}

// isBrokenNode reports whether a line is the start of a node's line, whose rest is on the
// next line. Without figures, as COSTS OFF prints it, a line of words alone is whole.
func isBrokenNode(s, next string, figures bool) bool {
	s = strings.TrimSpace(s)
	_, arrow := cutArrow(s)
	switch {
	case !arrow && !isUnreadNode(s):
		return false
	case !figures:
		return isOpen(s) || strings.HasSuffix(s, ",")
	}
	return isUnfinished(s) || strings.HasPrefix(next, "(actual ")
}

// haveFigures reports whether a line has the figures of a node.
func haveFigures(lines []line) bool {
	return slices.ContainsFunc(lines, func(l line) bool { return isUnreadNode(l.text) })
}

// isBrokenProperty reports whether a line is the start of a property, whose rest is on
// the next line.
func isBrokenProperty(s, next string) bool {
	name, _, colon := strings.Cut(strings.TrimSpace(s), ": ")
	return colon && isKnownProperty(name) && next != "" && !strings.Contains(" -|+\t", next[:1])
}

// continues reports whether a line goes on in the next one: its last part fills the
// width.
func continues(s, last, next string, width int) bool {
	n := utf8.RuneCountInString(last)
	if n > width || sameMark(s, next) || isBlank(next) || indent(next) > lostBlanks || isRuler(strings.TrimSpace(last)) || isRuler(strings.TrimSpace(next)) {
		return false
	}
	if n < width {
		return width-n <= lostBlanks && (!beginsLine(next) || brokenName(last, next) || behindOther(strings.TrimLeft(s, " "), next))
	}
	return !beginsLine(next) || endsQuote(s, next) || brokenName(last, next) || behindOther(strings.TrimLeft(s, " "), next) // if it does, the line was cut off and not broken
}

// sameMark reports whether two lines begin with the same mark of a quotation or a frame,
// so that the second one is a line of its own.
func sameMark(a, b string) bool {
	if strings.Contains(b, "[ RECORD ") {
		return true // psql's expanded format
	}
	a, b = strings.TrimLeft(a, " "), strings.TrimLeft(b, " ")
	first, _ := cutRune(a)
	other, _ := cutRune(b)
	return a != "" && first == other && strings.ContainsRune(">|│║┃¦#/*;+%", first)
}

// brokenName reports whether a line ends within the name of a property: Rows Removed by
// and Filter.
func brokenName(s, next string) bool {
	s = strings.TrimSpace(s)
	name, _, colon := strings.Cut(strings.TrimLeft(next, " "), ":")
	return colon && s != "" && strings.IndexByte(s, ':') < 0 && (isKnownProperty(s+name) || isKnownProperty(s+" "+name))
}

// endsQuote reports whether a line of a plan ends within quotes that the next one closes:
// what begins there is no line.
func endsQuote(s, next string) bool {
	var q quotes
	if q.scan(s, nil); q.open == 0 || !beginsLine(s) || s[len(s)-1] == q.open && !isOpen(s[:len(s)-1]) {
		return false
	}
	q.scan(next, nil)
	return q.open == 0
}

// lostBlanks is how many blanks before a break can be lost: those between a node's words
// and its figures.
const lostBlanks = 2

// isUnfinished reports whether the text of a plan's line stops within brackets, quotes
// or the figures of its node.
func isUnfinished(s string) bool {
	s = strings.TrimSpace(s)
	if isOpen(s) || strings.HasSuffix(s, ",") {
		return true
	}
	if arrow, ok := cutArrow(s); ok {
		if s = strings.TrimSpace(arrow); s == "" {
			return true
		}
	} else if name, _, colon := strings.Cut(s, ":"); colon && isKnownProperty(name) {
		return false
	}
	_, _, found := cutFigures(s)
	return !found && isPrefixOfNode(s)
}

// isPrefixOfNode reports whether a text can be the start of a node's line.
func isPrefixOfNode(s string) bool {
	for _, mode := range [...]string{"Parallel", "Async", "Partial", "Finalize"} {
		s = strings.TrimPrefix(strings.TrimPrefix(s, mode), " ")
	}
	word, _, _ := strings.Cut(s, " ")
	_, known := formsByWord[word]
	return known || s == ""
}

// beginsLine reports whether a line begins as a line of a plan does.
func beginsLine(s string) bool {
	s = strings.TrimLeft(s, " |│║┃\t\"'>\u00a0\ufeff")
	if _, arrow := cutArrow(s); arrow || s == "" || isLabel(s) || isSummary(s) || isRowCount(s) || isNameStart(s) {
		return true
	}
	if strings.HasPrefix(s, "Memory Usage:") || strings.HasPrefix(s, "Memory: ") && !strings.HasPrefix(s, "Memory: used=") || strings.HasPrefix(s, "Disk: ") {
		return false // only behind Buckets, Batches or Sort Method
	}
	if name, _, colon := strings.Cut(s, ":"); colon && (isKnownProperty(name) || strings.HasPrefix(name, "Worker ") || summaryNames[name] != nil || strings.HasPrefix(name, "Trigger ")) {
		return true
	}
	return isUnreadNode(s) && isPrefixOfNode(s) || readWords(&Node{}, s) // the target of an UPDATE
}
