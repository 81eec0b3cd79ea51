package recon

import (
	"bytes"
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Limits on what is looked at.
const (
	deepest  = 6
	mostRead = 2000
	mostCode = 1500   // of them: the rest is for configuration
	mostSeen = 50_000 // names
	largest  = 1 << 20
)

// foreign are folders with what others wrote, or what was built.
var foreign = words("node_modules vendor .git .hg .svn .venv venv __pycache__ .tox .mypy_cache dist target .next .nuxt Pods .terraform coverage .gradle .idea .yarn .pnpm-store bower_components _build deps site-packages")

// shown are the hidden names that are looked at.
var shown = words(".github .gitlab .gitlab-ci.yml .gitlab-ci.yaml .circleci .buildkite .woodpecker .woodpecker.yml .drone.yml .travis.yml .devcontainer .husky .squawk.toml .pre-commit-config.yaml .tool-versions .mise.toml .pgverdict.yaml .sqlfluff .gitignore .overcommit.yml .lefthook.yml .sqlx .k8s .helm .docker .ci .platform .platform.app.yaml .sequelizerc .mocharc")

func words(s string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		set[w] = true
	}
	return set
}

// tree is the files of a repository. A file is read when a sign asks for it.
type tree struct {
	root    string
	files   []*file
	review  map[string]bool // relative paths of the files under review
	read    []string
	partial string
}

type file struct {
	path   string // relative, with slashes
	base   string
	size   int64
	tree   *tree
	state  int // 0: not read, 1: read, 2: cannot be
	text   string
	lower  string
	lines  []int // where they begin; found when asked for
	of     stage // if staged
	staged bool
}

// open lists the files of a folder, those near the root first.
func open(root string, review []string) (*tree, error) {
	t := &tree{root: root, review: map[string]bool{}}
	for _, path := range review {
		if rel, err := filepath.Rel(absolute(root), absolute(path)); err == nil {
			t.review[filepath.ToSlash(rel)] = true
		}
	}
	level := []string{""}
	for depth := 0; len(level) > 0; depth++ {
		var next []string
		for _, dir := range level {
			entries, err := os.ReadDir(filepath.Join(root, dir))
			if err != nil {
				if dir == "" {
					return nil, err
				}
				continue // what may not be read tells nothing
			}
			for _, e := range entries {
				path := strings.TrimPrefix(dir+"/"+e.Name(), "/")
				switch {
				case !visible(e.Name()):
				case e.IsDir():
					if !foreign[e.Name()] {
						next = append(next, path)
					}
				case len(t.files) == mostSeen:
					t.partial = "the folder has more than " + strconv.Itoa(mostSeen) + " files"
				case e.Type().IsRegular():
					t.add(path, e)
				}
			}
		}
		if depth == deepest {
			if len(next) > 0 && t.partial == "" {
				t.partial = "folders below depth " + strconv.Itoa(deepest) + " were not looked at"
			}
			break
		}
		level = next
	}
	return t, nil
}

func (t *tree) add(path string, e fs.DirEntry) {
	f := &file{path: path, base: e.Name(), tree: t}
	if info, err := e.Info(); err == nil {
		f.size = info.Size()
	}
	t.files = append(t.files, f)
}

// visible reports whether a name is looked at. Of the hidden ones only those that
// bear on a database are, and environment files.
func visible(name string) bool {
	return name[0] != '.' || shown[name] || strings.HasPrefix(name, ".env")
}

func absolute(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real
	}
	return abs
}

// many are the files of which a repository has thousands.
var many = patterns(code + " *.sql")

// content returns the text of a file; empty if it is too large, binary, or one too
// many.
func (f *file) content() string {
	if f.state == 0 {
		f.state = 2
		if f.size > largest || f.size == 0 {
			return ""
		}
		if n := len(f.tree.read); n == mostRead || n >= mostCode && f.matches(many) {
			f.tree.partial = "not all files were read: there are too many"
			return ""
		}
		text, err := os.ReadFile(filepath.Join(f.tree.root, filepath.FromSlash(f.path)))
		if err != nil || bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 {
			return ""
		}
		f.text, f.state = string(text), 1
		f.tree.read = append(f.tree.read, f.path)
	}
	return f.text
}

// line returns the number of the line at a position, and its text.
func (f *file) line(at int) (int, string) {
	if f.lines == nil {
		f.lines = []int{0}
		for i := range len(f.text) {
			if f.text[i] == '\n' {
				f.lines = append(f.lines, i+1)
			}
		}
	}
	n, _ := slices.BinarySearchFunc(f.lines, at, func(start, at int) int {
		return cmp.Or(cmp.Compare(start, at), -1)
	})
	end := len(f.text)
	if n < len(f.lines) {
		end = f.lines[n] - 1
	}
	return n, f.text[f.lines[n-1]:end]
}
