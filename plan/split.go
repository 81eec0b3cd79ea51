package plan

import (
	"regexp"
	"strings"
)

// Lines that a container runtime splits, because they are longer than its buffer: CRI
// marks the parts, Docker ends the last one alone with a line end.

// dockerBuffer is the length of a part of Docker's in bytes.
const dockerBuffer = 16 << 10

// criLine matches what CRI puts before a line, and whether it is a part (P) or the end
// of a line (F).
var criLine = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) ([FP]) `)

// splitLine is the parts of a line so far; empty if it is not split.
type splitLine struct{ text string }

// add adds a line, or the text of a record. It returns the whole line, or false if that
// is not read yet.
func (p *splitLine) add(text string, record bool) (string, bool) {
	rest, part, known := text, record && len(text) == dockerBuffer && !strings.HasSuffix(text, "\n"), record
	if !record && len(text) > len("2006-01-02T15:04:05") && text[10] == 'T' {
		if m := criLine.FindStringSubmatchIndex(text); m != nil {
			rest, part, known = text[m[1]:], text[m[2]] == 'P', true
		}
	}
	switch before := p.take(); {
	case before == "":
		rest = text
	case known:
		rest = before + rest
	default:
		rest = before + "\n" + text
	}
	if part {
		p.text = rest
	}
	return rest, !part
}

// take returns the parts and forgets them.
func (p *splitLine) take() string {
	text := p.text
	p.text = ""
	return text
}
