package plan

import (
	"strconv"
	"strings"
)

// Plans in the strings of programs: one string with escaped line breaks, or a list of
// strings on one line.

// breaks are how programs write a line break within a line.
var breaks = [...]string{`\r\n`, `\n`, "#012", `\012`, "␤", "⏎"}

// splitSpelled splits lines that hold several lines of a plan as strings.
func splitSpelled(lines []line) ([]line, bool) {
	found := false
	out := make([]line, 0, len(lines))
	for _, l := range lines {
		parts := spelled(l.text)
		if parts == nil {
			out = append(out, l)
			continue
		}
		found = true
		for _, s := range parts {
			out = append(out, line{s, l.no})
		}
	}
	if !found {
		return lines, false
	}
	return out, true
}

// spelled returns the lines of a plan that are in one line; nil if there are none.
func spelled(s string) []string {
	if !isUnreadNode(s) || strings.Contains(s, `Node Type`) {
		return nil
	}
	at, ok := rootAt(s)
	if !ok {
		at = indent(s)
	}
	start := strings.LastIndexFunc(s[:at], func(r rune) bool { return r != ' ' })
	if start >= 0 && (s[start] == '\'' || s[start] == '"') {
		if start > 0 && s[start-1] == '\\' {
			return broken(unescaped(s, 0), true) // a string within a string
		}
		var parts []string
		for _, text := range literals(s, start) {
			parts = append(parts, strings.Split(text, "\n")...)
		}
		return several(parts)
	}
	return broken(s, false)
}

// broken splits a text at its escaped line breaks.
func broken(s string, already bool) []string {
	if already {
		if strings.Contains(s, "\n") {
			return several(strings.Split(s, "\n"))
		}
		return []string{s}
	}
	for _, sign := range breaks {
		if strings.Contains(s, sign) {
			parts := strings.Split(s, sign)
			for i := range parts {
				parts[i] = strings.NewReplacer(`\t`, "\t", "#011", "\t").Replace(parts[i])
				if quotes := strings.Count(s, `"`); quotes > 0 && quotes == strings.Count(s, `\"`) {
					parts[i] = strings.ReplaceAll(parts[i], `\"`, `"`) // of a string whose own quotes were not copied
				}
			}
			if parts = several(parts); parts != nil {
				return parts
			}
		}
	}
	return nil
}

// several returns the lines if more than one belongs to a plan.
func several(lines []string) []string {
	with := 0
	for _, s := range lines {
		if holdsPlanLine(s) {
			with++
		}
	}
	if with < 2 {
		return nil
	}
	return lines
}

// literals returns the strings of a list whose first one begins at a position: those with
// the same key before them, or all if there is none.
func literals(s string, start int) []string {
	key := keyBefore(s[:start])
	var list []string
	for start < len(s) {
		text, end := literal(s, start)
		if end < 0 {
			break
		}
		rest := strings.TrimLeft(s[end:], " ")
		isKey := strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "=>") || text == queryPlanHeader
		if !isKey && keyBefore(s[:start]) == key {
			list = append(list, text)
		}
		next := strings.IndexAny(s[end:], `'"`)
		if next < 0 {
			break
		}
		start = end + next
	}
	return list
}

// keyBefore returns the key of the value that follows a text.
func keyBefore(s string) string {
	s = strings.TrimRight(s, " ")
	for _, sign := range [...]string{"=>", ":", "="} {
		if rest, ok := strings.CutSuffix(s, sign); ok {
			rest = strings.Trim(rest, " ")
			return strings.Trim(rest[strings.LastIndexAny(rest, " {[(,")+1:], `'"`)
		}
	}
	return ""
}

// literal reads the string that begins with the quote at a position, and returns the
// position after it; -1 if it does not end.
func literal(s string, at int) (text string, end int) {
	quote := s[at]
	for i := at + 1; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == quote && i > at+1 && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return unescaped(s[at+1:i], quote), i + 1
		}
	}
	return "", -1
}

// unescaped returns the text of a string between quotes, whose own are doubled or have a
// backslash before them.
func unescaped(s string, quote byte) string {
	if strings.IndexByte(s, '\\') < 0 {
		if quote != 0 && allDoubled(s, quote) {
			one := string([]byte{quote})
			return strings.ReplaceAll(s, one+one, one)
		}
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			if b.WriteByte(s[i]); s[i] == quote && i+1 < len(s) && s[i+1] == quote {
				i++
			}
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
		case '"', '\'', '\\', '/', '#', '`', '$':
			b.WriteByte(s[i])
		case 'u':
			if r, err := strconv.ParseUint(s[min(i+1, len(s)):min(i+5, len(s))], 16, 32); err == nil && i+5 <= len(s) {
				b.WriteRune(rune(r))
				i += 4
				continue
			}
			b.WriteString(`\u`)
		default:
			b.WriteByte('\\')
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
