package workload

import "strings"

// array takes an array literal of one dimension apart, as the server prints
// it: {1,2}, {"a b",NULL}. ok is false if it is not one.
func array(s string) (list []string, ok bool) {
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return nil, false
	}
	s = s[1 : len(s)-1]
	if s == "" {
		return nil, true
	}
	for i := 0; ; {
		if i < len(s) && s[i] == '"' {
			var b strings.Builder
			for i++; ; i++ {
				if i >= len(s) {
					return nil, false
				}
				if s[i] == '\\' && i+1 < len(s) {
					i++
				} else if s[i] == '"' {
					i++
					break
				}
				b.WriteByte(s[i])
			}
			list = append(list, b.String())
		} else {
			end := strings.IndexByte(s[i:], ',')
			if end < 0 {
				end = len(s) - i
			}
			v := s[i : i+end]
			list = append(list, v)
			i += end
		}
		if i >= len(s) {
			return list, true
		}
		if s[i] != ',' {
			return nil, false
		}
		i++
	}
}

// array2 takes an array literal of two dimensions apart: {{1,2},{3,4}}.
func array2(s string) (rows [][]string, ok bool) {
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return nil, false
	}
	quoted, from := false, -1
	for i := 1; i < len(s)-1; i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			from = i
		case c == '}' && from > 0:
			row, ok := array(s[from : i+1])
			if !ok {
				return nil, false
			}
			rows, from = append(rows, row), -1
		}
	}
	return rows, from < 0
}
