package plan

import "strings"

// straight are the quotes that word processors and chats write instead of SQL's.
var straight = strings.NewReplacer("‘", "'", "’", "'", "‚", "'", "‛", "'", "“", `"`, "”", `"`, "„", `"`, "‟", `"`, "«", `"`, "»", `"`)

// straightenQuotes replaces the quotes of word processors if a line of a plan has
// them where the server prints its own: not within those.
func straightenQuotes(lines []line) ([]line, bool) {
	found := false
	for _, l := range lines {
		if mark := strings.TrimLeft(l.text, " "); strings.HasPrefix(mark, "»") {
			continue // of a quotation, see prefixes
		}
		if !found && hasNonASCII(l.text) && holdsPlanLine(l.text) {
			found = outsideQuotes(l.text, func(s string) bool { _, curly := cutCurly(s); return curly })
		}
	}
	for i := range lines {
		if found && hasNonASCII(lines[i].text) {
			lines[i].text = straight.Replace(lines[i].text)
		}
	}
	return lines, found
}

func cutCurly(s string) (string, bool) {
	r, rest := cutRune(s)
	return rest, strings.ContainsRune("‘’‚‛“”„‟«»", r)
}

// stripQuotes removes the quotes that grids and drivers put around every line,
// and those of CSV, where one cell can span several lines.
func stripQuotes(lines []line) ([]line, bool) {
	for _, quote := range [...]byte{'"', '\'', '`'} {
		found, doubled := false, true
		for _, l := range lines {
			inner, ok := cutQuotes(l.text, quote)
			if !ok && quote == '"' && strings.HasPrefix(l.text, `"`) && isPlanLine(strings.TrimLeft(l.text, `"[{ `)+`"Plan":`) {
				inner, ok = l.text[1:], true // the first line of a cell
			}
			if ok {
				found = found || holdsPlanLine(inner) || startsCell(inner)
				doubled = doubled && allDoubled(inner, quote)
			}
		}
		if found {
			return unquoteLines(lines, quote, doubled), true
		}
	}
	return stripClosingQuotes(lines)
}

// stripClosingQuotes removes a quote at the end of the lines if only the opening
// quotes were removed by hand.
func stripClosingQuotes(lines []line) ([]line, bool) {
	cut := func(s string) (string, bool) {
		rest, ok := strings.CutSuffix(s, `"`)
		return rest, ok && !strings.HasSuffix(rest, `""`) && strings.Count(rest, `"`)%2 == 0
	}
	for _, l := range lines {
		if strings.HasPrefix(strings.TrimLeft(l.text, " "), `"`) {
			return lines, false // quotes can be pairs, or those of cells
		}
	}
	found := anyPlanLine(lines, cut)
	for i := range lines {
		if rest, ok := cut(lines[i].text); ok && found {
			lines[i].text = rest
		}
	}
	return lines, found
}

// startsCell reports whether a CSV cell that starts with s can contain a plan
// over several lines.
func startsCell(s string) bool {
	s = strings.TrimSpace(strings.TrimSuffix(s, `\n`))
	return s == "[" || s == "{" || strings.HasPrefix(s, "- Plan:") || strings.HasPrefix(s, "<explain")
}

// cutQuotes returns the text between the quotes around a line. Leading spaces,
// which removing a comment's -- leaves, are kept if a line of a plan is inside.
func cutQuotes(s string, quote byte) (string, bool) {
	if strings.IndexByte(s, quote) < 0 {
		return s, false
	}
	s = behindConcat(strings.TrimRight(s, ",;+ "), quote)
	if list := strings.TrimLeft(s, " [("); list != "" && list[0] == quote {
		s = s[:indent(s)] + list // the rows of a driver
		if end := strings.TrimRight(s, ",)]"); end[len(end)-1] == quote {
			s = end
		}
	}
	if at := indent(s); at > 0 {
		inner, ok := cutQuotes(s[at:], quote)
		return s[:at] + inner, ok
	}
	if len(s) < 2 || s[0] != quote || s[len(s)-1] != quote || isMember(s) {
		return s, false
	}
	inner := s[1 : len(s)-1]
	if first, _, fields := strings.Cut(inner, string([]byte{quote, ',', quote})); fields && !holdsPlanLine(first) {
		return s, false // fields of a row
	}
	return inner, true
}

// behindConcat removes the operator that joins a string to the one on the line before.
func behindConcat(s string, quote byte) string {
	for _, operator := range [...]string{"+", ".", "||", "&"} {
		rest, ok := strings.CutPrefix(s[indent(s):], operator)
		if rest = strings.TrimLeft(rest, " "); ok && rest != "" && rest[0] == quote {
			return s[:indent(s)] + rest
		}
	}
	return s
}

// isMember reports whether a line is a member of an object of JSON or of a program,
// possibly in a cell of CSV: "Node Type": "Result".
func isMember(s string) bool {
	quote := s[:1]
	key := strings.TrimLeft(s, quote)
	_, behind, ok := strings.Cut(key, quote)
	behind = strings.TrimLeft(strings.TrimLeft(behind, quote), " ")
	return ok && len(key) < len(s) && (strings.HasPrefix(behind, ":") && !strings.HasPrefix(behind, "::") || strings.HasPrefix(behind, "=>"))
}

// allDoubled reports whether every quote in s is doubled.
func allDoubled(s string, quote byte) bool {
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

// unquoteLines removes the quotes from all lines. If doubled is true, doubled
// quotes become single ones and a cell can span lines.
func unquoteLines(lines []line, quote byte, doubled bool) []line {
	one, two := string(quote), string([]byte{quote, quote})
	undouble := func(s string) string {
		if !doubled && strings.Contains(s, `\`+one) {
			s = unescaped(s, quote)
		} else if doubled {
			s = strings.ReplaceAll(s, two, one)
		}
		return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), `\n`)
	}
	inCell := false
	for i := range lines {
		s := lines[i].text
		inner, whole := cutQuotes(s, quote)
		switch {
		case inCell:
			// The first quote that is not doubled ends the cell.
			if end := cellEnd(s, quote); end >= 0 {
				s, inCell = s[:end], false
			}
			lines[i].text = undouble(s)
		case whole:
			lines[i].text = undouble(inner)
		case doubled && quote != '`' && strings.HasPrefix(s, one) && cellEnd(s[1:], quote) < 0:
			inCell = true
			lines[i].text = undouble(s[1:])
		}
	}
	return lines
}

// cellEnd returns the position of the quote that ends a CSV cell, or -1.
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
