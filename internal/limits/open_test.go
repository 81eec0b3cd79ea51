//go:build unix

package limits

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A pipe is read to its end once a program writes to it; without one it is given up.
func TestPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	go func() {
		if f, err := os.OpenFile(pipe, os.O_WRONLY, 0); err == nil {
			_, _ = io.WriteString(f, "select 1")
			f.Close()
		}
	}()
	if b, err := ReadFile(pipe, 100); err != nil || string(b) != "select 1" {
		t.Errorf("%q, %v", b, err)
	}
	wait = time.Millisecond
	defer func() { wait = Wait }()
	if _, err := Open(pipe); err == nil || !strings.Contains(err.Error(), "no program writes") {
		t.Errorf("without a program: %v", err)
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int64]bool{4: false, 5: true, 6: true} {
		if _, err := ReadFile(path, most); (err == nil) != want {
			t.Errorf("at most %d bytes: %v", most, err)
		}
	}
	if b, err := ReadFile(os.DevNull, 100); err != nil || len(b) > 0 {
		t.Errorf("no configuration: %q, %v", b, err)
	}
	if _, err := ReadFile("/dev/zero", 100); err == nil {
		t.Error("a device without an end was read")
	}
}
