package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/pgverdict/pgverdict/internal/input"
)

// A terminal is told what is read, in a line that is gone at the end; anything
// else is told nothing.
func TestProgress(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		var out bytes.Buffer
		e := env{err: &out, errTTY: terminal}
		docs, done := e.watched(input.Open([]string{"-"}, strings.NewReader(plan)), time.Millisecond)
		for doc, err := range docs {
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, doc); err != nil {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond)
		}
		done()
		got := out.String()
		if terminal && (!strings.Contains(got, `reading "-", `) || !strings.HasSuffix(got, eraseLine)) || !terminal && got != "" {
			t.Errorf("terminal %v: %q", terminal, got)
		}
	}
}
