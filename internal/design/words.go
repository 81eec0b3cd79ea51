package design

import (
	"strings"
	"unicode"
)

// Words splits a name into its words, in lower case: created_at, createdAt and
// CreatedAt are "created", "at".
func Words(name string) []string {
	if !strings.ContainsFunc(name, func(c rune) bool { return c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') }) {
		return strings.FieldsFunc(name, func(c rune) bool { return c == '_' }) // most names
	}
	var words []string
	start, runes := 0, []rune(name)
	add := func(end int) {
		if end > start {
			words = append(words, strings.ToLower(string(runes[start:end])))
		}
		start = end
	}
	for i, c := range runes {
		switch {
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			add(i)
			start = i + 1
		case unicode.IsUpper(c) && i > start && (unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			add(i)
		}
	}
	add(len(runes))
	return words
}

// words returns the words of a list.
func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}
