package plan

import "strings"

// quotes follows the quotes of SQL over a text that is read piece by piece: a
// literal may go on in the next line.
type quotes struct {
	open   byte // ', " or 0
	escape bool // in an E'...' string, where a backslash takes the quote's meaning
}

// scan reads on, and calls at for each position outside of quotes; at may be
// nil. It returns early where at returns false.
func (q *quotes) scan(s string, at func(i int) bool) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case q.open == 0:
			if c == '\'' || c == '"' {
				q.open = c
				q.escape = c == '\'' && i > 0 && s[i-1] == 'E' && (i == 1 || !isWordByte(s[i-2]))
			} else if at != nil && !at(i) {
				return
			}
		case c == '\\' && q.escape:
			i++
		case c == q.open:
			// A doubled quote closes and opens again, which comes to the same,
			// but for the escapes.
			if i+1 < len(s) && s[i+1] == c {
				i++
				continue
			}
			q.open = 0
		}
	}
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// splitList cuts "a, f(b, c), 'd, e'" at the commas outside of brackets and
// quotes.
func splitList(s string) []string {
	if !strings.Contains(s, ", ") {
		return []string{s}
	}
	var (
		q     quotes
		list  []string
		depth int
		start int
	)
	q.scan(s, func(i int) bool {
		switch s[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ',':
			if depth <= 0 && i+1 < len(s) && s[i+1] == ' ' {
				list = append(list, s[start:i])
				start = i + 2
			}
		}
		return true
	})
	return append(list, s[start:])
}

// identifier reads an identifier as the server quotes it: bare up to a blank
// or a point, or "..." with "" for a quote. It returns the name itself.
func identifier(s string) (name, rest string, ok bool) {
	if s == "" || s[0] == ' ' {
		return "", s, false
	}
	if s[0] != '"' {
		end := strings.IndexAny(s, " .")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], end > 0
	}
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			i++
			continue
		}
		name = s[1:i]
		if strings.Contains(name, `""`) {
			name = strings.ReplaceAll(name, `""`, `"`)
		}
		return name, s[i+1:], true
	}
	return "", s, false
}

// qualified reads name or schema.name; a database's name before them is left
// out.
func qualified(s string) (schema, name, rest string, ok bool) {
	name, rest, ok = identifier(s)
	for ok && strings.HasPrefix(rest, ".") {
		schema = name
		name, rest, ok = identifier(rest[1:])
	}
	return schema, name, rest, ok
}
