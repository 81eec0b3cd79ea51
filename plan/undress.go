package plan

import (
	"html"
	"strings"
	"unicode/utf8"
)

// An envelope is what surrounds a plan's lines where it was copied from. An
// undresser takes it off, and gives lines that it does not know back as they
// are.
type envelope struct {
	name  string
	strip func([]line) []line
}

// envelopes are taken off in this order, which is from the outside to the
// inside: a mail quotes a console, which frames what the server printed.
var envelopes = []envelope{
	{"white space of pages and editors", stripWhitespace},
	{"HTML's tags", stripTags},
	{"HTML's entities", stripEntities},
	{"Markdown's escapes", stripEscapes},
	{"a mail's quotes", stripMailQuotes},
	{"numbers of lines", stripNumbers},
	{"signs of Markdown and diffs", stripSigns},
	{"marks of comments and code, glued to a line", stripGlued},
	{"quotes around lines and CSV", stripQuotes},
	{"psql's frame", stripFrame},
	{"psql's records", stripRecords},
	{"psql's marks for a line end or a break in a cell", stripMarks},
}

func undress(lines []line) []line {
	for _, e := range envelopes {
		lines = e.strip(lines)
	}
	return lines
}

// isEvidence reports whether a line can only be a plan's. What an envelope
// looks like is found in prose too; it is taken off where a plan is inside.
func isEvidence(s string) bool {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, header) || strings.Contains(s, `"Plan":`) || strings.Contains(s, `""Plan""`) || strings.HasPrefix(s, "<explain") || strings.HasPrefix(s, "- Plan:") {
		return true
	}
	if arrow, ok := strings.CutPrefix(s, "->"); ok {
		s = strings.TrimLeft(arrow, " ")
	}
	words, _, ok := cutFigures(s)
	if name, _, colon := strings.Cut(s, ": "); colon && isKnownProperty(name) {
		return true
	}
	return ok || s != "" && isNodeWords(words)
}

// anyLine reports whether a line's rest, where cut finds one, is evidence of a
// plan.
func anyLine(lines []line, cut func(string) (string, bool)) bool {
	for _, l := range lines {
		if rest, ok := cut(l.text); ok && isEvidence(rest) {
			return true
		}
	}
	return false
}

// tabStop is what a tab in front of a line stands for.
const tabStop = 8

// otherBlanks are the blanks of pages: the no-break ones, and those of no
// width.
var otherBlanks = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2007", " ", "\u3000", "  ", "\u200b", "", "\ufeff", "")

// stripWhitespace makes every blank before the text of a line a blank, and
// drops those behind it.
func stripWhitespace(lines []line) []line {
	pages := false
	for _, l := range lines {
		if hasOther(l.text) && otherBlanks.Replace(l.text) != l.text {
			pages = pages || strings.HasPrefix(l.text, "\u00a0") || strings.HasPrefix(l.text, "\ufeff") || strings.Contains(l.text, "\u00a0(") || strings.Contains(l.text, ">\u00a0") || strings.Contains(l.text, "\u00a0on\u00a0")
		}
	}
	for i := range lines {
		s := lines[i].text
		if pages && hasOther(s) {
			s = otherBlanks.Replace(s)
		}
		lines[i].text = strings.TrimRight(expandTabs(s), " \t")
	}
	return lines
}

