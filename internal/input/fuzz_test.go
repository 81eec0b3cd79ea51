package input

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzOpenBelow opens paths that somebody else chose: nothing is read that lies elsewhere or
// is hidden.
func FuzzOpenBelow(f *testing.F) {
	for _, path := range []string{"a.txt", "d", ".", "..", "../out.txt", "/etc/passwd", "link", "d/../../out.txt", ".hidden", "d/.h/x", "-", "d//a.txt", "./d/./a.txt", "outer/out.txt", "a.txt/", "\x00", "file:///etc/passwd"} {
		f.Add(path)
	}
	const secret = "OUTSIDE"
	root := f.TempDir()
	dir := filepath.Join(root, "in")
	for path, text := range map[string]string{"out.txt": secret, "in/a.txt": "inside", "in/d/a.txt": "inside", "in/.hidden": secret, "in/d/.h/x": secret} {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			f.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			f.Fatal(err)
		}
	}
	for link, to := range map[string]string{"link": "../out.txt", "outer": "..", "d/link": "../.hidden", "d/loop": "."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			f.Skip(err)
		}
	}
	f.Fuzz(func(t *testing.T, path string) {
		t.Chdir(dir)
		for doc, err := range OpenBelow([]string{path}, true) {
			if err != nil || doc.Reader == nil {
				continue
			}
			if b, _ := io.ReadAll(doc); strings.Contains(string(b), secret) {
				t.Errorf("%q: read %s", path, doc.Path)
			}
		}
	})
}
