package plan

import "strings"

// Markdown's emphasis: people mark the node that they ask about, and its
// figures.

// emphasis are the characters that mark emphasis, alone or in a run.
const emphasis = "*_~`"

// stripEmphasis removes the marks of emphasis from the paragraphs in which a line
// of a plan has some.
func stripEmphasis(lines []line) ([]line, bool) {
	found := false
	for i := 0; i < len(lines); {
		end, marked := i, false
		for ; end < len(lines) && !isBlank(lines[end].text); end++ {
			s := lines[end].text
			marked = marked || hasMarks(s) && holdsPlanLine(s) && withoutEmphasis(s) != s
		}
		for ; marked && i < end; i++ {
			lines[i].text = withoutEmphasis(lines[i].text)
		}
		found = found || marked
		i = end + 1
	}
	return lines, found
}

// hasMarks reports whether a line has a character that can be a mark: an operator
// has blanks around it, an underscore is usually within a name.
func hasMarks(s string) bool {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '*', '`':
			return true
		case '_':
			if i == 0 || i+1 == len(s) || !isWordByte(s[i-1]) || !isWordByte(s[i+1]) {
				return true
			}
		case '~':
			if i+1 == len(s) || i > 0 && s[i-1] == '~' && s[i+1] != ' ' || i == 0 {
				return true
			}
		}
	}
	return false
}

// run is a run of emphasis characters at s[from:to].
type run struct {
	from, to     int
	opens, close bool
}

// withoutEmphasis removes pairs of marks outside quotes. The server prints its
// operators between blanks, so that a star next to a word is a mark. A star
// within a name is an underscore that was taken for a mark. Underscores can begin
// and end a name: they are marks around figures, or if the line cannot be read
// with them.
func withoutEmphasis(s string) string {
	readable := isReadable(s)
	var (
		runs []run
		cut  []run // what is removed, or replaced by underscores
		q    quotes
		last int
	)
	q.scan(s, func(i int) bool {
		if i < last || strings.IndexByte(emphasis, s[i]) < 0 {
			return true
		}
		end := i
		for end < len(s) && strings.IndexByte(emphasis, s[end]) >= 0 {
			end++
		}
		last = end
		r := run{from: i, to: end}
		switch {
		case s[i] != '_' && s[i] != '~' && within(s, i, end):
			cut = append(cut, r)
			return true
		case s[i] == '_' && within(s, i, end):
			return true
		}
		r.opens = (i == 0 || strings.IndexByte(" (=.,:[>", s[i-1]) >= 0) && end < len(s) && strings.IndexByte(" ),", s[end]) < 0
		r.close = i > 0 && strings.IndexByte(" (.", s[i-1]) < 0 && (end == len(s) || strings.IndexByte(" ).,:](", s[end]) >= 0)
		if r.close {
			for k := len(runs) - 1; k >= 0; k-- {
				if o := runs[k]; mirrors(s[o.from:o.to], s[r.from:r.to]) {
					if inner := s[o.to:r.from]; strings.Trim(s[r.from:r.to], "_") != "" || !readable || strings.Trim(inner, "0123456789.") == "" {
						cut = append(cut, o, r)
					}
					runs = runs[:k]
					return true
				}
			}
		}
		if r.opens {
			runs = append(runs, r)
		}
		return true
	})
	at := indent(s)
	for _, r := range runs { // a mark that ends on another line
		if rest, arrow := cutArrow(s[at:]); r.to-r.from > 1 && (r.from == at || arrow && r.from == len(s)-len(rest)) {
			cut = append(cut, r)
		}
	}
	return without(s, cut)
}

// isReadable reports whether a line is a node or a property as it is.
func isReadable(s string) bool {
	words, arrow := cutArrow(strings.TrimSpace(s))
	if words, _, ok := cutFigures(words); ok || arrow {
		return isNodeWords(words)
	}
	return isPlanLine(s) || isSummary(s)
}

// mirrors reports whether a run closes what another one opened.
func mirrors(opens, closes string) bool {
	if len(opens) != len(closes) {
		return false
	}
	for i := range opens {
		if opens[i] != closes[len(closes)-1-i] {
			return false
		}
	}
	return true
}

// without removes runs from a line. Those within a name become underscores.
func without(s string, cut []run) string {
	if len(cut) == 0 {
		return s
	}
	gone := make([]byte, len(s)) // 1: removed, 2: an underscore
	for _, r := range cut {
		for i := r.from; i < r.to; i++ {
			if gone[i] = 1; within(s, r.from, r.to) {
				gone[i] = 2
			}
		}
	}
	var b strings.Builder
	for i := range len(s) {
		switch gone[i] {
		case 0:
			b.WriteByte(s[i])
		case 2:
			b.WriteByte('_')
		}
	}
	return b.String()
}
