package limits

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/pgverdict/pgverdict/internal/figures"
)

// wait is Wait; tests shorten it.
var wait = Wait

// Open opens a file or a pipe to be read. It refuses devices and sockets, and a pipe
// to which no program writes.
func Open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch what := Special(info.Mode()); what {
	case "":
		return os.Open(path)
	case "pipe":
		return openPipe(path)
	default:
		return nil, &fs.PathError{Op: "open", Path: path, Err: fmt.Errorf("this is a %s: expected a file, a folder or a pipe", what)}
	}
}

// Special returns what a path is that is neither a file nor a folder; else "".
func Special(mode fs.FileMode) string {
	switch {
	case mode.IsRegular() || mode.IsDir():
		return ""
	case mode&fs.ModeNamedPipe != 0:
		return "pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	}
	return "device"
}

// openPipe waits for a program that opens the other end. The goroutine of one that never
// comes lasts as long as the run.
func openPipe(path string) (*os.File, error) {
	type result struct {
		f   *os.File
		err error
	}
	opened := make(chan result, 1)
	go func() {
		f, err := os.Open(path)
		opened <- result{f, err}
	}()
	select {
	case r := <-opened:
		return r.f, r.err
	case <-time.After(wait):
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("no program writes to this pipe")}
	}
}

// ReadFile reads a file, a pipe or a device of at most that many bytes.
func ReadFile(path string, most int64) ([]byte, error) {
	open := os.Open
	if info, err := os.Stat(path); err == nil && Special(info.Mode()) == "pipe" {
		open = openPipe
	}
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadAll(path, f, most)
}

// ReadAll reads at most that many bytes. The path is for the message.
func ReadAll(path string, r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(b)) > most {
		err = &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("larger than %s", figures.Bytes(float64(most)))}
	}
	return b, err
}
