// Package redact keeps the literals of a user's SQL out of what is printed.
//
// A Text carries both readings of a text: the one that may be shown, and the
// raw one, for analysis. Printing a Text in any way gives the first; only Raw
// gives the second. Redaction is lexical, so that it works on text that no
// parser accepts: a plan's conditions, a statement cut short, another
// dialect's query.
package redact

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Text is a text that cannot print itself unredacted. The zero Text is empty.
type Text struct {
	raw   string
	shown string
}

// SQL is a piece of SQL, whole or not: its literals and comments are hidden.
func SQL(s string) Text { return Text{raw: s, shown: Literals(s)} }

// Plain is a text that holds nothing of the user's data: an identifier, a
// figure, our own sentence.
func Plain(s string) Text { return Text{raw: s, shown: s} }

// Sprintf formats as fmt does; Text arguments keep both readings. The format
// itself and every other argument are taken as plain.
func Sprintf(format string, args ...any) Text {
	raws := make([]any, len(args))
	same := true
	for i, a := range args {
		raws[i] = a
		if t, ok := a.(Text); ok {
			raws[i] = t.raw
			args[i] = t.shown
			same = same && t.raw == t.shown
		}
	}
	shown := fmt.Sprintf(format, args...)
	if same {
		return Text{raw: shown, shown: shown}
	}
	return Text{raw: fmt.Sprintf(format, raws...), shown: shown}
}

// Replace puts one word in the place of another, which holds nothing of the
// user's data.
func (t Text) Replace(old, with string) Text {
	return Text{raw: strings.ReplaceAll(t.raw, old, with), shown: strings.ReplaceAll(t.shown, old, with)}
}

// Append puts a sentence behind a text.
func Append(t Text, format string, args ...any) Text {
	if t.Empty() {
		return Sprintf(format, args...)
	}
	return Sprintf("%s %s", t, Sprintf(format, args...))
}

// Cut splits a text of ours at a separator.
func (t Text) Cut(sep string) (before, after Text, found bool) {
	r1, r2, ok := strings.Cut(t.raw, sep)
	s1, s2, _ := strings.Cut(t.shown, sep)
	return Text{raw: r1, shown: s1}, Text{raw: r2, shown: s2}, ok
}

// Join puts texts together with a separator between them.
func Join(list []Text, sep string) Text {
	raws, shown := make([]string, len(list)), make([]string, len(list))
	for i, t := range list {
		raws[i], shown[i] = t.raw, t.shown
	}
	return Text{raw: strings.Join(raws, sep), shown: strings.Join(shown, sep)}
}

// Raw is the text with its literals: for analysis, and for a user who asked.
func (t Text) Raw() string { return t.raw }

// String is the text without its literals.
func (t Text) String() string { return t.shown }

// Empty reports whether there is no text at all.
func (t Text) Empty() bool { return t.raw == "" }

// Format prints the redacted text whatever the verb: %#v and %+v of a struct
// that holds a Text would otherwise print its fields.
func (t Text) Format(f fmt.State, verb rune) {
	if verb == 'q' {
		fmt.Fprintf(f, "%q", t.shown)
		return
	}
	fmt.Fprint(f, t.shown)
}

// MarshalJSON gives the redacted text.
func (t Text) MarshalJSON() ([]byte, error) { return json.Marshal(t.shown) }

// Hidden is a value of the user's data: none of it may be shown.
func Hidden(s string) Text { return Text{raw: s, shown: hiddenString} }
