package testcase

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "replace the copies of a file by references to the first")

// all returns the names of all cases, those with shared files first.
func all(t *testing.T) []string {
	var names []string
	for _, pattern := range []string{"shared/*", "advice/*", "rules/*/*", "server/*/*"} {
		names = append(names, Glob(t, filepath.Join("..", "..", "testdata", pattern))...)
	}
	return names
}

// A file that several cases share is written once.
func TestNoCopies(t *testing.T) {
	type place struct{ name, file string }
	first := map[string]place{} // by content
	for _, name := range all(t) {
		a, err := txtar.ParseFile(name + Ext)
		if err != nil {
			t.Fatal(err)
		}
		replaced := false
		for i, f := range a.Files {
			if strings.Contains(f.Name, " = ") {
				continue
			}
			p, known := first[string(f.Data)]
			switch {
			case !known:
				first[string(f.Data)] = place{name, f.Name}
			case *update && p.file == f.Name:
				from, err := filepath.Rel(filepath.Dir(name), p.name)
				if err != nil {
					t.Fatal(err)
				}
				a.Files[i], replaced = txtar.File{Name: f.Name + " = " + filepath.ToSlash(from)}, true
			default:
				t.Errorf("%s: %s is a copy of %s in %s (-update writes a reference)", name, f.Name, p.file, p.name)
			}
		}
		if replaced {
			if err := os.WriteFile(name+Ext, txtar.Format(a), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Every reference names a file that is there.
func TestReferences(t *testing.T) {
	for _, name := range all(t) {
		if _, err := Files(name); err != nil {
			t.Error(err)
		}
	}
}
