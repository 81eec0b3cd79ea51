package plan

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// decoration is something that surrounds a plan's lines where the plan was
// copied from. strip removes one layer of it and reports whether there was one.
// It returns lines that it does not know unchanged. starts and ends are the characters
// of which the lines of such a text begin or end with one; a decoration without them is
// tried on every text.
type decoration struct {
	name         string
	starts, ends string
	strip        func([]line) ([]line, bool)
	frames       bool // it is put around text that can have been broken at a width
}

// decorations can be nested in any order: a mail quotes a table, whose cells are
// in quotes, or a comment contains what a mail quotes. They are removed layer by
// layer until there is none.
var decorations = []decoration{
	{"RTF", "{", "", stripRTF, false},
	{"arrows made longer", ">*=#!", "", straightenArrows, false},
	{"quotes of word processors", "", "", straightenQuotes, false},
	{"strings of programs", "", "", splitSpelled, false},
	{"quotes around lines, CSV", "\"'`[(", `"`, stripQuotes, false},
	{"HTML entities", "", "", decodeEntities, false},
	{"HTML tags", "", "", stripTags, false},
	{"what log drivers and programs put before each line", "", "", stripCarried, false},
	{"Markdown escapes", "", "", unescapeMarkdown, false},
	{"marks after lines", "", "", stripLineEnds, false},
	{"marks before lines: mails, comments, diffs, lists", "", "", stripLinePrefixes, true},
	{"line numbers", "0123456789[(", "", stripLineNumbers, false},
	{"comment and code delimiters", "/`\"'", "/`\"'", stripCodeMarks, false},
	{"borders of tables", "|\x80", "|\x80", stripBorders, true},
	{"Markdown emphasis", "", "", stripEmphasis, false},
	{"other signs before and after lines", "", "", stripSigns, false},
	{"what is before a first line: bullets, titles, the start of a block", "", "", stripLeads, false},
	{"other signs than arrows, or none", "", "", restoreArrows, false},
}

// edges are the first and last characters of a text's lines. All those outside ASCII
// count as one.
type edges struct{ first, last [utf8.RuneSelf + 1]bool }

func edgesOf(lines []line) *edges {
	var e edges
	for _, l := range lines {
		if at := indent(l.text); at < len(l.text) {
			e.first[min(l.text[at], utf8.RuneSelf)] = true
			e.last[min(l.text[len(l.text)-1], utf8.RuneSelf)] = true
		}
	}
	return &e
}

// mayHave reports whether a text can have a decoration.
func (e *edges) mayHave(d *decoration) bool {
	for i := range d.starts {
		if e.first[d.starts[i]] {
			return true
		}
	}
	for i := range d.ends {
		if e.last[d.ends[i]] {
			return true
		}
	}
	return d.starts == "" && d.ends == ""
}

// maxLayers limits the layers of decorations.
const maxLayers = 8

// stripDecorations removes all decorations from the lines.
func stripDecorations(lines []line) []line {
	lines = stripWhitespace(joinBroken(lines))
	e := edgesOf(lines)
	for found, layer := true, 0; found && layer < maxLayers; layer++ {
		found = false
		for i := range decorations {
			d := &decorations[i]
			if !e.mayHave(d) {
				continue
			}
			var one bool
			if lines, one = d.strip(lines); one {
				if lines = stripWhitespace(lines); d.frames { // which quotes and frames hid
					lines = joinBroken(lines)
				}
				found, e = true, edgesOf(lines)
			}
		}
	}
	return joinBroken(stripMarginMarks(stripExpanded(lines)))
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
	if name, _, colon := strings.Cut(s, ": "); colon && isKnownProperty(name) {
		return true
	}
	words, _, ok := cutFigures(s)
	return ok || s != "" && isNodeWords(words)
}

// anyPlanLine reports whether cut succeeds on any line and leaves a line of a
// plan, which can have more decorations.
func anyPlanLine(lines []line, cut func(string) (string, bool)) bool {
	for _, l := range lines {
		if rest, ok := cut(l.text); ok && holdsPlanLine(rest) {
			return true
		}
	}
	return false
}

