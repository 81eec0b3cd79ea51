package review

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/pgverdict/pgverdict/internal/report"
)

// Turn lets one review run at a time, for a program that is asked for many: each may
// take all processors and much memory.
type Turn struct {
	limit   time.Duration
	running chan struct{} // holds a value while a review runs
}

// NewTurn returns a Turn whose reviews may take the given time, waiting included.
func NewTurn(limit time.Duration) *Turn { return &Turn{limit, make(chan struct{}, 1)} }

// Run runs a review when no other one runs. A review cannot be stopped: one that takes
// too long keeps its turn until it ends. The report is nil if there was no time, or if
// the review failed.
func (t *Turn) Run(ctx context.Context, review func() (*report.Report, []error)) (*report.Report, []error) {
	ctx, cancel := context.WithTimeout(ctx, t.limit)
	defer cancel()
	select {
	case t.running <- struct{}{}:
	case <-ctx.Done():
		return nil, []error{errors.New("another review takes too long: try again later")}
	}
	type result struct {
		r    *report.Report
		errs []error
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-t.running }()
		defer func() {
			if cause := recover(); cause != nil {
				done <- result{nil, []error{fmt.Errorf("pgverdict failed on this input, which is a bug: %v\n%s", cause, debug.Stack())}}
			}
		}()
		r, errs := review()
		done <- result{r, errs}
	}()
	select {
	case x := <-done:
		return x.r, x.errs
	case <-ctx.Done():
		return nil, []error{fmt.Errorf("the review takes longer than %s: use the command instead: pgverdict FILE", t.limit)}
	}
}
