package rows

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/limits"
)

// Section is a relation in the text of a session: From and To are the offsets of its
// first line and of the line after its last one.
type Section struct{ From, To int }

// prompt matches psql's prompt before a statement.
var prompt = regexp.MustCompile(`^\S*[=\-*'"($!^][#>] `)

// verdict matches what pg:diagnose prints above each of its tables.
var verdict = regexp.MustCompile(`^(?:RED|YELLOW|GREEN|SKIPPED|UNKNOWN): `)

// Sections returns the relations in a text in which several results can follow each
// other, as a terminal shows them: tables with a rule below their header, and records.
func Sections(text []byte) []Section {
	var starts []int
	var lines []string
	at := 0
	for line := range bytes.Lines(text) {
		starts = append(starts, at)
		lines = append(lines, plainFrame(strings.TrimRight(string(line), "\r\n")))
		at += len(line)
	}
	starts = append(starts, at)
	quoted := quotedLines(lines)
	var list []Section
	done := 0 // the lines of the sections so far
	add := func(from, to int) int {
		done = to
		list = append(list, Section{starts[from], starts[to]})
		return to
	}
	ends := func(l string) bool {
		return strings.TrimSpace(l) == "" || prompt.MatchString(l) || verdict.MatchString(l)
	}
	for i := 0; i < len(lines); i++ {
		switch {
		case quoted != nil && quoted[i]:
		case record.MatchString(lines[i]):
			to := i + 1
			for to < len(lines) && !ends(lines[to]) {
				to++
			}
			i = add(i, to) - 1
		case i > 0 && strings.TrimSpace(lines[i]) == "--" && strings.HasPrefix(lines[i-1], "--"): // comments
		case i > done && !ends(lines[i-1]) && isHeader(lines[i-1], lines[i]):
			from, to := i-1, i+1
			if from > done && rule.MatchString(lines[from-1]) {
				from--
			}
			another := func(at int) bool { // table, without a line between them
				return at+1 < len(lines) && strings.Contains(lines[at+1], "---") && !strings.HasPrefix(lines[at], "--") && !strings.ContainsAny(strings.TrimSpace(lines[at+1])[:1], "+|") && isHeader(lines[at], lines[at+1]) &&
					!(again(lines[at+1], lines[i]) && counted(lines[at]))
			}
			for to < len(lines) && !ends(lines[to]) && !footer.MatchString(lines[to]) && !another(to) {
				to++
			}
			if to < len(lines) && footer.MatchString(lines[to]) {
				to++
			}
			i = add(from, to) - 1
		}
	}
	return list
}

// quotedLines tells of each line of CSV whether it is within a value that has quotes around
// it: what looks like a rule there is of the user's own comments. It is nil for other texts.
func quotedLines(lines []string) []bool {
	first := slices.IndexFunc(lines, func(l string) bool { return strings.TrimSpace(l) != "" })
	if first < 0 || !csvHeader.MatchString(lines[first]) {
		return nil
	}
	list := make([]bool, len(lines))
	within := false
	for i, l := range lines {
		list[i] = within
		within = within != (strings.Count(l, `"`)%2 == 1)
	}
	return list
}

// csvHeader matches the header of CSV.
var csvHeader = regexp.MustCompile(`^"?[A-Za-z_][\w.]*"?(?:[,;\t]"?[A-Za-z_][\w. ]*"?)+$`)

// Arrays returns the arrays of objects that are members of a JSON object, or of objects in
// it: what a program gathered of several views.
func Arrays(text []byte) []Section {
	if t := bytes.TrimSpace(text); len(t) == 0 || t[0] != '{' || !json.Valid(t) {
		return nil
	}
	var list []Section
	var members func(from, nested int)
	members = func(from, nested int) {
		d := json.NewDecoder(bytes.NewReader(text[from:]))
		_, _ = d.Token() // the brace
		for d.More() {
			_, _ = d.Token()
			var value json.RawMessage
			if d.Decode(&value) != nil {
				return
			}
			to := from + int(d.InputOffset())
			switch inside := bytes.TrimSpace(value[1:]); {
			case value[0] == '{' && nested < limits.ValueDepth:
				members(to-len(value), nested+1)
			case value[0] == '[' && inside[0] == '{':
				list = append(list, Section{to - len(value), to})
			}
		}
	}
	members(bytes.IndexByte(text, '{'), 0)
	return list
}

