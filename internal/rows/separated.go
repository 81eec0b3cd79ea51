package rows

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"
)

// separated reads the records of CSV. It takes what encoding/csv takes, with a field's
// text as a part of its record's: an export has millions of fields, most of them short.
type separated struct {
	b     *source
	comma byte
	lazy  bool // a quote can be within a field: copied cells have no quotes of CSV
	line  int  // the last one that was read
	begun int  // the line on which the record begins
	lend  bool // see Reader.Lend
	again bool // next returns the same record

	text   []byte // of the record
	parts  []part
	fields []string
}

// part is where a field is in the text of a record.
type part struct {
	from, to int
	doubled  bool // it has quotes that are written twice
}

// next returns the fields of the next record and the line on which it begins. They are
// valid until the next call. The error is io.EOF at the end, or why the record cannot be
// read, which ends with the line then.
func (c *separated) next() (fields []string, line int, err error) {
	if c.again {
		c.again = false
		return c.fields, c.begun, nil
	}
	c.text, c.parts = c.text[:0], c.parts[:0]
	for len(c.text) == 0 || c.text[0] == '\n' {
		c.text = c.text[:0]
		if !c.more() {
			return nil, c.line, io.EOF
		}
	}
	line, c.begun = c.line, c.line
	for at := 0; at >= 0; {
		if !c.lazy {
			at += blanks(c.text[at:])
		}
		if at < len(c.text) && c.text[at] == '"' {
			at, err = c.quoted(at + 1)
		} else {
			at, err = c.bare(at)
		}
		if err != nil {
			return nil, line, err
		}
	}
	for i := range c.parts {
		if p := &c.parts[i]; p.doubled {
			p.to = p.from + undoubled(c.text[p.from:p.to])
		}
	}
	text := unsafe.String(unsafe.SliceData(c.text), len(c.text))
	if !c.lend {
		text = strings.Clone(text)
	}
	c.fields = c.fields[:0]
	for _, p := range c.parts {
		c.fields = append(c.fields, text[p.from:p.to])
	}
	return c.fields, line, nil
}

// undoubled writes the quotes of a field once, in place, and returns its length.
func undoubled(text []byte) (n int) {
	for i := 0; i < len(text); i++ {
		text[n] = text[i]
		n++
		if text[i] == '"' && i+1 < len(text) && text[i+1] == '"' {
			i++
		}
	}
	return n
}

// more appends the next line to the text, with "\n" at its end. It returns false at the end
// of the input.
func (c *separated) more() bool {
	from := len(c.text)
	for {
		s, err := c.b.ReadSlice('\n')
		c.text = append(c.text, s...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		break
	}
	if len(c.text) == from {
		return false
	}
	c.line++
	if n := len(c.text); c.text[n-1] != '\n' {
		c.text = bytes.TrimSuffix(c.text, []byte("\r"))
	} else if n-from > 1 && c.text[n-2] == '\r' {
		c.text = append(c.text[:n-2], '\n')
	}
	return true
}

// blanks returns how many bytes of white space a text begins with.
func blanks(text []byte) (n int) {
	for n < len(text) {
		switch c := text[n]; {
		case c == ' ' || c >= '\t' && c <= '\r':
			n++
		case c < utf8.RuneSelf:
			return n
		default:
			r, size := utf8.DecodeRune(text[n:])
			if !unicode.IsSpace(r) {
				return n
			}
			n += size
		}
	}
	return n
}

// bare reads a field without quotes. It returns where the next one begins, or -1.
func (c *separated) bare(at int) (next int, err error) {
	p := part{from: at}
	text := c.text
	for ; at < len(text) && text[at] != c.comma; at++ { // most fields have a few bytes
		if text[at] == '"' && !c.lazy {
			return 0, csv.ErrBareQuote
		}
	}
	if p.to, next = at, at+1; at == len(text) {
		if next = -1; at > p.from && text[at-1] == '\n' {
			p.to--
		}
	}
	c.parts = append(c.parts, p)
	return next, nil
}

// quoted reads a field from the byte after its quote on, with the further lines that it
// has. It returns where the next one begins, or -1.
func (c *separated) quoted(at int) (next int, err error) {
	p := part{from: at}
	for {
		n := bytes.IndexByte(c.text[at:], '"')
		if n < 0 {
			if at = len(c.text); c.more() {
				continue
			}
			if !c.lazy {
				return 0, csv.ErrQuote
			}
			p.to = len(c.text)
			c.parts = append(c.parts, p)
			return -1, nil
		}
		at += n + 1
		switch rest := c.text[at:]; {
		case len(rest) > 0 && rest[0] == '"':
			p.doubled = true
			at++
		case len(rest) > 0 && rest[0] == c.comma:
			p.to = at - 1
			c.parts = append(c.parts, p)
			return at + 1, nil
		case len(rest) == 0 || len(rest) == 1 && rest[0] == '\n':
			p.to = at - 1
			c.parts = append(c.parts, p)
			return -1, nil
		case !c.lazy:
			return 0, csv.ErrQuote
		}
	}
}
