package redact

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// What stands for a literal. A string keeps its quotes, so that a redacted
// condition still reads, and still scans, as SQL.
const (
	hiddenString = "'?'"
	hiddenNumber = "?"
)

// Literals replaces the string and number literals of a piece of SQL, and
// drops its comments, which carry values as readily (tracing tags, tokens).
// A quote that is never closed hides everything after it: better too much
// than a value. Identifiers, quoted or not, and parameters ($1) stay.
func Literals(s string) string { return hide(s, hiddenString, hiddenNumber) }

// Unrunnable is SQL with a mark in the place of its literals that no server
// takes for a value: what is printed so can be read, and not be run by mistake.
func Unrunnable(s string) string { return hide(s, hiddenMark, hiddenMark) }

const hiddenMark = "<hidden>"

func hide(s, hiddenString, hiddenNumber string) string {
	if !strings.ContainsAny(s, "'0123456789$-/") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	at := 0
	for t := range lex.Tokens(s) {
		with, hide := "", true
		switch t.Kind {
		case lex.String:
			with = hiddenString
		case lex.Number:
			with = hiddenNumber
		case lex.Comment:
			if strings.HasPrefix(t.Text, "/*") {
				with = " "
			}
		default:
			hide = false
		}
		if hide {
			b.WriteString(s[at:t.Start])
			b.WriteString(with)
			at = t.End
		}
	}
	b.WriteString(s[at:])
	return b.String()
}
