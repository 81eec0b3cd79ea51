package lex

import "strings"

// Holds reports whether a text has one of the names, each of which is of letters in lower
// case and of underscores, in any case.
func Holds(text string, names ...string) bool {
	pivots := make([]int, 0, 8)
	for _, name := range names {
		pivots = append(pivots, strings.IndexByte(name, '_')) // the same in any case, so it is searched for
	}
	for at := 0; ; at++ {
		next := strings.IndexByte(text[at:], '_')
		if next < 0 {
			return false
		}
		at += next
		for i, name := range names {
			from := at - pivots[i]
			if from >= 0 && from+len(name) <= len(text) && text[from]|0x20 == name[0]|0x20 && strings.EqualFold(text[from:from+len(name)], name) {
				return true
			}
		}
	}
}