func hasOther(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

// expandTabs replaces the tabs in front of the text.
func expandTabs(s string) string {
	tabs := 0
	for tabs < len(s) && (s[tabs] == ' ' || s[tabs] == '\t') {
		tabs++
	}
	if strings.IndexByte(s[:tabs], '\t') < 0 {
		return s
	}
	column := 0
	for i := 0; i < tabs; i++ {
		if s[i] == '\t' {
			column += tabStop - column%tabStop
		} else {
			column++
		}
	}
	return strings.Repeat(" ", column) + s[tabs:]
}

// stripEntities resolves HTML's entities where an arrow was written with one.
// In XML they are the format's own.
func stripEntities(lines []line) []line {
	arrows := false
	for _, l := range lines {
		if strings.Contains(l.text, "<explain") || strings.Contains(l.text, "<Plan>") {
			return lines
		}
		arrows = arrows || strings.Contains(l.text, "-&gt;") || strings.Contains(l.text, "&lt;explain") || strings.Contains(l.text, "&quot;Plan&quot;")
	}
	if !arrows {
		return lines
	}
	for i := range lines {
		lines[i].text = strings.ReplaceAll(html.UnescapeString(lines[i].text), "\u00a0", " ")
	}
	return lines
}

// stripMailQuotes takes the > off that mails put before each line, once for
// every answer.
func stripMailQuotes(lines []line) []line {
	if !anyLine(lines, mailQuote) {
		return lines
	}
	for i := range lines {
		if rest, ok := mailQuote(lines[i].text); ok {
			lines[i].text = rest
		}
	}
	return lines
}

func mailQuote(s string) (string, bool) {
	at := indent(s)
	if at > 2 || at >= len(s) || s[at] != '>' {
		return s, false
	}
	s = s[at:]
	for strings.HasPrefix(s, ">") {
		s = s[1:]
		if strings.HasPrefix(s, " >") {
			s = s[1:]
		}
	}
	return strings.TrimPrefix(s, " "), true
}

// stripSigns takes bold marks, a diff's plus and minus and the dashes of a SQL
// comment off the lines of a plan.
func stripSigns(lines []line) []line {
	diff := anyLine(lines, diffSign)
	comment := anyLine(lines, commentSign)
	for i := range lines {
		s := lines[i].text
		if comment {
			lines[i].text, _ = commentSign(s)
			s = lines[i].text
		}
		if at := indent(s); strings.HasPrefix(s[at:], "**") {
			if rest := strings.Trim(s[at:], "*"); isEvidence(rest) {
				lines[i].text = s[:at] + rest
			}
			continue
		}
		if diff {
			if rest, ok := diffSign(s); ok {
				lines[i].text = rest
			}
		}
	}
	return lines
}

// commentSign gives a line without the dashes before it.
func commentSign(s string) (string, bool) {
	at := indent(s)
	rest, ok := strings.CutPrefix(s[at:], "--")
	if !ok || strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, ">") {
		return s, false
	}
	return s[:at] + rest, true
}

// diffSign gives a line without the sign before it, its place left blank.
func diffSign(s string) (string, bool) {
	if len(s) < 2 || s[0] != '+' && s[0] != '-' || s[1] != ' ' || strings.HasPrefix(s, "- Plan") || strings.Trim(s, "+- ") == "" {
		return s, false
	}
	return " " + s[1:], true
}

// glued are the marks of comments and code that people set right before a
// plan's first line and right behind its last.
var glued = struct{ before, behind []string }{
	before: []string{"/*", "```", "`"},
	behind: []string{"*/", "```", "`"},
}

// stripGlued takes the marks off that stand on a plan's own lines.
func stripGlued(lines []line) []line {
	stripDangling(lines)
	for i := range lines {
		s := lines[i].text
		at := indent(s)
		for _, mark := range glued.before {
			if rest, ok := strings.CutPrefix(s[at:], mark); ok && hasFigures(rest) {
				s = s[:at] + strings.TrimLeft(rest, " ")
			}
		}
		for _, mark := range glued.behind {
			if rest, ok := strings.CutSuffix(s, mark); ok && (isEvidence(rest) || isSummary(rest)) {
				s = strings.TrimRight(rest, " ")
			}
		}
		lines[i].text = s
	}
	return lines
}

// stripDangling takes off the quotes behind a plan's lines that are left where
// somebody took off only those before them.
func stripDangling(lines []line) {
	for _, l := range lines {
		if strings.HasPrefix(strings.TrimLeft(l.text, " "), `"`) {
			return // they may be pairs, and those of cells
		}
	}
	for i := range lines {
		rest, ok := strings.CutSuffix(lines[i].text, `"`)
		if ok && strings.Count(rest, `"`)%2 == 0 && (isEvidence(rest) || isSummary(rest)) {
			lines[i].text = rest
		}
	}
}