// mostEmbedded is how many rows of JSON in prose are looked at.
const mostEmbedded = 100

// Embedded returns the objects of JSON, and the arrays of them, that have other text before
// them on their line: a message of a program that holds rows. Their lines can be broken. An
// array can have its own lines among others.
func Embedded(text []byte) []Section {
	if t := bytes.TrimSpace(text); len(t) > 0 && (t[0] == '[' && json.Valid(t) || t[0] == '{') {
		return nil // JSON itself, or lines of it
	}
	var list []Section
	at := 0
	for tried := 0; tried < mostEmbedded; tried++ {
		i := bytes.Index(text[at:], []byte(`{"`))
		if i < 0 {
			break
		}
		from := at + i
		at = from + 1
		if array := bytes.TrimRight(text[:from], " \t\r\n"); bytes.HasSuffix(array, []byte("[")) {
			from = len(array) - 1
		}
		before := bytes.TrimSpace(text[1+bytes.LastIndexByte(text[:from], '\n') : from])
		d := json.NewDecoder(bytes.NewReader(text[from:]))
		var value json.RawMessage
		if d.Decode(&value) != nil {
			continue
		}
		at = from + int(d.InputOffset()) // the objects in it are no others
		own := len(before) == 0 && text[from] == '['
		if len(before) == 0 && !own || len(before) > 0 && (before[0] == '{' || before[0] == '[' && bytes.Count(before, []byte("[")) > bytes.Count(before, []byte("]")) || bytes.HasSuffix(before, []byte(":")) && bytes.ContainsRune(before, '"')) {
			continue // a line of JSON
		}
		list = append(list, Section{from, at})
	}
	return list
}

// Fenced returns what is in the code fences of a text.
func Fenced(text []byte) []Section {
	var list []Section
	at, from := 0, -1
	for line := range bytes.Lines(text) {
		switch opens, _, closes := cutFences(strings.TrimRight(string(line), "\r\n")); {
		case !opens && !closes:
		case from < 0:
			from = at + len(line)
		default:
			list = append(list, Section{from, at})
			from = -1
		}
		at += len(line)
	}
	return list
}

// Only returns a text in which everything but a section is blank, so that lines keep
// their numbers.
func (s Section) Only(text []byte) []byte {
	return append(bytes.Repeat([]byte("\n"), bytes.Count(text[:s.From], []byte("\n"))), text[s.From:s.To]...)
}

// With returns the rows of a section as CSV, under other names of its columns if there are
// some, and with one more column, unless it has no name, that has the same value in each of
// them. The first row keeps its line. The errors are of rows that cannot be read.
func (s Section) With(name string, text []byte, columns []string, column, value string) ([]byte, []error) {
	r, err := Open(name, bytes.NewReader(s.Only(text)))
	if err != nil {
		return nil, []error{err}
	}
	out := bytes.NewBuffer(bytes.Repeat([]byte("\n"), bytes.Count(text[:s.From], []byte("\n"))))
	w := csv.NewWriter(out)
	line := func(value string, values []string) {
		if column != "" {
			values = append([]string{value}, values...)
		}
		_ = w.Write(values) // into memory
		w.Flush()
	}
	if columns == nil {
		columns = r.columns
	}
	line(column, columns)
	out.WriteByte('\n') // for the rule
	var lost []error
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out.Bytes(), lost
		}
		if err != nil {
			if n, _ := r.Lost(); n > len(lost) { // not a remark between the rows
				lost = append(lost, err)
			}
			continue
		}
		var values []string
		for _, f := range row.fields {
			values = append(values, f.value)
		}
		line(value, values)
	}
}

// Without returns a text without sections. Their lines are empty.
func Without(text []byte, sections []Section) []byte {
	var out []byte
	at := 0
	for _, s := range sections {
		out = append(append(out, text[at:s.From]...), bytes.Repeat([]byte("\n"), bytes.Count(text[s.From:s.To], []byte("\n")))...)
		at = s.To
	}
	return append(out, text[at:]...)
}

// Blank returns a text in which sections are blank, so that offsets and lines stay the same.
func Blank(text []byte, sections []Section) []byte {
	out := bytes.Clone(text)
	for _, s := range sections {
		for i := s.From; i < s.To; i++ {
			if out[i] != '\n' {
				out[i] = ' '
			}
		}
	}
	return out
}
