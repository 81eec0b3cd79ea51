// Package diag defines the error of the readers: the place of an input that could
// not be read, and what was expected there.
//
// The same type serves as a warning, if the reader can go on without the record.
// Input that an error quotes is always redacted.
package diag

import (
	"errors"
	"fmt"
	"strings"
)

// SyntaxError reports a place in an input and what was expected there.
type SyntaxError struct {
	Name string // file, or "-" for standard input
	Line int    // 1-based, in the file that the user gave; 0: the whole file
	Want string // what was expected there; empty: the cause says it all
	Got  string // the start of the text found there, redacted; may be empty
	Err  error  // the cause; may be nil
}

func (e *SyntaxError) Error() string {
	var b strings.Builder
	name := e.Name
	if name == "-" {
		name = "stdin"
	}
	b.WriteString(name)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if is, ok := e.Err.(Is); ok {
		return fmt.Sprintf("%s is %s: expected %s", b.String(), string(is), e.Want)
	}
	if e.Want == "" {
		return fmt.Sprintf("%s: %v", b.String(), e.Err)
	}
	fmt.Fprintf(&b, ": expected %s", e.Want)
	if e.Got != "" {
		fmt.Fprintf(&b, ", got %q", e.Got)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

func (e *SyntaxError) Unwrap() error { return e.Err }

// Is is a cause that says what the whole input is: "empty" or "binary".
type Is string

func (is Is) Error() string { return "the input is " + string(is) }

// Warnings collects the warnings of a reader. It keeps the first few and counts
// the rest, so that a damaged file of a million lines needs little memory.
type Warnings struct {
	list []*SyntaxError
	more int
}

const keptWarnings = 20

// Add adds a warning.
func (w *Warnings) Add(e *SyntaxError) {
	if len(w.list) < keptWarnings {
		w.list = append(w.list, e)
		return
	}
	w.more++
}

// More adds n warnings to the count of those not kept.
func (w *Warnings) More(n int) { w.more += n }

// List returns the kept warnings and the number of those not kept.
func (w *Warnings) List() (kept []*SyntaxError, more int) { return w.list, w.more }

// As returns the first SyntaxError in the chain of err.
func As(err error) (*SyntaxError, bool) {
	var e *SyntaxError
	ok := errors.As(err, &e)
	return e, ok
}
