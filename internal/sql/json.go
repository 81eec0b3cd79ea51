package sql

import (
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/tidwall/gjson"
)

// jsonTree is a parse tree in JSON, split into its values once. A statement's tree is
// asked for some hundred fields, each of which would be searched in the text.
//
// The entries are in the order of the text, so those of a value's fields follow it
// directly. They have no pointers.
type jsonTree struct {
	text    string
	entries []jsonEntry
	columns []Column          // to gather some in
	names   map[string]string // the names that Query keeps, each once; nil: they stay part of the text
}

// jsonEntry is one value. Positions are those in the text.
type jsonEntry struct {
	name, nameEnd uint32 // of the field; the same for an element of a list
	from, to      uint32 // of the value; a string has its quotes
	after         int32  // the first entry that is not part of the value
	kind          jsonKind
}

type jsonKind uint8

const (
	jsonOther   jsonKind = iota // a number, true, false or null
	jsonString                  // without escapes
	jsonEscaped                 // a string with escapes
	jsonObject
	jsonArray
)

// Result is what a field of a node holds. The zero Result is of a field that is not
// there.
type Result struct {
	tree *jsonTree
	at   int32
}

// ParseResult reads a value in JSON, as Raw returns it.
func ParseResult(text string) Result {
	t := &jsonTree{}
	return t.read(text)
}

// read splits a text into values and returns the outermost one. The Results of the
// text that was read before are no longer valid.
func (t *jsonTree) read(text string) Result {
	t.text, t.entries = text, t.entries[:0]
	if t.value(t.blank(0), 0, 0) < 0 {
		return Result{}
	}
	return Result{t, 0}
}

// blank returns the position of the next character that is no white space.
func (t *jsonTree) blank(at int) int {
	for at < len(t.text) && (t.text[at] == ' ' || t.text[at] == '\n' || t.text[at] == '\t' || t.text[at] == '\r') {
		at++
	}
	return at
}

// value adds the value at a position and all in it, and returns its end; -1 if it has
// none.
func (t *jsonTree) value(at, name, nameEnd int) (end int) {
	if at >= len(t.text) {
		return -1
	}
	i := len(t.entries)
	t.entries = append(t.entries, jsonEntry{name: uint32(name), nameEnd: uint32(nameEnd), from: uint32(at)})
	kind := jsonOther
	switch t.text[at] {
	case '"':
		var escaped bool
		end, escaped = t.endOfString(at)
		if kind = jsonString; escaped {
			kind = jsonEscaped
		}
	case '{':
		kind, end = jsonObject, t.fields(at+1)
	case '[':
		kind, end = jsonArray, t.elements(at+1)
	default:
		end = at
		for end < len(t.text) && !endsScalar(t.text[end]) {
			end++
		}
	}
	e := &t.entries[i]
	e.kind, e.to, e.after = kind, uint32(max(end, 0)), int32(len(t.entries))
	return end
}

func endsScalar(c byte) bool {
	return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\n' || c == '\t' || c == '\r'
}

// endOfString returns the position after the string that begins at a quote.
func (t *jsonTree) endOfString(at int) (end int, escaped bool) {
	for at++; ; at++ {
		next := strings.IndexByte(t.text[at:], '"')
		if next < 0 {
			return -1, escaped
		}
		slash := strings.IndexByte(t.text[at:at+next], '\\')
		if slash < 0 {
			return at + next + 1, escaped
		}
		escaped = true
		if at += slash + 1; at >= len(t.text)-1 {
			return -1, true
		}
	}
}

func (t *jsonTree) fields(at int) (end int) {
	for {
		if at = t.blank(at); at >= len(t.text) {
			return -1
		}
		switch t.text[at] {
		case '}':
			return at + 1
		case ',':
			at++
			continue
		case '"':
		default:
			return -1
		}
		nameEnd, _ := t.endOfString(at)
		colon := t.blank(max(nameEnd, 0))
		if nameEnd < 0 || colon >= len(t.text) || t.text[colon] != ':' {
			return -1
		}
		if at = t.value(t.blank(colon+1), at+1, nameEnd-1); at < 0 {
			return -1
		}
	}
}

func (t *jsonTree) elements(at int) (end int) {
	for {
		if at = t.blank(at); at >= len(t.text) {
			return -1
		}
		switch t.text[at] {
		case ']':
			return at + 1
		case ',':
			at++
			continue
		case '}', ':':
			return -1
		}
		if at = t.value(at, 0, 0); at < 0 {
			return -1
		}
	}
}

