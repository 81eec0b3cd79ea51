package recon

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// FuzzLook looks at a repository whose files are those of an archive: what it tells has a
// place in one of them, and the same code is read from a folder and from a diff.
func FuzzLook(f *testing.F) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		f.Fatal("no archives", err)
	}
	for _, name := range archives {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("-- a.diff --\n--- a/x.go\n+++ b/x.go\n@@ -1 +1,2 @@\n q := `SELECT a FROM t`\n+q := `DELETE FROM t`\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		root, lines := t.TempDir(), map[string]int{}
		for _, file := range txtar.Parse(b).Files {
			path := filepath.Join(root, file.Name)
			if !filepath.IsLocal(file.Name) || len(file.Name) > 100 || os.MkdirAll(filepath.Dir(path), 0o777) != nil || os.WriteFile(path, file.Data, 0o666) != nil {
				continue
			}
			lines[filepath.ToSlash(filepath.Clean(file.Name))] = strings.Count(string(file.Data), "\n") + 1
			_, _ = ReadCode(path)
		}
		r, err := Look(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range r.Items {
			if at := strings.LastIndexByte(i.Basis, ':'); at >= 0 {
				if n, err := strconv.Atoi(i.Basis[at+1:]); err == nil && lines[i.Basis[:at]] > 0 && (n < 1 || n > lines[i.Basis[:at]]) {
					t.Errorf("%+v: the file has %d lines", i, lines[i.Basis[:at]])
				}
			}
		}
		r.Lines()
		_, _ = ReadCode(root)
	})
}
