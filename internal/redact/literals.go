package redact

import "strings"

// What stands for a literal. A string keeps its quotes, so that a redacted
// condition still reads, and still scans, as SQL.
const (
	hiddenString = "'?'"
	hiddenNumber = "?"
)

// Literals replaces the string and number literals of a piece of SQL, and
// drops its comments, which carry values as readily (tracing tags, tokens).
// A quote that is never closed hides everything after it: better too much
// than a value. Identifiers, quoted or not, and parameters ($1) stay.
func Literals(s string) string {
	if !strings.ContainsAny(s, "'0123456789$-/") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '\'':
			i = stringEnd(s, i, escapes(s, i))
			b.WriteString(hiddenString)
		case c == '"':
			end := quotedEnd(s, i)
			b.WriteString(s[i:end])
			i = end
		case c == '$':
			if end, ok := dollarEnd(s, i); ok {
				b.WriteString(hiddenString)
				i = end
				break
			}
			end := i + 1
			for end < len(s) && isDigit(s[end]) {
				end++
			}
			b.WriteString(s[i:end])
			i = end
		case strings.HasPrefix(s[i:], "--"):
			for i < len(s) && s[i] != '\n' {
				i++
			}
		case strings.HasPrefix(s[i:], "/*"):
			i = commentEnd(s, i)
			b.WriteByte(' ')
		case isDigit(c) || c == '.' && i+1 < len(s) && isDigit(s[i+1]):
			i = numberEnd(s, i)
			b.WriteString(hiddenNumber)
		case isIdentStart(c):
			end := i + 1
			for end < len(s) && isIdent(s[end]) {
				end++
			}
			// N'..', E'..', B'..', X'..' and U&'..' belong to the string.
			if end < len(s) && s[end] == '\'' && end-i == 1 && strings.IndexByte("eEbBxXnN", c) >= 0 {
				i = end
				break
			}
			b.WriteString(s[i:end])
			i = end
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}

// escapes reports whether the string at i is an E” string, in which a
// backslash escapes a quote.
func escapes(s string, i int) bool {
	return i > 0 && (s[i-1] == 'e' || s[i-1] == 'E') && (i == 1 || !isIdent(s[i-2]))
}

func stringEnd(s string, i int, backslash bool) int {
	for i++; i < len(s); i++ {
		switch {
		case backslash && s[i] == '\\':
			i++
		case s[i] == '\'':
			if i+1 < len(s) && s[i+1] == '\'' {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(s)
}

func quotedEnd(s string, i int) int {
	for i++; i < len(s); i++ {
		if s[i] == '"' {
			if i+1 < len(s) && s[i+1] == '"' {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(s)
}

// dollarEnd finds the end of a dollar-quoted string: $$..$$ or $tag$..$tag$.
func dollarEnd(s string, i int) (int, bool) {
	end := i + 1
	for end < len(s) && isIdent(s[end]) && s[end] != '$' {
		end++
	}
	if end >= len(s) || s[end] != '$' || end > i+1 && isDigit(s[i+1]) {
		return 0, false
	}
	tag := s[i : end+1]
	if close := strings.Index(s[end+1:], tag); close >= 0 {
		return end + 1 + close + len(tag), true
	}
	return len(s), true
}

func commentEnd(s string, i int) int {
	depth := 0
	for i < len(s) {
		switch {
		case strings.HasPrefix(s[i:], "/*"):
			depth++
			i += 2
		case strings.HasPrefix(s[i:], "*/"):
			depth--
			i += 2
			if depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return len(s)
}

func numberEnd(s string, i int) int {
	for i < len(s) && (isIdent(s[i]) && s[i] != '$' || s[i] == '.') {
		if (s[i] == 'e' || s[i] == 'E') && i+1 < len(s) && (s[i+1] == '-' || s[i+1] == '+') {
			i++
		}
		i++
	}
	return i
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isIdentStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func isIdent(c byte) bool { return isIdentStart(c) || isDigit(c) || c == '$' }
