package recon

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"sync"
)

// sign is what tells something of a repository: a file's name, or what a file
// contains.
type sign struct {
	// files are patterns of names, separated by blanks: "*.tf db/migrate/*.rb". One
	// with slashes is compared with the end of the path.
	files string
	text  string // a regular expression; "": the name is enough
	value string // with $1 for groups of text
	weak  bool   // it is only a hint: what is said is inferred
}

// hit is where a sign was found.
type hit struct {
	file   *file
	line   int // 0: the name alone
	at     int // position in the text
	value  string
	groups []string
	weak   bool
	row    int // of the table
}

func (h hit) place() string {
	switch {
	case h.file == nil:
		return ""
	case h.line == 0:
		return h.file.path
	}
	return fmt.Sprintf("%s:%d", h.file.path, h.line)
}

func (h hit) item(kind, value string) Item {
	i := Item{kind, value, h.place(), Stated}
	if h.weak {
		i.Confidence = Inferred
	}
	return i
}

// prepared is a sign that can be searched for.
type prepared struct {
	sign
	names []pattern
	re    *regexp.Regexp
	needs []string
}

// table gives a list of signs. They are prepared when a repository is looked at: most
// runs of the command look at none, and preparing takes longer than many reviews.
type table func() []prepared

func signs(rows ...sign) table {
	return sync.OnceValue(func() []prepared {
		t := make([]prepared, len(rows))
		for i, s := range rows {
			t[i].sign = s
			for p := range strings.FieldsSeq(s.files) {
				t[i].names = append(t[i].names, newPattern(p))
			}
			if s.text != "" {
				t[i].re, t[i].needs = regexp.MustCompile(s.text), needs(s.text)
			}
		}
		return t
	})
}

// find returns what the signs of a table match, file by file. What stands in a
// comment counts for nothing, unless the comment itself is the sign.
func (t *tree) find(of table) []hit {
	var list []hit
	rows := of()
	for _, f := range t.files {
		for row := range rows {
			s := &rows[row]
			if !f.matches(s.names) {
				continue
			}
			if s.re == nil {
				list = append(list, hit{file: f, value: s.value, weak: s.weak, row: row})
				continue
			}
			text := f.content()
			if text == "" || !f.holds(s.needs) {
				continue
			}
			for _, m := range s.re.FindAllStringSubmatchIndex(text, 64) {
				match := strings.TrimLeft(text[m[0]:m[1]], " \t\r\n")
				n, line := f.line(m[1] - len(match))
				if comment(line) && !comment(match) {
					continue
				}
				h := hit{file: f, line: n, at: m[0], weak: s.weak, row: row}
				for g := 0; g < len(m); g += 2 {
					if m[g] < 0 {
						h.groups = append(h.groups, "")
					} else {
						h.groups = append(h.groups, text[m[g]:m[g+1]])
					}
				}
				h.value = string(s.re.ExpandString(nil, s.value, text, m))
				list = append(list, h)
			}
		}
	}
	return list
}

// comment reports whether a line is a comment in the languages of configuration and
// code.
func comment(line string) bool {
	line = strings.TrimSpace(line)
	for _, start := range []string{"#", "//", "--", "*", "/*", "<!--", "rem ", ";"} {
		if strings.HasPrefix(line, start) {
			return true
		}
	}
	return false
}

// pattern is a pattern of paths: the last names of a path have to match.
type pattern struct {
	last   string
	suffix string // last is "*" and this
	dirs   []string
}

func newPattern(s string) pattern {
	parts := strings.Split(s, "/")
	p := pattern{last: parts[len(parts)-1], dirs: parts[:len(parts)-1]}
	if rest, star := strings.CutPrefix(p.last, "*"); star && !strings.ContainsAny(rest, "*?[") {
		p.suffix = rest
	}
	return p
}

func (f *file) matches(patterns []pattern) bool {
	for _, p := range patterns {
		switch {
		case p.last == "*":
		case p.suffix != "":
			if !strings.HasSuffix(f.base, p.suffix) {
				continue
			}
		case p.last != f.base:
			if ok, _ := path.Match(p.last, f.base); !ok {
				continue
			}
		}
		if len(p.dirs) == 0 || f.within(p.dirs) {
			return true
		}
	}
	return false
}

// within reports whether the folders of a file end with these names.
func (f *file) within(dirs []string) bool {
	have := strings.Split(f.path, "/")
	have = have[:len(have)-1]
	if len(have) < len(dirs) {
		return false
	}
	have = have[len(have)-len(dirs):]
	for i, d := range dirs {
		if ok, _ := path.Match(d, have[i]); !ok {
			return false
		}
	}
	return true
}
