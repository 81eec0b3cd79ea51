package plan

import (
	"io"
	"mime/quotedprintable"
	"regexp"
	"slices"
	"strings"
)

// What programs change of the blanks and arrows that show a plan's tree. The server prints
// the properties of a node six columns to the right of its arrow.

// tabStops are the widths of a tab, the usual one first.
var tabStops = [...]int{8, 4, 2, 3, 6}

// tabStopOf returns the width of the tabs at the start of the lines: with it, most
// properties are where the server prints them.
func tabStopOf(lines []line) int {
	best, most := tabStops[0], 0
	for _, width := range tabStops {
		fit, node := 0, -1
		for _, l := range lines {
			at := leadingColumn(l.text, width)
			s := strings.TrimLeft(l.text, " \t")
			switch words, arrow := cutArrow(s); {
			case arrow && hasFigures(words):
				node = at
			case node >= 0 && at == node+step:
				if name, _, colon := strings.Cut(s, ": "); colon && isKnownProperty(name) {
					fit++
				}
			}
		}
		if fit > most {
			best, most = width, fit
		}
	}
	return best
}

// leadingColumn returns the column of a line's text if a tab has a width.
func leadingColumn(s string, width int) int {
	column := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ':
			column++
		case '\t':
			column += width - column%width
		default:
			return column
		}
	}
	return column
}

// otherArrow matches what else is before the words of a node: another sign, or nothing.
var otherArrow = regexp.MustCompile(`^( *)((?:[^\w\s"'(|]{1,4} +)?)[A-Z]`)

// restoreArrows puts the arrows back before the nodes of plans that have none: a program
// removed them, or writes another sign. It does so if every node below a root lacks its
// arrow, is directly below another line of the plan, and is to the right of the root.
func restoreArrows(lines []line) ([]line, bool) {
	var nodes []int
	root, moved := -1, 0 // how far the words are to the right of the arrow's column
	for i, l := range lines {
		if !isUnreadNode(l.text) {
			continue
		}
		m := otherArrow.FindStringSubmatch(l.text)
		if m == nil {
			return lines, false
		}
		at := len(m[0]) - 1
		if _, arrow := cutArrow(m[2]); arrow || !hasFigures(l.text[at:]) {
			return lines, false
		}
		if m[2] == "" && (root < 0 || at <= root || isBlank(lines[i-1].text)) {
			root = at
			continue
		}
		if root < 0 || at <= root || isBlank(lines[i-1].text) {
			return lines, false
		}
		if i+1 < len(lines) {
			if name, _, colon := strings.Cut(strings.TrimLeft(lines[i+1].text, " "), ": "); colon && isKnownProperty(name) {
				by := at + step - indent(lines[i+1].text)
				if moved != 0 && by != moved {
					return lines, false
				}
				moved = by
			}
		}
		nodes = append(nodes, i)
	}
	if len(nodes) == 0 {
		return lines, false
	}
	if moved == 0 { // no properties: the first node below the root shows it
		moved = indent(lines[nodes[0]].text) - root - labelStep
	}
	for _, i := range nodes {
		s := lines[i].text
		m := otherArrow.FindStringSubmatch(s)
		at := len(m[0]) - 1
		if at < moved || moved < 0 {
			return lines, false
		}
		lines[i].text = strings.Repeat(" ", at-moved) + "->  " + s[at:]
	}
	return lines, true
}

// quotedEqual matches an equals sign of a plan as mails carry it.
var quotedEqual = regexp.MustCompile(`\b(?:cost|time|rows|width|loops)=3D\d`)

// decodeMail decodes the quoted-printable text of a mail's source, where a line that ends
// with = goes on in the next one.
func decodeMail(lines []line) []line {
	if !slices.ContainsFunc(lines, func(l line) bool { return quotedEqual.MatchString(l.text) }) {
		return lines
	}
	var out []line
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		for strings.HasSuffix(l.text, "=") && i+1 < len(lines) {
			i++
			l.text = strings.TrimSuffix(l.text, "=") + lines[i].text
		}
		if b, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(l.text))); err == nil {
			l.text = string(b)
		}
		out = append(out, l)
	}
	return out
}
