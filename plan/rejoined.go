package plan

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lines that were broken at a width together with whatever is around them: the marks of
// a mail, the strings of a program, the border of a table. Where a break is within the
// figures of a node, there is no doubt about it, and nothing needs to be known about the
// rest of the line.

// readRejoined reads the lines as they were before they were broken. If that loses
// something, they are read as they are, too, and the reading with more figures is taken.
// It reports whether lines were broken within figures.
func (d *document) readRejoined() bool {
	width := figuresBrokenAt(d.lines)
	if width == 0 {
		return false
	}
	joined := &document{lines: rejoin(slices.Clone(d.lines), width), embedded: d.embedded, asked: d.asked, unterminated: d.unterminated}
	there := countFigures(joined.lines)
	joined.readLines()
	if joined.isWhole() && figuresOf(joined.plans) >= there {
		*d = *joined
		return true
	}
	if d.readLines(); len(d.plans) == 0 || figuresOf(joined.plans) >= figuresOf(d.plans) {
		*d = *joined
	}
	if d.isWhole() {
		d.plans[0].lacks("all nodes of the plan")
	}
	return true
}

// isWhole reports whether there are plans and nothing of them was lost.
func (d *document) isWhole() bool {
	return len(d.plans) > 0 && !slices.ContainsFunc(d.plans, func(p *Plan) bool { return len(p.Warnings) > 0 })
}

// figuresBrokenAt returns the length of the lines that end within the figures of a node
// whose rest the next line begins with; 0 if there are none, or if a line is longer.
func figuresBrokenAt(lines []line) int {
	width := 0
	for i, l := range lines {
		at := strings.LastIndexByte(l.text, '(')
		if at <= strings.LastIndexByte(l.text, ')') || i+1 == len(lines) {
			continue
		}
		if loc := wholeFigures.FindStringIndex(unmarked.Replace(l.text[at:] + lines[i+1].text)); loc != nil && loc[0] == 0 {
			width = max(width, utf8.RuneCountInString(l.text))
		}
	}
	if width < minBroken || slices.ContainsFunc(lines, func(l line) bool { return len(l.text) > width && utf8.RuneCountInString(l.text) > width }) {
		return 0
	}
	return width
}

// rejoin joins the lines that fill the width with the next one. Blanks at the breaks are
// often lost, then everywhere.
func rejoin(lines []line, width int) []line {
	starts := startsOf(lines, width)
	lost := lostBlanks
	if slices.ContainsFunc(lines, func(l line) bool { return strings.HasSuffix(l.text, " ") }) {
		lost = 0
	}
	out := lines[:0]
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		for first, last := i, l.text; i+1 < len(lines) && i-first < mostParts && (!isBlank(last) || lost == 0); i++ {
			short := width - utf8.RuneCountInString(last)
			if short > lost || starts.next(l.text, lines[i+1].text) {
				break
			}
			last = lines[i+1].text
			l.text += strings.Repeat(" ", short) + last
		}
		out = append(out, l)
	}
	return out
}

// unmarked removes the escapes and the emphasis of Markdown.
var unmarked = strings.NewReplacer(`\`, "", "*", "", "_", "")

// countFigures returns how many figures of nodes the lines have.
func countFigures(lines []line) int {
	n := 0
	for _, l := range lines {
		if isUnreadNode(l.text) {
			n += len(wholeFigures.FindAllStringIndex(unmarked.Replace(l.text), -1))
		}
	}
	return n
}

// starts is what the lines of a text begin with, as far as they follow one that does not
// fill the width.
type starts struct {
	heads  map[string]int // see headAt
	mark   string         // the first character of all of them but the first, if it is a sign
	bare   bool           // most begin as the lines of a plan do
	blanks bool           // some end with blanks of their own
}

func startsOf(lines []line, width int) *starts {
	t := &starts{heads: map[string]int{}}
	bare, all, marked := 0, 0, true
	for i, l := range lines {
		short := utf8.RuneCountInString(l.text) < width
		t.blanks = t.blanks || short && strings.HasSuffix(l.text, " ") && !isBlank(l.text)
		if i > 0 && utf8.RuneCountInString(lines[i-1].text) >= width || isBlank(l.text) || isRuler(l.text) {
			continue
		}
		h := head(l.text)
		t.heads[headAt(l.text)]++
		if all++; beginsLine(l.text) {
			bare++
		}
		switch all {
		case 1: // the first one can be part of something
		case 2:
			t.mark = string([]rune(h)[:1])
		default:
			marked = marked && strings.HasPrefix(h, t.mark)
		}
	}
	t.bare = bare > all-bare
	if !marked || hasWord(t.mark) {
		t.mark = ""
	}
	return t
}

// next reports whether the line after one that fills the width is the start of another.
func (t *starts) next(s, next string) bool {
	h := head(next)
	switch {
	case isBlank(next) && t.mark == "" && !t.blanks && !isBlank(s): // where a line that is indented far begins
		return true
	case !hasWord(s) && !isRuler(s), strings.ContainsAny(t.mark, `"'`) && strings.Count(s, t.mark)%2 == 1:
		return false
	case t.mark == ":" && isKnownProperty(strings.TrimLeft(s, ": ")):
		return false
	case t.mark != "" && strings.HasPrefix(next, t.mark) && len(next) > len(t.mark):
		return true
	case !t.blanks && strings.HasSuffix(s, " "): // the server writes no blanks at the end
		return false
	case t.bare && !beginsLine(s) && beginsLine(s+next), brokenName(s, next), isBrokenNode(s, next, true) && !strings.HasPrefix(h, "->") && !strings.HasSuffix(strings.TrimRight(s, `"',;`), ")"):
		return false
	case h == "0", !hasWord(next) && t.heads[headAt(next)] < 2 && !isRuler(strings.TrimSpace(next)): // the end of a figure, a quote, a border
		return false
	case t.mark != "":
		return strings.HasPrefix(h, t.mark)
	}
	return t.heads[headAt(next)] > 1 || t.bare && (hasWord(h[:1]) || strings.HasPrefix(h, "->")) && beginsLine(next)
}

// headAt returns the head of a line and whether it is indented.
func headAt(s string) string { return strings.Repeat(" ", min(indent(s), 1)) + head(s) }

// head returns the first characters of a line that are no blanks, with all figures alike.
func head(s string) string {
	const most = 3
	var h []rune
	for _, c := range s {
		if unicode.IsDigit(c) {
			c = '0'
		}
		if c == ' ' || c == '0' && len(h) > 0 && h[len(h)-1] == '0' {
			continue
		}
		if h = append(h, c); len(h) == most {
			break
		}
	}
	return string(h)
}
