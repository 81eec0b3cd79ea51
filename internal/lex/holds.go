package lex

import "strings"

// Holds reports whether a text has a name, which is of letters in lower case and of
// underscores, in any case.
func Holds(text, name string) bool {
	pivot := strings.IndexByte(name, '_') // the same in any case, so it is searched for
	for at := 0; ; at++ {
		next := strings.IndexByte(text[at:], '_')
		if next < 0 {
			return false
		}
		at += next
		from := at - pivot
		if from >= 0 && from+len(name) <= len(text) && text[from]|0x20 == name[0]|0x20 && strings.EqualFold(text[from:from+len(name)], name) {
			return true
		}
	}
}
