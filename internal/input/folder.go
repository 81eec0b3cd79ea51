package input

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
)

// deepest is the number of levels of sub-folders that are read. The folder of an
// incident has exports by day or by database in it.
const deepest = 3

// vendored are folders with the code of others.
var vendored = map[string]bool{"node_modules": true, "vendor": true}

// folder yields the documents of a folder and its sub-folders by name, without
// hidden ones; of a whole one at any depth, without vendored ones. An error names
// what was not read.
func folder(path string, o reach, yield func(*Doc, error) bool) bool {
	w := walk{reach: o, yield: func(d *Doc, err error) bool {
		d.Found = d.Path != path
		return yield(d, err)
	}}
	if real, err := realPath(path); err == nil {
		w.entered = append(w.entered, real)
	}
	if !w.folder(path, 0) {
		return false
	}
	if !w.found {
		return yield(&Doc{Path: path}, &diag.SyntaxError{Name: path, Want: "a folder with plans, exports, a schema dump or SQL in it", Err: errors.New("the folder has no files")})
	}
	return true
}

// reach is how far a folder is read.
type reach struct {
	whole bool   // at any depth
	below string // no link leads out of this folder, a path with links resolved; empty: any may
}

type walk struct {
	reach
	yield   func(*Doc, error) bool
	entered []string // the folders, with links resolved: a file inside of one is read once
	found   bool     // a file was found
}

func (w *walk) folder(path string, depth int) bool {
	entries, err := os.ReadDir(path)
	if err != nil {
		return w.yield(&Doc{Path: path}, plainError(path, err))
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if !w.entry(filepath.Join(path, e.Name()), e.Type(), depth) {
			return false
		}
	}
	return true
}

func (w *walk) entry(path string, mode fs.FileMode, depth int) bool {
	skip := func(why string) bool {
		return w.yield(&Doc{Path: path}, &Skipped{path, why})
	}
	if mode&fs.ModeSymlink != 0 {
		real, err := realPath(path)
		if err != nil {
			return skip("a link that leads nowhere")
		}
		if w.reads(real) {
			return skip("a link to what lies in the same folder")
		}
		if w.below != "" && !visible(w.below, real) {
			return skip("a link out of the folder that may be read")
		}
		info, err := os.Stat(real)
		if err != nil {
			return w.yield(&Doc{Path: path}, plainError(path, err))
		}
		if mode = info.Mode(); mode.IsDir() {
			w.entered = append(w.entered, real)
		}
	}
	switch {
	case !mode.IsDir():
		w.found = true
		return file(path, w.yield)
	case w.whole && vendored[filepath.Base(path)]:
		return true
	case depth == deepest && !w.whole:
		return skip("sub-folders are read to depth 3")
	}
	return w.folder(path, depth+1)
}

// reads reports whether a path is inside of a folder that is read anyway.
func (w *walk) reads(real string) bool {
	return slices.ContainsFunc(w.entered, func(dir string) bool { return visible(dir, real) })
}

// visible reports whether a path is a folder or inside of it, and neither hidden nor in
// a hidden folder there. Both have their links resolved.
func visible(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && (rel == "." || !strings.HasPrefix(rel, ".") && !strings.Contains(rel, string(filepath.Separator)+"."))
}

// realPath returns an absolute path with all links resolved.
func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// Skipped reports something in a folder that is left out on purpose.
type Skipped struct{ Path, Why string }

func (s *Skipped) Error() string { return s.Path + ": skipped: " + s.Why }
