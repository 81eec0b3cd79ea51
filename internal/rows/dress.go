package rows

import (
	"bytes"
	"io"
	"strings"
)

// dressOf returns the text without what a mail or a page put around the rows: quote
// marks before all lines, or prose around a code fence. It is nil if there is nothing.
// Lines keep their numbers.
func dressOf(b *source) io.Reader {
	head, _ := b.Peek(sniffed)
	quoted, fence, lines := 0, false, 0
	for line := range bytes.Lines(head) {
		text := bytes.TrimSpace(line)
		if len(text) == 0 {
			continue
		}
		lines++
		if text[0] == '>' {
			quoted++
		}
		fence = fence || bytes.HasPrefix(text, []byte("```"))
	}
	switch {
	case lines > 1 && quoted == lines:
		return &dressed{in: b, line: func(s string) string {
			return strings.TrimPrefix(strings.TrimPrefix(strings.TrimLeft(s, " "), ">"), " ")
		}}
	case fence:
		inside, done := false, false
		return &dressed{in: b, line: func(s string) string {
			if strings.HasPrefix(strings.TrimSpace(s), "```") {
				done, inside = done || inside, !inside && !done
				return ""
			}
			if !inside {
				return ""
			}
			return s
		}}
	}
	return nil
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
