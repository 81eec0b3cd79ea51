package recon

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/limits"
)

// Object is a table, or a column of one, that a migration drops, renames or changes.
type Object struct {
	Table  string
	Column string // "": the table
}

// Use is a place in the code that seems to name an object. It is a hint and no
// proof: other tables may have a column of that name.
type Use struct {
	Object  Object
	Path    string
	Line    int
	Test    bool // only a test does
	Removed bool // a line that the diff takes out: what runs until the deploy
}

const (
	near       = 40 // lines between a column and its table
	mostUses   = 20 // of one object
	mostCoding = 20_000
)

// Code is the code that runs beside the database: a folder, or the changes of a
// release as a unified diff.
type Code struct {
	Path  string
	Files int
	Diff  bool

	sources []codeFile
}

// codeFile is a file of the code, or what a diff has of one.
type codeFile struct {
	path  string
	lines []codeLine
}

type codeLine struct {
	number  int
	text    string
	removed bool
}

// silent are files that are no code: they neither read nor write a table. Older
// migrations and descriptions of the schema name columns that are gone.
var silent = re(`(?i)\.(?:sql|md|mdx|rst|txt|lock|svg|css|scss|less|csv|tsv|map|png|jpe?g|gif|ico|pdf|woff2?|ttf|zip|gz|jar|snap|po|pot|log)$|(?:^|/)(?:schema\.rb|package-lock\.json|pnpm-lock\.yaml|go\.sum|CHANGELOG[^/]*)$|\.min\.js$|_snapshot\.json$`)

var ofTests = re(`(?i)(?:^|/)(?:tests?|spec|specs|__tests__|e2e|fixtures?|testdata|mocks?|cypress)/|(?:_test|_spec|\.test|\.spec)\.\w+$|(?:^|/)test_[^/]*$|Tests?\.\w+$`)

// ReadCode reads a folder, a file of code, or a unified diff.
func ReadCode(path string) (*Code, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	c := &Code{Path: path}
	if !info.IsDir() {
		text, err := limits.ReadFile(path, limits.Document)
		if err != nil {
			return nil, err
		}
		if c.Diff = diffHead().Match(text); c.Diff {
			c.diff(text)
		} else {
			c.add(path, text)
		}
		return c, nil
	}
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // what may not be read has no hits
		case d.IsDir() && name != path && (foreign[d.Name()] || strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case !d.Type().IsRegular():
			return nil
		case len(c.sources) == mostCoding:
			return filepath.SkipAll
		}
		rel, _ := filepath.Rel(path, name)
		rel = filepath.ToSlash(rel)
		info, err := d.Info()
		if err != nil || info.Size() > largest || silent().MatchString(rel) || kindOf(newFile(rel)) != nil {
			return nil
		}
		text, err := os.ReadFile(name)
		if err == nil && bytes.IndexByte(text[:min(len(text), 8000)], 0) < 0 {
			c.add(rel, text)
		}
		return nil
	})
	c.Files = len(c.sources)
	if err == nil && c.Files == 0 {
		err = errors.New(path + ": no code in this folder")
	}
	return c, err
}

func newFile(rel string) *file { return &file{path: rel, base: filepath.Base(rel)} }

func (c *Code) add(path string, text []byte) {
	s := codeFile{path: path}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		s.lines = append(s.lines, codeLine{n, line, false})
	}
	c.sources = append(c.sources, s)
	c.Files = len(c.sources)
}

var (
	diffHead = re(`(?m)^(?:diff --git |--- \S.*\r?\n\+\+\+ \S)`)
	hunk     = re(`^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@`)
)

// diff reads a unified diff. Lines that stay count too: they show what a change is
// near to.
func (c *Code) diff(text []byte) {
	var s *codeFile
	old, now := 0, 0
	var before string
	in := bufio.NewScanner(bytes.NewReader(text))
	in.Buffer(nil, largest)
	for in.Scan() {
		line := in.Text()
		if m := hunk().FindStringSubmatch(line); m != nil {
			old, _ = strconv.Atoi(m[1])
			now, _ = strconv.Atoi(m[2])
			continue
		}
		switch {
		case strings.HasPrefix(line, "diff --git "):
			s = nil
		case strings.HasPrefix(line, "--- "):
			before, s = nameInDiff(line), nil
		case strings.HasPrefix(line, "+++ "):
			name := nameInDiff(line)
			if name == "/dev/null" {
				name = before
			}
			if s = nil; !silent().MatchString(name) && kindOf(newFile(name)) == nil {
				c.sources = append(c.sources, codeFile{path: name})
				s = &c.sources[len(c.sources)-1]
			}
		case s == nil || line == "":
		case line[0] == '-':
			s.lines = append(s.lines, codeLine{old, line[1:], true})
			old++
		case line[0] == '+':
			s.lines = append(s.lines, codeLine{now, line[1:], false})
			now++
		case line[0] == ' ':
			s.lines = append(s.lines, codeLine{now, line[1:], false})
			old, now = old+1, now+1
		}
	}
	c.Files = len(c.sources)
}

