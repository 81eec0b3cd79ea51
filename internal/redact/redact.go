// Package redact hides literals of the user's SQL, credentials and personal data
// in everything that is printed.
//
// A Text has two forms: the redacted one for printing, and the raw one for
// analysis. Printing a Text always prints the redacted form. Only Raw returns the
// raw one. Redaction uses tokens, so it also works for text that no parser
// accepts: conditions of a plan, a truncated statement, a query of another
// dialect.
package redact

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Text is a text that is always printed redacted. The zero Text is empty.
type Text struct {
	raw   string
	shown string
}

// SQL returns a Text for a piece of SQL, complete or not. Its literals and comments
// are hidden.
func SQL(s string) Text { return Text{raw: s, shown: Literals(s)} }

// Plain returns a Text without user data: an identifier, a figure, or a sentence of
// pgverdict.
func Plain(s string) Text { return Text{raw: s, shown: s} }

// Sprintf formats like fmt.Sprintf. Text arguments keep both forms. The format and
// all other arguments are plain.
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

// Replace replaces a word by another one, which has no user data.
func (t Text) Replace(old, with string) Text {
	return Text{raw: strings.ReplaceAll(t.raw, old, with), shown: strings.ReplaceAll(t.shown, old, with)}
}

// Append appends a sentence.
func Append(t Text, format string, args ...any) Text {
	if t.Empty() {
		return Sprintf(format, args...)
	}
	return Sprintf("%s %s", t, Sprintf(format, args...))
}

// Join joins texts with a separator.
func Join(list []Text, sep string) Text {
	raws, shown := make([]string, len(list)), make([]string, len(list))
	for i, t := range list {
		raws[i], shown[i] = t.raw, t.shown
	}
	return Text{raw: strings.Join(raws, sep), shown: strings.Join(shown, sep)}
}

// Raw returns the text with its literals, for analysis and for --show-literals.
func (t Text) Raw() string { return t.raw }

// String returns the text without its literals.
func (t Text) String() string { return t.shown }

// Empty reports whether the text is empty.
func (t Text) Empty() bool { return t.raw == "" }

// Format prints the redacted text for every verb. Otherwise %#v and %+v of a struct
// with a Text would print its fields.
func (t Text) Format(f fmt.State, verb rune) {
	if verb == 'q' {
		fmt.Fprintf(f, "%q", t.shown)
		return
	}
	fmt.Fprint(f, t.shown)
}

// MarshalJSON writes the redacted text.
func (t Text) MarshalJSON() ([]byte, error) { return json.Marshal(t.shown) }

// Hidden returns a Text for a value of user data, which is never printed.
func Hidden(s string) Text { return Text{raw: s, shown: hiddenString} }
