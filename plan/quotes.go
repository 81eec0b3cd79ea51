package plan

import "strings"

// quotes tracks SQL quoting over a text that is read piece by piece: a literal
// can continue on the next line.
type quotes struct {
	open   byte // ', " or 0
	escape bool // in an E'...' string, where a backslash escapes a quote
}

// scan reads s and calls at, if not nil, for each position outside quotes. It
// returns early if at returns false.
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
			// A doubled quote stays inside, as closing and opening again would,
			// except for the escapes.
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

// splitList splits "a, f(b, c), 'd, e'" at the commas outside brackets and
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

// identifier reads an identifier as the server prints it: without quotes up to
// a space or a dot, or in double quotes. It returns the unquoted name.
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

// qualified reads name or schema.name. A database name before them is dropped.
func qualified(s string) (schema, name, rest string, ok bool) {
	name, rest, ok = identifier(s)
	for ok && strings.HasPrefix(rest, ".") {
		schema = name
		name, rest, ok = identifier(rest[1:])
	}
	return schema, name, rest, ok
}
