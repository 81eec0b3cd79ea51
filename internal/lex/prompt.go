package lex

import "strings"

const longestPrompt = 80

// Unprompted returns a line without what a console or a mail puts before it:
// "shop=# ", "shop-> ", "> ".
func Unprompted(s string) string {
	_, s = cutPrompt(s)
	return s
}

// Prompted reports whether psql's prompt for a new statement is before a line: "shop=# ",
// and "shop=*# " in a transaction.
func Prompted(s string) bool {
	prompt, _ := cutPrompt(s)
	return strings.HasSuffix(strings.TrimRight(prompt, "*!"), "=")
}

// cutPrompt returns the prompt before a line, without its last character, and the rest.
func cutPrompt(s string) (prompt, rest string) {
	s = strings.TrimSpace(s)
	for strings.HasPrefix(s, ">") {
		s = strings.TrimSpace(s[1:])
	}
	// psql's prompts end with a blank. An operator seldom has one after it and
	// none before it: data->>'kind', make_interval(days=>10).
	at := 0
	for at < len(s) && at < longestPrompt && s[at] != '#' && s[at] != '>' {
		at++
	}
	if at == 0 || at == len(s) || at == longestPrompt || !strings.ContainsRune(`=-'"(*$^!~`, rune(s[at-1])) || strings.ContainsAny(s[:at-1], " ,()") {
		return "", s
	}
	// A prompt of one's own may have none: sailor@harbour:5432=#SELECT.
	own := s[at] == '#' && strings.Contains(s[:at], "@")
	if rest := s[at+1:]; rest == "" || rest[0] == ' ' || rest[0] == '\t' || own {
		return s[:at], strings.TrimSpace(rest)
	}
	return "", s
}
