// Package diag is how a reader says what it could not read, and where.
//
// One type serves errors and warnings: a record that could not be read is
// reported and the reading goes on, so what differs is only what the caller
// does with it. What was found is quoted redacted, always.
package diag

import (
	"errors"
	"fmt"
	"strings"
)

// SyntaxError is a place in an input and what was expected there.
type SyntaxError struct {
	Name string // file, or "-" for standard input
	Line int    // 1-based, in the file that the user gave; 0: the file as a whole
	Want string // what was expected there
	Got  string // the start of what stood there, redacted; may be empty
	Err  error  // the cause, if a library gave one
}

func (e *SyntaxError) Error() string {
	var b strings.Builder
	b.WriteString(e.Name)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	fmt.Fprintf(&b, ": want %s", e.Want)
	if e.Got != "" {
		fmt.Fprintf(&b, ", got %q", e.Got)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

func (e *SyntaxError) Unwrap() error { return e.Err }

// Warnings collects what a reader passed over. It keeps the first few in full
// and counts the rest, so that a damaged file of a million lines costs neither
// memory nor the reader's patience.
type Warnings struct {
	list []*SyntaxError
	more int
}

const keptWarnings = 20

// Add keeps a warning, or counts it.
func (w *Warnings) Add(e *SyntaxError) {
	if len(w.list) < keptWarnings {
		w.list = append(w.list, e)
		return
	}
	w.more++
}

// More counts warnings that were not kept elsewhere.
func (w *Warnings) More(n int) { w.more += n }

// List gives the warnings kept, and how many more there were.
func (w *Warnings) List() (kept []*SyntaxError, more int) { return w.list, w.more }

// As finds the SyntaxError in a chain of errors.
func As(err error) (*SyntaxError, bool) {
	var e *SyntaxError
	ok := errors.As(err, &e)
	return e, ok
}
