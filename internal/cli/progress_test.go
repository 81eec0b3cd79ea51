package cli

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pgverdict/pgverdict/internal/input"
)

// A terminal is told what is read, in a line that is gone at the end; anything
// else is told nothing.
func TestProgress(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		out := &heard{}
		e := env{err: out, errTTY: terminal}
		docs, done := e.watched(input.Open([]string{"-"}, strings.NewReader(plan)), time.Millisecond)
		for doc, err := range docs {
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, doc); err != nil {
				t.Fatal(err)
			}
			for wait := time.Millisecond; terminal && wait < 10*time.Second && !strings.Contains(out.String(), "reading"); wait *= 2 {
				time.Sleep(wait)
			}
		}
		done()
		got := out.String()
		if terminal && (!strings.Contains(got, `reading "-", `) || !strings.HasSuffix(got, eraseLine)) || !terminal && got != "" {
			t.Errorf("terminal %v: %q", terminal, got)
		}
	}
}

// heard keeps what a goroutine writes.
type heard struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (h *heard) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.out.Write(b)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.out.String()
}
