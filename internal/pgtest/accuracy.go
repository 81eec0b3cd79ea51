package pgtest

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// Accuracy is what a set of pairs comes to.
type Accuracy struct {
	Errors       []float64
	Calls, Right int
}

// Add compares a predicted figure with the real one, and whether an index was
// expected to be used with whether it was.
func (a *Accuracy) Add(predicted, real float64, use, used bool) {
	a.Errors = append(a.Errors, math.Abs(predicted-real)/real)
	a.Calls++
	if use == used {
		a.Right++
	}
}

// Within is the share of the figures with no larger a relative error.
func (a *Accuracy) Within(share float64) float64 {
	n := 0
	for _, e := range a.Errors {
		if e <= share {
			n++
		}
	}
	return float64(n) / float64(len(a.Errors))
}

func (a *Accuracy) String() string {
	slices.Sort(a.Errors)
	return fmt.Sprintf("%d pairs: median error %.4f, p90 %.4f, within 5%%: %.3f, calls right %.3f", len(a.Errors), a.Errors[len(a.Errors)/2], a.Errors[len(a.Errors)*9/10],
		a.Within(0.05), float64(a.Right)/float64(a.Calls))
}

// HoldTo logs the errors of a set of predictions, and holds them to bounds.
func (a *Accuracy) HoldTo(t *testing.T, what string, least int, median, ninetieth float64) {
	t.Helper()
	slices.Sort(a.Errors)
	n := len(a.Errors)
	if n < least {
		t.Fatalf("%s: %d were compared, want %d", what, n, least)
	}
	t.Logf("%s: median error %.3f, p90 %.3f, worst %.3f of %d", what, a.Errors[n/2], a.Errors[n*9/10], a.Errors[n-1], n)
	if a.Errors[n/2] > median || a.Errors[n*9/10] > ninetieth {
		t.Errorf("%s: the model is further from the server than it may be", what)
	}
}
