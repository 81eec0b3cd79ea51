// Package opt provides optional values, for figures that the input may not
// contain.
//
// An absent figure is neither zero nor NaN. It is null in JSON, and code that
// needs a number has to name a default or pass the absence on.
package opt

import (
	"encoding/json"
	"math"
)

// Value is an optional T. The zero Value is absent.
type Value[T any] struct {
	v     T
	known bool
}

// Float is an optional figure, such as a count, a time in ms or a share.
type Float = Value[float64]

// Of returns a known value. An infinity or NaN is absent: it was computed from
// missing input, or divided by zero.
func Of[T any](v T) Value[T] {
	if f, ok := any(v).(float64); ok && (math.IsInf(f, 0) || math.IsNaN(f)) {
		return Value[T]{}
	}
	return Value[T]{v: v, known: true}
}

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

// Map applies f to the value, if there is one.
func Map[T, U any](o Value[T], f func(T) U) Value[U] {
	if !o.known {
		return Value[U]{}
	}
	return Of(f(o.v))
}

// Both applies f to two values. The result is absent if either of them is.
func Both[T, U, V any](a Value[T], b Value[U], f func(T, U) V) Value[V] {
	if !a.known || !b.known {
		return Value[V]{}
	}
	return Of(f(a.v, b.v))
}

// Sum adds two numbers. The result is absent if either of them is.
func Sum(a, b Float) Float {
	return Both(a, b, func(a, b float64) float64 { return a + b })
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

// Two gives two numbers, and reports whether both are known.
func Two(a, b Float) (float64, float64, bool) {
	x, ok1 := a.Get()
	y, ok2 := b.Get()
	return x, y, ok1 && ok2
}
