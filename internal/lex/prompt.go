package lex

import "strings"

// Unprompted takes off what a console puts before a line: "shop=# ", "shop-> ",
// or a mail's quote.
func Unprompted(s string) string {
	s = strings.TrimSpace(s)
	for strings.HasPrefix(s, ">") {
		s = strings.TrimSpace(s[1:])
	}
	if at := strings.IndexAny(s, "#>"); at > 0 && at < 80 && strings.ContainsRune(`=-'"(*$^!~`, rune(s[at-1])) && !strings.ContainsAny(s[:at-1], " ,)") {
		return strings.TrimSpace(s[at+1:])
	}
	return s
}
