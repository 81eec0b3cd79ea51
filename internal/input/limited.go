package input

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/limits"
)

// errSplit ends a document that is too large.
func errSplit(on string, most int64) error {
	return &limits.Error{On: on, Most: figures.Bytes(float64(most)), Do: "split it, or give the part that matters"}
}

// bounded reads a document that is held in memory: at most limits.Document of it, and
// at most what is left of the run.
type bounded struct {
	r    io.Reader
	left int64
	run  *run
	size int64 // of the file, which may be compressed
}

// Len returns about how many bytes there are, for a buffer that holds them.
func (b *bounded) Len() int { return int(min(b.size, b.left, b.run.left)) }

func (b *bounded) Read(p []byte) (int, error) {
	switch {
	case b.left == 0:
		return 0, ended(b.r, errSplit("a file", limits.Document))
	case b.run.left == 0:
		return 0, ended(b.r, b.run.over())
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left, b.run.left)])
	b.left, b.run.left = b.left-int64(n), b.run.left-int64(n)
	return n, err
}

// ended returns the error at a limit: io.EOF if nothing is left to read.
func ended(r io.Reader, over error) error {
	if n, err := io.ReadFull(r, make([]byte, 1)); n == 0 {
		return err
	}
	return over
}

// stream reads a server log, which is not held in memory: at most limits.Log of it, and
// of each line at most limits.Line. Of longer lines it reports the first at the end.
type stream struct {
	r    io.Reader
	left int64
	most int64 // bytes of a line
	line int64 // bytes of the line so far
	no   int   // line ends so far
	long error // a line was cut
}

func (s *stream) Read(p []byte) (int, error) {
	for {
		if s.left == 0 {
			return 0, ended(s.r, errSplit("a server log", limits.Log))
		}
		n, err := s.r.Read(p[:min(int64(len(p)), s.left)])
		s.left -= int64(n)
		if kept := s.cut(p[:n]); kept > 0 || err == nil && n == 0 {
			return kept, err
		}
		if errors.Is(err, io.EOF) && s.long != nil {
			return 0, s.long
		}
		if err != nil {
			return 0, err
		}
	}
}

// cut removes what is beyond the limit of a line and returns the length of the rest.
func (s *stream) cut(p []byte) int {
	if s.line+int64(len(p)) <= s.most { // as nearly always: no line is too long
		if end := bytes.LastIndexByte(p, '\n'); end >= 0 {
			s.no, s.line = s.no+bytes.Count(p, []byte("\n")), int64(-1-end)
		}
		s.line += int64(len(p))
		return len(p)
	}
	kept := 0
	for rest := p; len(rest) > 0; {
		part := rest
		end := bytes.IndexByte(rest, '\n')
		if end >= 0 {
			part = rest[:end]
		}
		rest = rest[len(part):]
		if room := s.most - s.line; int64(len(part)) > room {
			part = part[:room]
			if s.long == nil {
				s.long = &limits.Error{On: fmt.Sprintf("line %d", s.no+1), Most: figures.Bytes(limits.Line), Do: "the rest of it was skipped"}
			}
		}
		s.line += int64(len(part))
		kept += copy(p[kept:], part)
		if end >= 0 {
			kept += copy(p[kept:], rest[:1])
			rest, s.line, s.no = rest[1:], 0, s.no+1
		}
	}
	return kept
}

// run is what is left to read of one run.
type run struct {
	left  int64 // bytes of documents that are held in memory
	files int
}

func newRun() *run { return &run{limits.Run, limits.Files} }

// over returns the error if nothing more is read in this run; nil if there is room.
func (r *run) over() error {
	switch {
	case r.left == 0:
		return &limits.Error{On: "all input together", Most: figures.Bytes(limits.Run), Do: "give the files that matter"}
	case r.files == 0:
		return &limits.Error{On: "a folder", Most: figures.Count(limits.Files) + " files", Do: "give the files or folders that matter"}
	}
	return nil
}
