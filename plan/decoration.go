package plan

import (
	"strings"
	"unicode/utf8"
)

// decoration is something that surrounds a plan's lines where the plan was
// copied from. strip removes it and returns lines that it does not know
// unchanged.
type decoration struct {
	name  string
	strip func([]line) []line
}

// decorations are removed in this order, from the outside to the inside: a mail
// quotes a console, which frames what the server printed.
var decorations = []decoration{
	{"white space of web pages and editors", stripWhitespace},
	{"HTML tags", stripTags},
	{"HTML entities", decodeEntities},
	{"Markdown escapes", unescapeMarkdown},
	{"mail quotes", stripMailQuotes},
	{"line numbers", stripLineNumbers},
	{"prefixes of Markdown, diffs and SQL comments", stripLinePrefixes},
	{"comment and code delimiters", stripCodeMarks},
	{"quotes around lines, CSV", stripQuotes},
	{"psql's borders", stripBorders},
	{"psql's expanded format", stripExpanded},
	{"psql's marks for line breaks and wrapped lines", stripMarginMarks},
}

// stripDecorations removes all decorations from the lines.
func stripDecorations(lines []line) []line {
	for _, e := range decorations {
		lines = e.strip(lines)
	}
	return lines
}

// isPlanLine reports whether a line can only belong to a plan. Prose can look
// decorated too, so a decoration is removed only if there is a plan inside.
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

// anyPlanLine reports whether cut succeeds on any line and leaves a line of a
// plan.
func anyPlanLine(lines []line, cut func(string) (string, bool)) bool {
	for _, l := range lines {
		if rest, ok := cut(l.text); ok && isPlanLine(rest) {
			return true
		}
	}
	return false
}

// tabStop is the width of a tab at the start of a line.
const tabStop = 8

// unicodeSpaces replaces the no-break and zero-width spaces of web pages.
var unicodeSpaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2007", " ", "\u3000", "  ", "\u200b", "", "\ufeff", "")

// stripWhitespace replaces tabs and Unicode spaces with plain spaces and
// removes trailing white space.
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

// hasNonASCII reports whether s contains a byte outside ASCII.
func hasNonASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

// expandTabs replaces the tabs at the start of a line.
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

// stripMailQuotes removes the > that mail programs put before each line, once
// per reply.
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

// cutMailQuote returns a line without its leading mail quotes.
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

// stripLinePrefixes removes bold markers, the + and - of a diff and the -- of a
// SQL comment from the lines of a plan.
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

// cutCommentPrefix returns a line without the leading -- of a SQL comment.
func cutCommentPrefix(s string) (string, bool) {
	at := indent(s)
	rest, ok := strings.CutPrefix(s[at:], "--")
	if !ok || strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, ">") {
		return s, false
	}
	return s[:at] + rest, true
}

// cutDiffPrefix returns a line with the leading + or - of a diff replaced by a
// space.
func cutDiffPrefix(s string) (string, bool) {
	if len(s) < 2 || s[0] != '+' && s[0] != '-' || s[1] != ' ' || strings.HasPrefix(s, "- Plan") || strings.Trim(s, "+- ") == "" {
		return s, false
	}
	return " " + s[1:], true
}

// codeMarks are the delimiters of comments and code that people write directly
// before a plan's first line and directly after its last.
var codeMarks = struct{ before, behind []string }{
	before: []string{"/*", "```", "`"},
	behind: []string{"*/", "```", "`"},
}

// stripCodeMarks removes comment and code delimiters from the first and last
// line of a plan.
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

// hasFigures reports whether a line is a node with its figures.
func hasFigures(s string) bool {
	words, f, _, ok := cutIncompleteFigures(strings.TrimSpace(s))
	return ok && (f.costs || f.actual || f.never) && isNodeWords(words)
}

// isSummary reports whether a line belongs to the summary after the tree.
func isSummary(s string) bool {
	name, _, colon := strings.Cut(strings.TrimSpace(s), ":")
	return colon && summaryNames[name] != nil
}
