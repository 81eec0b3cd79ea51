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
//
// Most of the SQL that is read is never printed, so it is redacted when it is.
type Text struct {
	raw   string
	shown *string // nil: the literals of raw are hidden
}

// asRaw is what a Text without user data shows: all of it.
var asRaw = new(string)

// SQL returns a Text for a piece of SQL, complete or not. Its literals and comments
// are hidden.
func SQL(s string) Text { return Text{raw: s} }

// Plain returns a Text without user data: an identifier, a figure, or a sentence of
// pgverdict.
func Plain(s string) Text { return Text{raw: s, shown: asRaw} }

// both returns a Text with the two forms.
func both(raw, shown string) Text {
	if raw == shown {
		return Plain(raw)
	}
	return Text{raw: raw, shown: &shown}
}

// Sprintf formats like fmt.Sprintf. Text arguments keep both forms. The format and
// all other arguments are plain.
func Sprintf(format string, args ...any) Text {
	raws := make([]any, len(args))
	same := true
	for i, a := range args {
		raws[i] = a
		if t, ok := a.(Text); ok {
			shown := t.String()
			raws[i], args[i] = t.raw, shown
			same = same && t.raw == shown
		}
	}
	shown := fmt.Sprintf(format, args...)
	if same {
		return Plain(shown)
	}
	return both(fmt.Sprintf(format, raws...), shown)
}

// Replace replaces a word by another one, which has no user data.
func (t Text) Replace(old, with string) Text {
	return both(strings.ReplaceAll(t.raw, old, with), strings.ReplaceAll(t.String(), old, with))
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
		raws[i], shown[i] = t.raw, t.String()
	}
	return both(strings.Join(raws, sep), strings.Join(shown, sep))
}

// Raw returns the text with its literals, for analysis and for --show-literals.
func (t Text) Raw() string { return t.raw }

// String returns the text without its literals.
func (t Text) String() string {
	switch t.shown {
	case nil:
		return Literals(t.raw)
	case asRaw:
		return t.raw
	}
	return *t.shown
}

// Hides reports whether a part of the text is not printed.
func (t Text) Hides() bool { return t.MayHide() && t.raw != t.String() }

// MayHide reports in less time whether Hides may be true.
func (t Text) MayHide() bool {
	return t.shown == nil && mayHide(t.raw) || t.shown != nil && t.shown != asRaw
}

// Empty reports whether the text is empty.
func (t Text) Empty() bool { return t.raw == "" }

// Format prints the redacted text for every verb. Otherwise %#v and %+v of a struct
// with a Text would print its fields.
func (t Text) Format(f fmt.State, verb rune) {
	if verb == 'q' {
		fmt.Fprintf(f, "%q", t.String())
		return
	}
	fmt.Fprint(f, t.String())
}

// MarshalJSON writes the redacted text.
func (t Text) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// Hidden returns a Text for a value of user data, which is never printed.
func Hidden(s string) Text { return both(s, hiddenString) }
