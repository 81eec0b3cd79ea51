package rows

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// A terminal breaks the lines of a wide table at its width, and a copy keeps the breaks:
// the header, the rule below it and each row are several lines.

// Unwrap returns a text with the lines of its tables joined that a terminal broke, or with
// the braces around members of a JSON object; nil if there is none.
func Unwrap(text []byte) []byte {
	if t := bytes.TrimRight(bytes.TrimSpace(text), ","); bytes.HasPrefix(t, []byte(`"`)) && bytes.ContainsRune(t, '{') {
		if whole := slices.Concat([]byte("{"), text[:bytes.LastIndex(text, t)+len(t)], []byte("}\n")); json.Valid(whole) {
			return whole
		}
	}
	if !strings.Contains(string(text), "-+-") {
		return nil
	}
	lines := strings.Split(string(text), "\n")
	var out []string
	lines, any := parted(lines)
	for i := 0; i < len(lines); i++ {
		w := brokenAt(lines, i)
		if w == nil {
			out = append(out, lines[i])
			continue
		}
		any = true
		out = append(out[:len(out)-w.parts], w.header, w.rule)
		i += w.parts
		for i < len(lines) {
			row, n := w.row(lines[i:])
			if n == 0 {
				break
			}
			out = append(out, row)
			i += n
		}
		i--
	}
	if !any {
		return nil
	}
	return []byte(strings.Join(out, "\n"))
}

// broken is a table whose lines are broken.
type broken struct {
	width        int // at which
	parts        int // of the header and of the rule
	header, rule string
	bars         []int // between the columns
}

// brokenAt returns the table whose rule begins on a line and goes on in the next one; nil
// if there is none. The bars of its header are above the crossings of the rule.
func brokenAt(lines []string, i int) *broken {
	dashes := func(i int) bool {
		return i < len(lines) && lines[i] != "" && strings.Trim(trimmed(lines[i]), "-+") == "" && strings.Contains(lines[i], "-")
	}
	if !dashes(i) || !dashes(i+1) || lines[i][0] != '-' {
		return nil
	}
	w := &broken{width: len(trimmed(lines[i]))}
	for more := true; more && dashes(i+w.parts); w.parts++ {
		piece := trimmed(lines[i+w.parts])
		w.rule += piece
		more = len(piece) == w.width
	}
	if w.parts > i {
		return nil
	}
	for _, piece := range lines[i-w.parts : i] {
		w.header += w.padded(trimmed(piece))
	}
	w.header = strings.TrimRight(w.header, " ")
	for at, c := range w.rule {
		if c == '+' {
			w.bars = append(w.bars, at)
		}
	}
	if len(w.bars) == 0 || !w.fits(w.header) {
		return nil
	}
	return w
}

func trimmed(line string) string { return strings.TrimRight(line, "\r ") }

// padded fills a piece with the blanks that a copy has lost.
func (w *broken) padded(piece string) string {
	return piece + strings.Repeat(" ", max(0, w.width-displaywidth.String(piece)))
}

// fits reports whether a line has its bars where the rule has its crossings.
func (w *broken) fits(line string) bool {
	for _, at := range w.bars {
		if i := columnAt(line, at); i >= len(line) || line[i] != '|' {
			return false
		}
	}
	return true
}

// row returns the row that begins with the first of the lines, and of how many it is; 0
// if it is none.
func (w *broken) row(lines []string) (row string, n int) {
	row, n = w.upToLast(lines)
	if n == 0 {
		return "", 0
	}
	// The last column is as long as its value, which can be broken as well, at a blank that
	// a copy loses.
	const lost = 2
	for n < len(lines) && displaywidth.String(trimmed(lines[n-1])) >= w.width-lost {
		next := trimmed(lines[n])
		if next == "" && n+1 < len(lines) && w.ends(lines[n+1:]) {
			n++ // the blank of an empty value
			break
		}
		if next == "" || w.ends(lines[n:]) {
			break
		}
		row += next
		n++
	}
	return strings.TrimRight(row, " "), n
}

// ends reports whether a row cannot go on with the first of the lines: it begins another
// one, or is the last line of the table.
func (w *broken) ends(lines []string) bool {
	_, another := w.upToLast(lines)
	return another > 0 || footer.MatchString(lines[0])
}

// upToLast joins lines up to the one in which the last column of a row begins; n is 0 if
// they are no row.
func (w *broken) upToLast(lines []string) (row string, n int) {
	last := w.bars[len(w.bars)-1]
	for displaywidth.String(row) <= last {
		if n == len(lines) || n == 0 && trimmed(lines[n]) == "" {
			return "", 0
		}
		row += w.padded(trimmed(lines[n]))
		n++
	}
	if !w.fits(row) {
		return "", 0
	}
	return row, n
}

// ruleWithin matches the rule of a table in a line of which it is a part.
var ruleWithin = regexp.MustCompile(`-+(?:\+-+)+`)

// countedWithin matches what may be the last line of a table in a line of which it is a part.
var countedWithin = regexp.MustCompile(`\(\d+ [^()|]{1,12}\)`)

// parted returns the lines of a text in which a table whose newlines were lost has its
// lines again, as pages lose them that are copied without their markup. Its query can be
// before it, and another table behind it.
func parted(lines []string) (out []string, any bool) {
	for i, line := range lines {
		at := ruleWithin.FindStringIndex(line)
		if at != nil && at[0] == 0 && i > 0 && strings.Contains(line[at[1]:], "|") && strings.Count(lines[i-1], "|") == strings.Count(line[:at[1]], "+") {
			out, any = append(out, line[:at[1]], line[at[1]:]), true // the header has its line
			continue
		}
		if at == nil || !strings.Contains(line[:at[0]], "|") {
			out = append(out, line)
			continue
		}
		query, header := "", line[:at[0]]
		if end := strings.LastIndexByte(header, ';') + 1; end > 0 {
			query, header = header[:end], header[end:]
		}
		w := broken{header: header, rule: line[at[0]:at[1]]}
		for at, c := range w.rule {
			if c == '+' {
				w.bars = append(w.bars, at)
			}
		}
		rest, behind := strings.TrimRight(line[at[1]:], " \r"), ""
		for _, f := range countedWithin.FindAllStringIndex(rest, -1) {
			next := ruleWithin.FindStringIndex(rest[f[1]:])
			if next != nil && strings.Contains(rest[f[1]:f[1]+next[0]], "|") && footer.MatchString(rest[f[0]:f[1]]) {
				rest, behind = rest[:f[1]], rest[f[1]:]
				break
			}
		}
		if strings.Count(w.header, "|") != len(w.bars) || !strings.HasPrefix(rest, " ") || !w.fits(rest) {
			out = append(out, line)
			continue
		}
		any = true
		if query != "" {
			out = append(out, query)
		}
		out = append(out, w.header, w.rule)
		counted := ""
		if f := strings.LastIndexByte(rest, '('); f > 0 && footer.MatchString(rest[f:]) {
			rest, counted = rest[:f], rest[f:]
		}
		begins := func(at int) bool { // a row, for which the longest characters have 4 bytes
			return rest[at] == ' ' && w.fits(rest[at:min(at+4*len(w.rule), len(rest))])
		}
		last := w.bars[len(w.bars)-1]
		for from := 0; from < len(rest); {
			to := min(from+last+1, len(rest))
			for to < len(rest) && !begins(to) {
				to++
			}
			out = append(out, rest[from:to])
			from = to
		}
		if counted != "" {
			out = append(out, counted)
		}
		if behind != "" {
			others, _ := parted([]string{behind})
			out = append(out, others...)
		}
	}
	return out, any
}
