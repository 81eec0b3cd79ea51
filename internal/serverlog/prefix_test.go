package serverlog

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestISOLength compares isoLength with the expression that describes the time.
func TestISOLength(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	pieces := []string{".", ",", "5", "123", " ", " ", "Z", "+", "-", "02", "0230", ":30", "UTC", "C", "CESTX", "ABCDEF", "a", "_", "[", "é"}
	for range 300_000 {
		s := "2031-02-03 04:05:06"
		if rnd.IntN(2) == 0 {
			s = strings.Replace(s, " ", "T", 1)
		}
		for range rnd.IntN(6) {
			s += pieces[rnd.IntN(len(pieces))]
		}
		if rnd.IntN(8) == 0 {
			s = s[:rnd.IntN(len(s)+1)]
		}
		want := 0
		if m := isoTime.FindStringIndex(s); m != nil && m[0] == 0 {
			want = m[1]
		}
		if got := isoLength(s); got != want {
			t.Fatalf("%q: %d, want %d", s, got, want)
		}
	}
}

// TestClock compares the clock with timeOf.
func TestClock(t *testing.T) {
	var c clock
	for _, s := range []string{
		"2031-02-03 04:05:06 UTC", "2031-02-03 04:05:06.7 UTC", "2031-02-03 04:05:06.123456 UTC", "2031-02-03 04:05:06,5 UTC", "2031-02-03 04:05:06.5 CET", "2031-02-03T04:05:06.25Z",
		"2031-02-03T04:05:06.25+02:00", "2031-02-03 04:05:06.25+02", "2031-02-03 04:05:06.25-0330", "2031-02-03 04:05:06.250", "2031-02-31 04:05:06.25 UTC", "2031-02-31 04:05:06.26 UTC",
		"1927000000.123", "2031-02-03 04:05:06.1234567890 UTC", "2031-02-03 04:05:06.123456789 UTC", "",
	} {
		if got, want := c.read(s), timeOf(s); !got.Equal(want) || got.String() != want.String() {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
}