// hasFigures reports whether a line's text is a node's with its figures.
func hasFigures(s string) bool {
	words, f, _, ok := looseFigures(strings.TrimSpace(s))
	return ok && (f.costs || f.actual || f.never) && isNodeWords(words)
}

// isSummary reports whether a line is one of those behind a plan's tree.
func isSummary(s string) bool {
	name, _, colon := strings.Cut(strings.TrimSpace(s), ":")
	return colon && summaryNames[name] != nil
}

// stripQuotes takes off the quotes that grids and drivers put around every
// line, and those of CSV, in which a cell may go over several lines.
func stripQuotes(lines []line) []line {
	for _, quote := range [...]byte{'"', '\''} {
		found, doubled := false, true
		for _, l := range lines {
			inner, ok := cutQuotes(l.text, quote)
			if !ok && quote == '"' && strings.HasPrefix(l.text, `"`) && isEvidence(strings.TrimLeft(l.text, `"[{ `)+`"Plan":`) {
				inner, ok = l.text[1:], true // the first line of a cell
			}
			if ok {
				found = found || isEvidence(inner) || isSummary(inner) || startsCell(inner)
				doubled = doubled && onlyPairs(inner, quote)
			}
		}
		if found {
			return withoutQuotes(lines, quote, doubled)
		}
	}
	return lines
}

// startsCell reports whether a CSV cell that begins so can hold a plan over
// several lines.
func startsCell(s string) bool {
	s = strings.TrimSpace(s)
	return s == "[" || s == "{" || strings.HasPrefix(s, "- Plan:") || strings.HasPrefix(s, "<explain")
}

// cutQuotes gives what stands between the quotes around a line. Blanks before
// them, as a comment's dashes leave, are kept where a plan's line is inside.
func cutQuotes(s string, quote byte) (string, bool) {
	s = strings.TrimRight(s, ",; ")
	if at := indent(s); at > 0 {
		inner, ok := cutQuotes(s[at:], quote)
		if !ok || !onlyPairs(inner, quote) || !isEvidence(inner) && !isSummary(inner) {
			return s, false
		}
		return s[:at] + inner, true
	}
	if len(s) < 2 || s[0] != quote || s[len(s)-1] != quote {
		return s, false
	}
	return s[1 : len(s)-1], true
}

// onlyPairs reports whether every quote in s is doubled.
func onlyPairs(s string, quote byte) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == quote {
			if i+1 >= len(s) || s[i+1] != quote {
				return false
			}
			i++
		}
	}
	return true
}

func withoutQuotes(lines []line, quote byte, doubled bool) []line {
	one, two := string(quote), string([]byte{quote, quote})
	undouble := func(s string) string {
		if doubled {
			return strings.ReplaceAll(s, two, one)
		}
		return s
	}
	inCell := false
	for i := range lines {
		s := lines[i].text
		inner, whole := cutQuotes(s, quote)
		switch {
		case inCell:
			// The cell ends with the first quote that is not doubled.
			if end := cellEnd(s, quote); end >= 0 {
				s, inCell = s[:end], false
			}
			lines[i].text = undouble(s)
		case whole:
			lines[i].text = undouble(inner)
		case doubled && strings.HasPrefix(s, one) && cellEnd(s[1:], quote) < 0:
			inCell = true
			lines[i].text = undouble(s[1:])
		}
	}
	return lines
}

// cellEnd is the place of the quote that ends a CSV cell, or -1.
func cellEnd(s string, quote byte) int {
	for i := 0; i < len(s); i++ {
		if s[i] == quote {
			if i+1 < len(s) && s[i+1] == quote {
				i++
				continue
			}
			return i
		}
	}
	return -1
}
