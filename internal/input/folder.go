package input

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/limits"
)

// vendored are folders with the code of others.
var vendored = map[string]bool{"node_modules": true, "vendor": true}

// folder yields the documents of a folder and its sub-folders by name, without
// hidden ones; of a whole one at any depth, without vendored ones. No link in it is
// followed. An error names what was not read.
func (r *run) folder(path string, whole bool, yield func(*Doc, error) bool) bool {
	w := walk{run: r, whole: whole, yield: func(d *Doc, err error) bool {
		d.Found = d.Path != path
		return yield(d, err)
	}}
	var err error
	if w.root, err = realPath(path); err != nil {
		return yield(&Doc{Path: path}, plainError(path, err))
	}
	if !w.folder(path, 0) {
		return false
	}
	if !w.found {
		return yield(&Doc{Path: path}, &diag.SyntaxError{Name: path, Want: "a folder with plans, exports, a schema dump or SQL in it", Err: errors.New("the folder has no files")})
	}
	return true
}

type walk struct {
	run   *run
	whole bool // at any depth
	yield func(*Doc, error) bool
	root  string // the named folder, with links resolved
	found bool   // a file was found, or a folder that could not be read
}

func (w *walk) folder(path string, depth int) bool {
	entries, err := os.ReadDir(path)
	if err != nil {
		w.found = true
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
	switch what := limits.Special(mode); {
	case mode&fs.ModeSymlink != 0:
		return skip(w.link(path))
	case what != "":
		return skip("a " + what)
	case !mode.IsDir():
		w.found = true
		return w.run.file(path, w.yield)
	case w.whole && vendored[filepath.Base(path)]:
		return true
	case depth == limits.FolderDepth && !w.whole:
		return skip(fmt.Sprintf("sub-folders are read to depth %d", limits.FolderDepth))
	}
	return w.folder(path, depth+1)
}

// link says of a link why it is not followed.
func (w *walk) link(path string) string {
	switch real, err := realPath(path); {
	case err != nil:
		return "a link that leads nowhere"
	case visible(w.root, real):
		return "a link to what lies in the same folder"
	}
	return "a link to what lies outside of the folder or is hidden: name it to have it read"
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
