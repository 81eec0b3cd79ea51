package plan

import (
	"strings"
	"unicode/utf8"
)

// An envelope is what surrounds a plan's lines where it was copied from. An
// undresser takes it off, and gives lines that it does not know back as they
// are.
type decoration struct {
	name  string
	strip func([]line) []line
}

// decorations are taken off in this order, which is from the outside to the
// inside: a mail quotes a console, which frames what the server printed.
var decorations = []decoration{
	{"white space of pages and editors", stripWhitespace},
	{"HTML's tags", stripTags},
	{"HTML's entities", decodeEntities},
	{"Markdown's escapes", unescapeMarkdown},
	{"a mail's quotes", stripMailQuotes},
	{"numbers of lines", stripLineNumbers},
	{"signs of Markdown and diffs", stripLinePrefixes},
	{"marks of comments and code, glued to a line", stripCodeMarks},
	{"quotes around lines and CSV", stripQuotes},
	{"psql's frame", stripBorders},
	{"psql's records", stripExpanded},
	{"psql's marks for a line end or a break in a cell", stripMarginMarks},
}

func stripDecorations(lines []line) []line {
	for _, e := range decorations {
		lines = e.strip(lines)
	}
	return lines
}

// isPlanLine reports whether a line can only be a plan's. What an envelope
// looks like is found in prose too; it is taken off where a plan is inside.
func isPlanLine(s string) bool {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, queryPlanHeader) || strings.Contains(s, `"Plan":`) || strings.Contains(s, `""Plan""`) || strings.HasPrefix(s, "<explain") || strings.HasPrefix(s, "- Plan:") {
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

// anyPlanLine reports whether a line's rest, where cut finds one, is evidence of a
// plan.
func anyPlanLine(lines []line, cut func(string) (string, bool)) bool {
	for _, l := range lines {
		if rest, ok := cut(l.text); ok && isPlanLine(rest) {
			return true
		}
	}
	return false
}

// tabStop is what a tab in front of a line stands for.
const tabStop = 8

// unicodeSpaces are the blanks of pages: the no-break ones, and those of no
// width.
var unicodeSpaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2007", " ", "\u3000", "  ", "\u200b", "", "\ufeff", "")

// stripWhitespace makes every blank before the text of a line a blank, and
// drops those behind it.
func stripWhitespace(lines []line) []line {
	pages := false
	for _, l := range lines {
		if hasNonASCII(l.text) && unicodeSpaces.Replace(l.text) != l.text {
			pages = pages || strings.HasPrefix(l.text, "\u00a0") || strings.HasPrefix(l.text, "\ufeff") || strings.Contains(l.text, "\u00a0(") || strings.Contains(l.text, ">\u00a0") || strings.Contains(l.text, "\u00a0on\u00a0")
		}
	}
	for i := range lines {
		s := lines[i].text
		if pages && hasNonASCII(s) {
			s = unicodeSpaces.Replace(s)
		}
		lines[i].text = strings.TrimRight(expandTabs(s), " \t")
	}
	return lines
}

func hasNonASCII(s string) bool {
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

// stripMailQuotes takes the > off that mails put before each line, once for
// every answer.
func stripMailQuotes(lines []line) []line {
	if !anyPlanLine(lines, cutMailQuote) {
		return lines
	}
	for i := range lines {
		if rest, ok := cutMailQuote(lines[i].text); ok {
			lines[i].text = rest
		}
	}
	return lines
}

func cutMailQuote(s string) (string, bool) {
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

// stripLinePrefixes takes bold marks, a diff's plus and minus and the dashes of a SQL
// comment off the lines of a plan.
func stripLinePrefixes(lines []line) []line {
	diff := anyPlanLine(lines, cutDiffPrefix)
	comment := anyPlanLine(lines, cutCommentPrefix)
	for i := range lines {
		s := lines[i].text
		if comment {
			lines[i].text, _ = cutCommentPrefix(s)
			s = lines[i].text
		}
		if at := indent(s); strings.HasPrefix(s[at:], "**") {
			if rest := strings.Trim(s[at:], "*"); isPlanLine(rest) {
				lines[i].text = s[:at] + rest
			}
			continue
		}
		if diff {
			if rest, ok := cutDiffPrefix(s); ok {
				lines[i].text = rest
			}
		}
	}
	return lines
}

// cutCommentPrefix gives a line without the dashes before it.
func cutCommentPrefix(s string) (string, bool) {
	at := indent(s)
	rest, ok := strings.CutPrefix(s[at:], "--")
	if !ok || strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, ">") {
		return s, false
	}
	return s[:at] + rest, true
}

// cutDiffPrefix gives a line without the sign before it, its place left blank.
func cutDiffPrefix(s string) (string, bool) {
	if len(s) < 2 || s[0] != '+' && s[0] != '-' || s[1] != ' ' || strings.HasPrefix(s, "- Plan") || strings.Trim(s, "+- ") == "" {
		return s, false
	}
	return " " + s[1:], true
}

// codeMarks are the marks of comments and code that people set right before a
// plan's first line and right behind its last.
var codeMarks = struct{ before, behind []string }{
	before: []string{"/*", "```", "`"},
	behind: []string{"*/", "```", "`"},
}

// stripCodeMarks takes the marks off that stand on a plan's own lines.
func stripCodeMarks(lines []line) []line {
	stripClosingQuotes(lines)
	for i := range lines {
		s := lines[i].text
		at := indent(s)
		for _, mark := range codeMarks.before {
			if rest, ok := strings.CutPrefix(s[at:], mark); ok && hasFigures(rest) {
				s = s[:at] + strings.TrimLeft(rest, " ")
			}
		}
		for _, mark := range codeMarks.behind {
			if rest, ok := strings.CutSuffix(s, mark); ok && (isPlanLine(rest) || isSummary(rest)) {
				s = strings.TrimRight(rest, " ")
			}
		}
		lines[i].text = s
	}
	return lines
}

// hasFigures reports whether a line's text is a node's with its figures.
func hasFigures(s string) bool {
	words, f, _, ok := cutIncompleteFigures(strings.TrimSpace(s))
	return ok && (f.costs || f.actual || f.never) && isNodeWords(words)
}

// isSummary reports whether a line is one of those behind a plan's tree.
func isSummary(s string) bool {
	name, _, colon := strings.Cut(strings.TrimSpace(s), ":")
	return colon && summaryNames[name] != nil
}
