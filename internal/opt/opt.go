// Package opt provides optional values, for figures that the input may not
// contain.
//
// An absent figure is neither zero nor NaN. It is null in JSON, and code that
// needs a number has to name a default or pass the absence on.
package opt

import (
	"encoding/json"
)

// Value is an optional T. The zero Value is absent. Figures are a Float.
type Value[T any] struct {
	v     T
	known bool
}

// Some returns a known value.
func Some[T any](v T) Value[T] { return Value[T]{v: v, known: true} }

// Known reports whether there is a value.
func (o Value[T]) Known() bool { return o.known }

// Get returns the value and whether there is one.
func (o Value[T]) Get() (T, bool) { return o.v, o.known }

// Or returns the value, or otherwise if there is none.
func (o Value[T]) Or(otherwise T) T {
	if o.known {
		return o.v
	}
	return otherwise
}

// MarshalJSON writes the value, or null.
func (o Value[T]) MarshalJSON() ([]byte, error) {
	if !o.known {
		return []byte("null"), nil
	}
	return json.Marshal(o.v)
}

// UnmarshalJSON reads a value. It reads null as absent.
func (o *Value[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*o = Value[T]{}
		return nil
	}
	o.known = true
	return json.Unmarshal(b, &o.v)
}