// holdsPlanLine reports whether a text is a line of a plan, possibly with
// decorations around it.
func holdsPlanLine(s string) bool {
	if strings.Contains(s, "cost=") && strings.Contains(s, "width=") || strings.Contains(s, "actual ") && strings.Contains(s, "loops=") {
		return true
	}
	if isPlanLine(s) || isSummary(s) {
		return true
	}
	bare := strings.Trim(s, " \t\"'`*_~|│║>#/;,+.“”„«»()[]\\")
	if name, _, colon := strings.Cut(bare, ":"); colon {
		return isKnownProperty(name) || summaryNames[name] != nil
	}
	return bare != "" && isPlanLine(bare)
}

// unicodeSpaces replaces the no-break spaces of web pages, and what is invisible there.
var unicodeSpaces = strings.NewReplacer("\u00a0", " ", "\u2000", " ", "\u2001", " ", "\u2002", " ", "\u2003", " ", "\u2004", " ", "\u2005", " ", "\u2006", " ", "\u2008", " ", "\u2009", " ", "\u200a", " ", "\u205f", " ", "\u202f", " ", "\u2007", " ", "\u3000", "  ",
	"\u200b", "", "\ufeff", "", "\u00ad", "", "\u2060", "", "\u200c", "", "\u200d", "", "\u200e", "", "\u200f", "")

// isPage reports whether a line of a plan has such characters where it is not the user's
// own text.
func isPage(s string) bool {
	plain := unicodeSpaces.Replace(s)
	return plain != s && holdsPlanLine(plain) && outsideQuotes(s, func(rest string) bool {
		_, size := utf8.DecodeRuneInString(rest)
		return size > 1 && unicodeSpaces.Replace(rest[:size]) != rest[:size]
	})
}

// stripWhitespace replaces tabs and Unicode spaces with plain spaces and
// removes trailing white space.
func stripWhitespace(lines []line) []line {
	pages := false
	for _, l := range lines {
		pages = pages || hasNonASCII(l.text) && isPage(l.text)
	}
	width := tabStops[0]
	if slices.ContainsFunc(lines, func(l line) bool { return strings.IndexByte(l.text, '\t') >= 0 }) {
		width = tabStopOf(lines)
	}
	for i := range lines {
		s := lines[i].text
		if pages && hasNonASCII(s) {
			s = unicodeSpaces.Replace(s)
		}
		lines[i].text = strings.TrimRight(expandTabs(s, width), " \t")
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

// expandTabs replaces the tabs of a line outside quotes. width is that of a tab at its start.
func expandTabs(s string, width int) string {
	tabs := 0
	for tabs < len(s) && (s[tabs] == ' ' || s[tabs] == '\t') {
		tabs++
	}
	if strings.IndexByte(s[tabs:], '\t') >= 0 {
		s = s[:tabs] + innerTabs(s[tabs:])
	}
	if strings.IndexByte(s[:tabs], '\t') < 0 {
		return s
	}
	return strings.Repeat(" ", leadingColumn(s, width)) + s[tabs:]
}

// innerTabs replaces the tabs outside quotes by the blanks between a node's words
// and its figures.
func innerTabs(s string) string {
	var b strings.Builder
	var q quotes
	last := 0
	q.scan(s, func(i int) bool {
		if s[i] == '\t' {
			b.WriteString(s[last:i] + "  ")
			last = i + 1
		}
		return true
	})
	b.WriteString(s[last:])
	return b.String()
}

// codeMarks are the delimiters of comments and code that people write directly
// before a plan's first line and directly after its last.
var codeMarks = struct{ before, behind []string }{
	before: []string{"/*", "```", "`", `"""`, "'''"},
	behind: []string{"*/", "```", "`", `"""`, "'''"},
}

// stripCodeMarks removes comment and code delimiters from the first and last
// line of a plan.
func stripCodeMarks(lines []line) ([]line, bool) {
	found := false
	for i := range lines {
		s := lines[i].text
		at := indent(s)
		if _, pair := cutQuotes(s, '`'); pair {
			continue // of emphasis
		}
		for _, mark := range codeMarks.before {
			if rest, ok := strings.CutPrefix(s[at:], mark); ok && hasFigures(rest) {
				s = s[:at] + strings.TrimLeft(rest, " ")
			}
		}
		for _, mark := range codeMarks.behind {
			if rest, ok := strings.CutSuffix(s, mark); ok && (isPlanLine(rest) || isSummary(rest)) && !(mark == "*/" && strings.Contains(rest, "/*")) { // not a query's own comment
				s = strings.TrimRight(rest, " ")
			}
		}
		found = found || s != lines[i].text
		lines[i].text = s
	}
	return lines, found
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
