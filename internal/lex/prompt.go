package lex

import "strings"

// Unprompted takes off what a console puts before a line: "shop=# ", "shop-> ",
// or a mail's quote.
func Unprompted(s string) string {
	s = strings.TrimSpace(s)
	for strings.HasPrefix(s, ">") {
		s = strings.TrimSpace(s[1:])
	}
	// A blank follows each of psql's prompts, which an operator seldom has behind
	// it and none in front: data->>'kind', make_interval(days=>10).
	at := strings.IndexAny(s, "#>")
	if at <= 0 || at >= 80 || !strings.ContainsRune(`=-'"(*$^!~`, rune(s[at-1])) || strings.ContainsAny(s[:at-1], " ,()") {
		return s
	}
	if rest := s[at+1:]; rest == "" || rest[0] == ' ' || rest[0] == '\t' {
		return strings.TrimSpace(rest)
	}
	return s
}
