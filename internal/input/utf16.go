package input

import (
	"bufio"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Reader decodes UTF-16, which PowerShell's redirection writes.
func utf16Reader(r *bufio.Reader, bigEndian bool) io.Reader {
	order := binary.ByteOrder(binary.LittleEndian)
	if bigEndian {
		order = binary.BigEndian
	}
	return &utf16Text{r: r, order: order}
}

type utf16Text struct {
	r       *bufio.Reader
	order   binary.ByteOrder
	pending []byte
	err     error // io.EOF, or why the rest cannot be read
}

func (t *utf16Text) Read(p []byte) (int, error) {
	for t.err == nil && len(t.pending) < len(p) {
		c := t.rune()
		if t.err == nil && c != 0xFEFF {
			t.pending = utf8.AppendRune(t.pending, c)
		}
	}
	if len(t.pending) == 0 {
		return 0, t.err
	}
	n := copy(p, t.pending)
	t.pending = t.pending[:copy(t.pending, t.pending[n:])]
	return n, nil
}

// rune returns the next character, unless t.err is set.
func (t *utf16Text) rune() rune {
	c := rune(t.unit())
	if !utf16.IsSurrogate(c) {
		return c
	}
	return utf16.DecodeRune(c, rune(t.unit()))
}

func (t *utf16Text) unit() uint16 {
	var b [2]byte
	if t.err == nil {
		_, t.err = io.ReadFull(t.r, b[:])
	}
	return t.order.Uint16(b[:])
}
