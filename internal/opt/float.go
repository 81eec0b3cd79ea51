package opt

import (
	"encoding/json"
	"math"
	"strconv"
)

// Float is an optional figure, such as a count, a time in ms or a share. The zero Float
// is absent. A node of a plan has some forty figures and most of them are absent, so a
// Float is as small as a float64.
type Float struct {
	bits uint64 // of the figure, with those of absent flipped: an absent figure is 0
}

// absent are the bits that no figure has: those of NaN.
var absent = math.Float64bits(math.NaN())

// Of returns a known figure. An infinity or NaN is absent: it was computed from missing
// input, or divided by zero.
func Of(v float64) Float {
	if v-v != 0 {
		return Float{}
	}
	return Float{math.Float64bits(v) ^ absent}
}

// Known reports whether there is a figure.
func (o Float) Known() bool { return o.bits != 0 }

// Get returns the figure and whether there is one.
func (o Float) Get() (float64, bool) { return o.Or(0), o.bits != 0 }

// Or returns the figure, or otherwise if there is none.
func (o Float) Or(otherwise float64) float64 {
	if o.bits == 0 {
		return otherwise
	}
	return math.Float64frombits(o.bits ^ absent)
}

// String returns the figure, or "absent".
func (o Float) String() string {
	if o.bits == 0 {
		return "absent"
	}
	return strconv.FormatFloat(o.Or(0), 'g', -1, 64)
}

// MarshalJSON writes the figure, or null.
func (o Float) MarshalJSON() ([]byte, error) {
	if o.bits == 0 {
		return []byte("null"), nil
	}
	v := o.Or(0)
	if size := math.Abs(v); size != 0 && (size < 1e-6 || size >= 1e21) {
		return json.Marshal(v) // with an exponent
	}
	return strconv.AppendFloat(nil, v, 'f', -1, 64), nil
}

// UnmarshalJSON reads a figure. It reads null as absent.
func (o *Float) UnmarshalJSON(b []byte) error {
	*o = Float{}
	if string(b) == "null" {
		return nil
	}
	var v float64
	err := json.Unmarshal(b, &v)
	if err == nil {
		*o = Of(v)
	}
	return err
}

// Figure computes a figure from a value of another kind, if there is one.
func Figure[T any](o Value[T], f func(T) float64) Float {
	if !o.known {
		return Float{}
	}
	return Of(f(o.v))
}

// Map applies f to the figure, if there is one.
func Map(o Float, f func(float64) float64) Float {
	if o.bits == 0 {
		return Float{}
	}
	return Of(f(o.Or(0)))
}

// Both applies f to two figures. The result is absent if either of them is.
func Both(a, b Float, f func(a, b float64) float64) Float {
	if a.bits == 0 || b.bits == 0 {
		return Float{}
	}
	return Of(f(a.Or(0), b.Or(0)))
}

// Sum adds two figures. The result is absent if either of them is.
func Sum(a, b Float) Float {
	return Both(a, b, func(a, b float64) float64 { return a + b })
}

// Two gives two figures, and reports whether both are known.
func Two(a, b Float) (float64, float64, bool) {
	return a.Or(0), b.Or(0), a.bits != 0 && b.bits != 0
}
