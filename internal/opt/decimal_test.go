package opt

import (
	"math/rand/v2"
	"strconv"
	"testing"
)

// A number that is read without strconv is the one that strconv reads.
func TestDecimal(t *testing.T) {
	for _, s := range []string{".", "-1", "1e3", "1.2.3", "1234567890123456", "0x1", "1_0", "inf", " 1"} {
		if v, ok := Decimal(s); ok {
			t.Errorf("Decimal(%q) = %v", s, v)
		}
	}
	list := []string{"0", "0.00", "1.", ".5", "007", "999999999999999", "0.00000000000001", "99999999999999.9", "123.456"}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		s := strconv.FormatInt(rnd.Int64N(1_000_000_000_000_000)>>rnd.IntN(49), 10)
		at := rnd.IntN(len(s) + 1)
		list = append(list, s, s[:at]+"."+s[at:])
	}
	for _, s := range list {
		want, _ := strconv.ParseFloat(s, 64)
		if got, ok := Decimal(s); !ok || got != want {
			t.Errorf("Decimal(%q) = %v, %v; want %v", s, got, ok, want)
		}
	}
}
