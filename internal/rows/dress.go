package rows

import (
	"bytes"
	"io"
	"regexp"
	"strings"
)

var separatorLine = regexp.MustCompile(`^(?i)sep=.\s*$`)

// commentMarks begin the lines of a table that was put into a comment.
var commentMarks = [...]string{"--", "#", "//", "*"}

// dressOf returns the text without what a mail or a page put around the rows: quote or
// comment marks before the lines, or prose around a code fence. It is nil if there is
// nothing. Lines keep their numbers.
func dressOf(b *source) io.Reader {
	head, _ := b.Peek(sniffed)
	quoted, lines := 0, 0
	for line := range bytes.Lines(head) {
		text := bytes.TrimSpace(line)
		if len(text) == 0 {
			continue
		}
		lines++
		if text[0] == '>' {
			quoted++
		}
	}
	switch {
	case lines > 1 && quoted == lines:
		return &dressed{in: b, line: func(s string) string {
			return strings.TrimPrefix(strings.TrimPrefix(strings.TrimLeft(s, " "), ">"), " ")
		}}
	case bytes.Contains(head, []byte("```")):
		want, at := fencedBlock(head), 0
		return &dressed{in: b, line: func(s string) string {
			opens, text, closes := cutFences(s)
			if opens {
				at++
			}
			if at != want {
				text = ""
			}
			if closes {
				at++
			}
			return text
		}}
	}
	if first, _, _ := bytes.Cut(head, []byte("\n")); separatorLine.Match(first) { // for Excel
		begun := false
		return &dressed{in: b, line: func(s string) string {
			if !begun {
				begun, s = true, ""
			}
			return s
		}}
	}
	for _, mark := range commentMarks {
		line := func(s string) string {
			s, is := strings.CutPrefix(strings.TrimLeft(s, " \t"), mark)
			if !is {
				return ""
			}
			return strings.TrimPrefix(s, " ")
		}
		if bytes.Count(head, []byte("\n"+mark)) == 0 {
			continue
		}
		var inside strings.Builder
		for s := range strings.Lines(string(head)) {
			inside.WriteString(line(strings.TrimRight(s, "\r\n")) + "\n")
		}
		if isAligned([]byte(inside.String())) {
			return &dressed{in: b, line: line}
		}
	}
	return nil
}

// cutFences returns a line without the code fences before and after it. The name of a
// language behind a fence belongs to the fence.
func cutFences(line string) (opens bool, text string, closes bool) {
	const fence = "```"
	text, opens = strings.CutPrefix(strings.TrimLeft(line, " "), fence)
	if !opens {
		text = line
	} else if !strings.ContainsAny(text, "|,;\t") {
		return true, "", false
	}
	if cut, ok := strings.CutSuffix(strings.TrimRight(text, " "), fence); ok {
		return opens, cut, true
	}
	return opens, text, false
}

// fencedBlock returns which part of a text between code fences has the rows: the first
// one inside of fences that is a table, or else one outside, since a copy can begin
// within a block. Rows without a frame are only in the first block.
func fencedBlock(head []byte) int {
	parts := []string{""}
	for line := range strings.Lines(string(head)) {
		opens, text, closes := cutFences(strings.TrimRight(line, "\r\n"))
		if opens {
			parts = append(parts, "")
		}
		parts[len(parts)-1] += text + "\n"
		if closes {
			parts = append(parts, "")
		}
	}
	for _, first := range [...]int{1, 0} {
		for i := first; i < len(parts); i += 2 {
			for _, f := range formats {
				if f.framed && f.is([]byte(parts[i])) {
					return i
				}
			}
		}
	}
	return 1
}

// dressed changes the lines of a text. An empty line at its start is left out by the
// reader of the format.
type dressed struct {
	in   *source
	line func(s string) string
	out  []byte
}

func (d *dressed) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		s, err := d.in.ReadString('\n')
		if s == "" {
			return 0, err
		}
		end := ""
		if strings.HasSuffix(s, "\n") {
			end = "\n"
		}
		text := d.line(strings.TrimRight(s, "\r\n"))
		d.out = append(d.out, text+end...)
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}
