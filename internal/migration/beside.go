package migration

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// beside tells what lies beside a file and above it. What was asked is kept.
type beside struct {
	there map[string]bool
	texts map[string]string
}

func newBeside() *beside { return &beside{map[string]bool{}, map[string]string{}} }

// has reports whether there is a file or folder.
func (b *beside) has(path string) bool {
	there, asked := b.there[path]
	if !asked {
		_, err := os.Stat(path)
		there = err == nil
		b.there[path] = there
	}
	return there
}

// text returns a small file; empty if there is none.
func (b *beside) text(path string) string {
	text, asked := b.texts[path]
	if !asked {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() < 1<<20 {
			read, _ := os.ReadFile(path)
			text = string(read)
		}
		b.texts[path] = text
	}
	return text
}

// climbed is how many folders above a file belong to its project.
const climbed = 6

// above returns the nearest folder, from dir upwards, that holds a name; empty if
// there is none up to the root of the repository.
func (b *beside) above(dir, name string) string {
	for range climbed {
		if b.has(filepath.Join(dir, name)) {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir || b.has(filepath.Join(dir, ".git")) {
			return ""
		}
		dir = up
	}
	return ""
}

// says reports whether the nearest file of a name, from dir upwards, contains what
// a pattern matches.
func (b *beside) says(dir, name string, pattern *regexp.Regexp) bool {
	at := b.above(dir, name)
	return at != "" && pattern.MatchString(b.text(filepath.Join(at, name)))
}

// under reports whether a path is inside of folders of these names.
func under(path, folders string) bool {
	return strings.Contains("/"+filepath.ToSlash(filepath.Dir(path))+"/", "/"+folders+"/")
}
