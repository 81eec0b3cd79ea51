package review

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pgverdict/pgverdict/internal/report"
)

// A review that never ends keeps its turn, and who waits for it is told so; one that
// fails does not.
func TestTurn(t *testing.T) {
	failed := NewTurn(time.Minute)
	for range 2 {
		r, errs := failed.Run(context.Background(), func() (*report.Report, []error) { panic("a bug") })
		if r != nil || len(errs) != 1 || !strings.Contains(errs[0].Error(), "which is a bug: a bug") {
			t.Errorf("%v %v", r, errs)
		}
	}
	endless := NewTurn(20 * time.Millisecond)
	for _, want := range []string{"the review takes longer than 20ms", "another review takes too long"} {
		r, errs := endless.Run(context.Background(), func() (*report.Report, []error) { select {} })
		if r != nil || len(errs) != 1 || !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%v %v, want %q", r, errs, want)
		}
	}
}