func (r Result) entry() *jsonEntry {
	if r.tree == nil {
		return &noEntry
	}
	return &r.tree.entries[r.at]
}

var noEntry jsonEntry

// Exists reports whether the field is there.
func (r Result) Exists() bool { return r.tree != nil }

// IsObject and IsArray report what kind of value it is.
func (r Result) IsObject() bool { return r.entry().kind == jsonObject }
func (r Result) IsArray() bool  { return r.entry().kind == jsonArray }

// Raw returns the value as JSON.
func (r Result) Raw() string {
	if r.tree == nil {
		return ""
	}
	e := r.entry()
	return r.tree.text[e.from:e.to]
}

// String returns a string without quotes and escapes, and any other value as JSON.
func (r Result) String() string {
	switch r.entry().kind {
	case jsonString:
		s := r.Raw()
		return s[1 : len(s)-1]
	case jsonEscaped:
		return gjson.Parse(r.Raw()).String()
	}
	if s := r.Raw(); s != "null" {
		return s
	}
	return ""
}

// Bool reports whether the value is true.
func (r Result) Bool() bool { return r.Raw() == "true" }

// Int returns an integer; 0 for any other value.
func (r Result) Int() int64 {
	n, _ := strconv.ParseInt(r.Raw(), 10, 64)
	return n
}

// ForEach calls a function for each field of an object with its name, and for each
// element of an array, until it returns false.
func (r Result) ForEach(visit func(name string, v Result) bool) {
	if !r.IsObject() && !r.IsArray() {
		return
	}
	of := r.entry()
	for at := r.at + 1; at < of.after; {
		e := &r.tree.entries[at]
		if !visit(r.tree.text[e.name:e.nameEnd], Result{r.tree, at}) {
			return
		}
		at = e.after
	}
}

// len returns the number of fields or elements.
func (r Result) len() (n int) {
	r.ForEach(func(string, Result) bool {
		n++
		return true
	})
	return n
}

// Array returns the elements of an array.
func (r Result) Array() []Result {
	if !r.IsArray() {
		return nil
	}
	list := make([]Result, 0, r.len())
	r.ForEach(func(_ string, v Result) bool {
		list = append(list, v)
		return true
	})
	return list
}

// Get returns the value at a path of names and positions that are separated by points.
func (r Result) Get(path string) Result {
	for more := true; more && r.tree != nil; {
		var name string
		name, path, more = strings.Cut(path, ".")
		r = r.field(name)
	}
	return r
}

func (r Result) field(name string) Result {
	of := r.entry()
	switch of.kind {
	case jsonObject:
		for at := r.at + 1; at < of.after; {
			e := &r.tree.entries[at]
			if r.tree.text[e.name:e.nameEnd] == name {
				return Result{r.tree, at}
			}
			at = e.after
		}
	case jsonArray:
		n, err := strconv.Atoi(name)
		for at := r.at + 1; at < of.after && err == nil; n-- {
			if n == 0 {
				return Result{r.tree, at}
			}
			at = r.tree.entries[at].after
		}
	}
	return Result{}
}

// holds reports whether a field of that name is anywhere in the value.
func (r Result) holds(name string) bool {
	if r.tree == nil {
		return false
	}
	for _, e := range r.tree.entries[r.at+1 : r.entry().after] {
		if r.tree.text[e.name:e.nameEnd] == name {
			return true
		}
	}
	return false
}

// kept returns a string that a Query keeps. It is no part of the tree's text, which
// would stay in memory.
func (r Result) kept() string {
	s := r.String()
	if r.tree == nil || r.tree.names == nil || s == "" {
		return s
	}
	name, ok := r.tree.names[s]
	if !ok {
		name = strings.Clone(s)
		r.tree.names[name] = name
	}
	return name
}

// keptNames is the number of names after which a table of them begins anew.
const keptNames = 10_000

// jsonTrees are for statements that become a Query, which keeps nothing of the tree.
var jsonTrees = sync.Pool{New: func() any { return &jsonTree{names: map[string]string{}} }}

// withTree gives the tree of a text to a function, which must not keep it.
func withTree(text string, use func(Result)) {
	t := jsonTrees.Get().(*jsonTree)
	if len(t.names) > keptNames {
		maps.DeleteFunc(t.names, func(string, string) bool { return true })
	}
	use(t.read(text))
	t.text = ""
	jsonTrees.Put(t)
}
