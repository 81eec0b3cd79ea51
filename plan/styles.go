package plan

import "strings"

// What terminals add to text: colours, and letters that are struck twice.

// escapeSigns are how the escape character is shown; a copy can also lose it.
var escapeSigns = [...]string{"\x1b", "^[", "␛", "\ufffd", `\033`, `\x1b`, `\u001b`, `\e`}

// unstyled returns a line without the control sequences of terminals.
func unstyled(s string) string {
	if strings.IndexByte(s, '\x1b') < 0 && strings.IndexByte(s, '\b') < 0 && !holdsStyle(s) {
		return s
	}
	var b strings.Builder
	from := 0
	for i := 0; i < len(s); i++ {
		n, before := 0, 0
		switch s[i] {
		case '\x1b':
			n = sequence(s[i:])
		case '[':
			if n = style(s[i:]); n > 0 {
				before = escapeBefore(s[from:i])
			}
		case '\b': // of a letter over itself
			if n = 1; i > from && i+1 < len(s) {
				before = 1
			}
		}
		if n > 0 {
			b.WriteString(s[from : i-before])
			i += n - 1
			from = i + 1
		}
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

// holdsStyle reports whether a line has a colour without its escape character.
func holdsStyle(s string) bool {
	for {
		at := strings.IndexByte(s, '[')
		if at < 0 {
			return false
		}
		if s = s[at:]; style(s) > 0 {
			return true
		}
		s = s[1:]
	}
}

// sequence returns the length of the control sequence that s begins with.
func sequence(s string) int {
	if len(s) > 1 && s[1] == '[' {
		for i := 2; i < len(s); i++ {
			if s[i] >= '@' && s[i] <= '~' {
				return i + 1
			}
		}
		return len(s)
	}
	if len(s) > 1 && s[1] == ']' { // a title or a link
		if end := strings.IndexAny(s[2:], "\a\x1b"); end >= 0 {
			return end + 3
		}
	}
	return min(len(s), 2)
}

// style returns the length of a colour without its escape character, [1;31m, that s
// begins with; 0 if it is none.
func style(s string) int {
	i := 1
	for i < len(s) && (isDigit(s[i]) || s[i] == ';') {
		i++
	}
	if i > 1 && i < len(s) && s[i] == 'm' {
		return i + 1
	}
	return 0
}

func escapeBefore(s string) int {
	for _, e := range escapeSigns {
		if strings.HasSuffix(s, e) {
			return len(e)
		}
	}
	return 0
}