func nameInDiff(line string) string {
	name, _, _ := strings.Cut(line[4:], "\t")
	if rest, is := strings.CutPrefix(name, "a/"); is {
		return rest
	}
	return strings.TrimPrefix(name, "b/")
}

// Uses finds the places that name objects: a table as a whole word, a column as a
// whole word near its table. Both count in the spelling of the database and in that
// of classes and fields. Those in tests come last.
func (c *Code) Uses(objects []Object) []Use {
	x := newIndex(objects)
	var uses []Use
	count := map[Object]int{}
	for i := range c.sources {
		for _, u := range x.in(&c.sources[i]) {
			if count[u.Object]++; count[u.Object] <= mostUses {
				uses = append(uses, u)
			}
		}
	}
	slices.SortStableFunc(uses, func(a, b Use) int {
		return cmp.Or(cmp.Compare(one(a.Test), one(b.Test)), cmp.Compare(one(a.Removed), one(b.Removed)))
	})
	return uses
}

// wordIndex holds the spellings of what is searched.
type wordIndex struct {
	objects []Object
	tables  map[string][]int // spelling: objects whose table it is
	columns map[string][]int
}

func newIndex(objects []Object) *wordIndex {
	x := &wordIndex{objects, map[string][]int{}, map[string][]int{}}
	for i, o := range objects {
		for _, w := range spellings(o.Table, design.InSingular(o.Table)) {
			x.tables[w] = append(x.tables[w], i)
		}
		if o.Column != "" {
			for _, w := range spellings(o.Column) {
				x.columns[w] = append(x.columns[w], i)
			}
		}
	}
	return x
}

// spellings returns names as the database, fields and classes spell them.
func spellings(names ...string) []string {
	var list []string
	for _, n := range names {
		var class strings.Builder
		for part := range strings.SplitSeq(n, "_") {
			if part != "" {
				class.WriteString(strings.ToUpper(part[:1]) + part[1:])
			}
		}
		field := class.String()
		if field != "" {
			field = strings.ToLower(field[:1]) + field[1:]
		}
		for _, w := range []string{n, field, class.String()} {
			if w != "" && !slices.Contains(list, w) {
				list = append(list, w)
			}
		}
	}
	return list
}

// mention is where a file names something, by lines from 0.
type mention struct {
	line   int
	object int
	beside bool // "table.column"
}

// in finds the uses in a file.
func (x *wordIndex) in(s *codeFile) []Use {
	tables := map[int][]int{} // object: lines
	var columns []mention
	for i, l := range s.lines {
		if comment(l.text) {
			continue
		}
		last, lastEnd := "", -1
		for at := 0; at < len(l.text); {
			if !wordByte(l.text[at]) {
				at++
				continue
			}
			end := at
			for end < len(l.text) && wordByte(l.text[end]) {
				end++
			}
			w := l.text[at:end]
			for _, o := range x.tables[w] {
				if n := tables[o]; len(n) == 0 || n[len(n)-1] != i {
					tables[o] = append(n, i)
				}
			}
			for _, o := range x.columns[w] {
				dotted := lastEnd >= 0 && strings.Trim(l.text[lastEnd:at], `."[:?!>-`+"`'") == "" && slices.Contains(x.tables[last], o)
				columns = append(columns, mention{i, o, dotted})
			}
			last, lastEnd, at = w, end, end
		}
	}
	var uses []Use
	add := func(object, line int) {
		l := s.lines[line]
		u := Use{x.objects[object], s.path, l.number, ofTests().MatchString(s.path), l.removed}
		if n := len(uses); n == 0 || uses[n-1] != u {
			uses = append(uses, u)
		}
	}
	for o := range x.objects {
		if x.objects[o].Column == "" {
			for _, line := range tables[o] {
				add(o, line)
			}
			continue
		}
		ofTable := x.names(s.path, o)
		for _, p := range columns {
			if p.object == o && (p.beside || ofTable || closeTo(tables[o], p.line)) {
				add(o, p.line)
			}
		}
	}
	return uses
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// names reports whether a file is named after the table of an object: the class of a
// table is often in a file of its own, far from the line that names the column.
func (x *wordIndex) names(path string, object int) bool {
	base, _, _ := strings.Cut(filepath.Base(path), ".")
	return slices.Contains(x.tables[base], object)
}

func closeTo(lines []int, line int) bool {
	return slices.ContainsFunc(lines, func(n int) bool { return n-line <= near && line-n <= near })
}
