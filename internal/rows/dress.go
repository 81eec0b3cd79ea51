package rows

import (
	"bytes"
	"io"
	"strings"
)

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
			switch {
			case isFence(s):
				at++
			case at == want:
				return s
			}
			return ""
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

func isFence(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "```") }

// fencedBlock returns which part of a text between code fences has the rows: the first
// one inside of fences that is a table, or else one outside, since a copy can begin
// within a block. Rows without a frame are only in the first block.
func fencedBlock(head []byte) int {
	parts := []string{""}
	for line := range strings.Lines(string(head)) {
		if isFence(line) {
			parts = append(parts, "")
		} else {
			parts[len(parts)-1] += line
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
