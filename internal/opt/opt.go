// Package opt holds a value that the input may not hold.
//
// An absent figure is neither zero nor NaN: it prints as null, and whoever
// needs a number has to say what stands in for it, or pass the absence on.
package opt

import (
	"encoding/json"
	"math"
)

// Value is a T, or nothing. The zero Value is nothing.
type Value[T any] struct {
	v     T
	known bool
}

// Float is a figure that may be absent: a count, a time in ms, a share.
type Float = Value[float64]

// Of is a known value. What is infinite or no number is none: it was computed
// from something that the input does not hold, or divided by nothing.
func Of[T any](v T) Value[T] {
	if f, ok := any(v).(float64); ok && (math.IsInf(f, 0) || math.IsNaN(f)) {
		return Value[T]{}
	}
	return Value[T]{v: v, known: true}
}

// Known reports whether there is a value.
func (o Value[T]) Known() bool { return o.known }

// Get gives the value and whether there is one.
func (o Value[T]) Get() (T, bool) { return o.v, o.known }

// Or gives the value, or otherwise where there is none.
func (o Value[T]) Or(otherwise T) T {
	if o.known {
		return o.v
	}
	return otherwise
}

// Map applies f to the value, if there is one.
func Map[T, U any](o Value[T], f func(T) U) Value[U] {
	if !o.known {
		return Value[U]{}
	}
	return Of(f(o.v))
}

// Both applies f to two values; nothing if either is absent.
func Both[T, U, V any](a Value[T], b Value[U], f func(T, U) V) Value[V] {
	if !a.known || !b.known {
		return Value[V]{}
	}
	return Of(f(a.v, b.v))
}

// MarshalJSON gives the value, or null.
func (o Value[T]) MarshalJSON() ([]byte, error) {
	if !o.known {
		return []byte("null"), nil
	}
	return json.Marshal(o.v)
}

// UnmarshalJSON reads a value, or null as nothing.
func (o *Value[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*o = Value[T]{}
		return nil
	}
	o.known = true
	return json.Unmarshal(b, &o.v)
}
