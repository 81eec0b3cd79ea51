package migration

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// lines finds the line of a position in a text.
type lines []int // where each line ends

func linesOf(text string) lines {
	l := make(lines, 0, 1+strings.Count(text, "\n"))
	for at := 0; ; at++ {
		n := strings.IndexByte(text[at:], '\n')
		if n < 0 {
			return l
		}
		at += n
		l = append(l, at)
	}
}

// at returns the line of a position, from 1.
func (l lines) at(pos int) int {
	n, _ := slices.BinarySearch(l, pos)
	return n + 1
}

// opening begins a template.
type opening struct {
	open, close string
	name        bool // it stands for a value or a name; otherwise for nothing
}

// openings begin what a template puts in place of SQL. None of them is SQL outside
// of a string.
var openings = []opening{
	{"${", "}", true},
	{"{{", "}}", true},
	{"<%=", "%>", true},
	{"{%", "%}", false},
	{"{#", "#}", false},
}

// plain returns a text without templates, of the same length: a name for one that
// stands for a value, blanks for the others. A name that qualifies another one is
// left out. It reports whether there was any.
func plain(text string) (string, bool) {
	if !slices.ContainsFunc(openings, func(o opening) bool { return strings.Contains(text, o.open) }) {
		return text, false
	}
	out, found := []byte(text), false
	for at := 0; at < len(text); {
		open, end := templateAt(text, at)
		if end > 0 {
			found = true
			replace(out[at:end], text[end:], open)
			if open && end < len(text) && text[end] == '.' {
				out[end] = ' '
			}
			at = end
			continue
		}
		kind, next := lex.Next(text, at)
		if kind == lex.Quoted && next < len(text) && text[next] == '.' {
			if _, end := templateAt(text, at+1); end == next-1 {
				found = true
				blank(out[at : next+1])
			}
		}
		at = next
	}
	return string(out), found
}

// templateAt returns the end of the template that begins at a position; 0 if there
// is none.
func templateAt(text string, at int) (name bool, end int) {
	if c := text[at]; c != '$' && c != '{' && c != '<' {
		return false, 0
	}
	for _, o := range openings {
		if strings.HasPrefix(text[at:], o.open) {
			if n := strings.Index(text[at:], o.close); n >= 0 {
				return o.name, at + n + len(o.close)
			}
		}
	}
	return false, 0
}

// replace puts a name, or blanks, in place of a template.
func replace(template []byte, after string, name bool) {
	var letters []byte
	for _, c := range template {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' {
			letters = append(letters, c|0x20)
		}
	}
	blank(template)
	if !name || strings.HasPrefix(after, ".") {
		return
	}
	n := copy(template, letters)
	if after != "" && (after[0] == '_' || after[0] == '$' || after[0] == '{' || after[0] >= '0' && after[0] <= '9' || after[0]|0x20 >= 'a' && after[0]|0x20 <= 'z') {
		for ; n < len(template); n++ {
			template[n] = '_'
		}
	}
}

// blank replaces a text by blanks. Its lines stay.
func blank(text []byte) {
	for i, c := range text {
		if c != '\n' {
			text[i] = ' '
		}
	}
}

// blanked returns blanks of the length and with the lines of a text.
func blanked(text string) string {
	b := []byte(text)
	blank(b)
	return string(b)
}

// withoutVariables returns a statement with names in place of the variables of psql
// and of drivers: :name, :'name', :"name".
func withoutVariables(text string) string {
	if !strings.Contains(text, ":") {
		return text
	}
	out := []byte(text)
	for at := 0; at < len(text); {
		_, next := lex.Next(text, at)
		if text[at] == ':' && next == at+1 && next < len(text) && (at == 0 || !isName(text[at-1]) && text[at-1] != ']') &&
			(isName(text[next]) || text[next] == '\'' || text[next] == '"') {
			out[at] = ' '
		}
		at = next
	}
	return string(out)
}

func isName(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}
