package main

import (
	"path/filepath"
	"testing"

	"github.com/pgverdict/pgverdict/internal/input"
	"github.com/pgverdict/pgverdict/internal/review"
)

// A benchmark of an input that is refused, or read as something else, measures nothing.
func TestInputsAreRead(t *testing.T) {
	for _, of := range works {
		path := filepath.Join(t.TempDir(), "input")
		n := 20
		if of.name == "auto_explain log, MB" {
			n = 1
		}
		if err := of.write(path, n); err != nil {
			t.Fatal(err)
		}
		r, errs := review.Run(input.Open([]string{path}, nil), review.Options{})
		if len(errs) > 0 || len(r.Warnings) > 0 {
			t.Errorf("%s: %v, %v", of.name, errs, r.Warnings)
		}
		for _, in := range r.Inputs {
			if len(in.Warnings) > 0 || in.Rows == 0 && in.Kind != "schema" {
				t.Errorf("%s: %+v", of.name, in)
			}
		}
		if do := baselines[of.against]; do != nil {
			if err := runBaseline([]string{of.against, path}); err != nil {
				t.Errorf("%s of %s: %v", of.against, of.name, err)
			}
		}
	}
}
