package rule

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// Upper returns a text with its first letter in upper case.
func Upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Often returns how often something happened: "once", "31 times".
func Often(n float64) string {
	if n == 1 {
		return "once"
	}
	return figures.Count(n) + " times"
}

func Verb(n int, word string) string {
	if n == 1 {
		return word + "s"
	}
	return word
}

func FirstFew(list []string) []string {
	const few = 3
	if len(list) > few {
		return append(slices.Clone(list[:few]), "and "+strconv.Itoa(len(list)-few)+" more")
	}
	return list
}

// Counted returns a number of things, which may be a fraction: "1 row", "2.5 rows".
func Counted(n float64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return figures.Count(n) + " " + thing + "s"
}

// Words joins names for a sentence: "a, b and c".
func Words(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	last := len(list) - 1
	return strings.Join(list[:last], ", ") + " and " + strings.TrimPrefix(list[last], "and ")
}
