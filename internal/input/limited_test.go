package input

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgverdict/pgverdict/internal/limits"
)

// endless is a text without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// A document without an end is read up to the limit, and the documents of a run up to
// theirs. What follows is named, and nothing of it is read.
func TestEndless(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for _, name := range []string{"a.sql", "b.sql"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("select 1"), 0o666); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	var reached []string
	documents := 0
	for doc, err := range Open(append([]string{"-", "-", "-", "-", "-"}, paths...), io.MultiReader(strings.NewReader("select 1\n"), endless{})) {
		documents++
		var n int64
		if err == nil {
			n, err = io.Copy(io.Discard, doc)
		}
		if over := (*limits.Error)(nil); errors.As(err, &over) && n <= limits.Document {
			reached = append(reached, over.On)
		}
	}
	if got := strings.Join(reached, ", "); got != "a file, a file, a file, a file, all input together" || documents != 5 {
		t.Errorf("%d documents, limits reached: %s", documents, got)
	}
}

// A file of exactly the limit is whole.
func TestBounded(t *testing.T) {
	for size, want := range map[int]bool{9: true, 10: true, 11: false} {
		b := &bounded{r: strings.NewReader(strings.Repeat("x", size)), left: 10, run: &run{left: 100}}
		text, err := io.ReadAll(b)
		if (err == nil) != want || len(text) != min(size, 10) {
			t.Errorf("%d bytes: read %d, %v", size, len(text), err)
		}
	}
	text, err := io.ReadAll(&bounded{r: strings.NewReader("0123456789"), left: 10, run: &run{left: 5}})
	if string(text) != "01234" || err == nil {
		t.Errorf("of the run: %q, %v", text, err)
	}
}

// Of a line that is too long the rest is left out, whatever the size of the reads; the
// lines after it are read, and the first such line is named at the end.
func TestLongLines(t *testing.T) {
	const text = "1234\n12345\n\n123456789\n12\n123456"
	for _, size := range []int{1, 2, 3, 7, 100} {
		s := &stream{r: strings.NewReader(text), left: 1000, most: 5}
		var got bytes.Buffer
		_, err := io.CopyBuffer(struct{ io.Writer }{&got}, struct{ io.Reader }{s}, make([]byte, size))
		if got.String() != "1234\n12345\n\n12345\n12\n12345" || err == nil || !strings.HasPrefix(err.Error(), "line 4 ") {
			t.Errorf("read by %d bytes: %q, %v", size, got.String(), err)
		}
	}
	got, err := io.ReadAll(&stream{r: strings.NewReader(text), left: 11, most: 5})
	if string(got) != "1234\n12345\n" || err == nil {
		t.Errorf("of the log: %q, %v", got, err)
	}
	if got, err := io.ReadAll(&stream{r: strings.NewReader(text), left: 1000, most: 9}); string(got) != text || err != nil {
		t.Errorf("no long line: %q, %v", got, err)
	}
}

// A file can be made that decompresses to itself, without an end.
func TestPackedAgain(t *testing.T) {
	text := []byte("select 1")
	for packed := range 4 {
		for doc, err := range Open([]string{"-"}, bytes.NewReader(text)) {
			if (err == nil) != (packed <= limits.Packed) || err == nil && doc.Kind != SQL {
				t.Errorf("packed %d times: %v", packed, err)
			}
		}
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, _ = w.Write(text)
		_ = w.Close()
		text = z.Bytes()
	}
}

// What is no file is refused or left out, and never waited for.
func TestSpecialFiles(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	if err := os.Symlink(os.DevNull, filepath.Join(dir, "null")); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "x.sql"), []byte("select 1"), 0o666); err != nil {
		t.Fatal(err)
	}
	var got []string
	for doc, err := range Open([]string{dir, socket, os.DevNull}, nil) {
		what := filepath.Base(doc.Path)
		if err != nil {
			what = err.Error()[strings.LastIndexByte(err.Error(), '/')+1:]
		}
		got = append(got, what)
	}
	want := "null: skipped: a link to what lies outside of the folder or is hidden: name it to have it read\ns: skipped: a socket\nx.sql\n" +
		"s: this is a socket: expected a file, a folder or a pipe\nnull: this is a device: expected a file, a folder or a pipe"
	if strings.Join(got, "\n") != want {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}
