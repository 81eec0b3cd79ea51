package opt

import (
	"encoding/json"
	"math"
	"testing"
)

// A figure is known whatever it is; NaN and infinities are absent, as the zero Float is.
func TestFloat(t *testing.T) {
	for _, v := range []float64{0, math.Copysign(0, -1), 1, -1.5, 1e-320, 9e-7, 1e-6, 1e20, 1e21, math.MaxFloat64, math.Pi} {
		f := Of(v)
		if got, known := f.Get(); !known || got != v || math.Signbit(got) != math.Signbit(v) {
			t.Errorf("Of(%v).Get() = %v, %v", v, got, known)
		}
		b, err := json.Marshal(f)
		var back Float
		if err == nil {
			err = json.Unmarshal(b, &back)
		}
		if plain, _ := json.Marshal(v); string(b) != string(plain) {
			t.Errorf("%v as JSON is %s, want %s", v, b, plain)
		}
		if err != nil || back != f {
			t.Errorf("%v as JSON is %s, and is read as %v: %v", v, b, back, err)
		}
	}
	for _, f := range []Float{{}, Of(math.NaN()), Of(math.Inf(1)), Of(math.Inf(-1)), Of(-math.NaN()), Map(Float{}, math.Sqrt), Both(Of(1), Float{}, math.Max), Sum(Of(math.MaxFloat64), Of(math.MaxFloat64))} {
		if b, err := json.Marshal(f); f.Known() || f.Or(7) != 7 || string(b) != "null" || err != nil {
			t.Errorf("%v is %s in JSON: %v", f, b, err)
		}
	}
}
