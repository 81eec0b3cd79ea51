package cli

import (
	"fmt"
	"io"
	"iter"
	"sync/atomic"
	"time"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/input"
)

// patience is the time without progress messages.
const patience = 2 * time.Second

// watched passes documents on. If a run takes long, it shows on a terminal which
// document is read, and how much of it, in one line. done erases the line.
func (e env) watched(docs iter.Seq2[*input.Doc, error], every time.Duration) (of iter.Seq2[*input.Doc, error], done func()) {
	if !e.errTTY {
		return docs, func() {}
	}
	var path atomic.Value
	var read atomic.Int64
	of = func(yield func(*input.Doc, error) bool) {
		for doc, err := range docs {
			if doc != nil && doc.Reader != nil {
				read.Store(0)
				path.Store(doc.Path)
				doc.Reader = counting{doc.Reader, &read}
			}
			if !yield(doc, err) {
				return
			}
		}
		path.Store("")
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		wait, shown := every, false
		for {
			select {
			case <-stop:
				if shown {
					fmt.Fprint(e.err, eraseLine)
				}
				return
			case <-time.After(wait):
			}
			what := "analyzing"
			if p, _ := path.Load().(string); p != "" {
				what = fmt.Sprintf("reading %q, %s so far", p, figures.Bytes(float64(read.Load())))
			}
			fmt.Fprint(e.err, eraseLine+what)
			wait, shown = every/4, true
		}
	}()
	return of, func() { close(stop); <-stopped }
}

const eraseLine = "\r\x1b[K"

// counting counts the bytes that are read.
type counting struct {
	io.Reader
	read *atomic.Int64
}

func (c counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read.Add(int64(n))
	return n, err
}
