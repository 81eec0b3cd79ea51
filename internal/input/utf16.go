package input

import (
	"bufio"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Reader reads UTF-16 as UTF-8: what PowerShell's redirection writes.
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
}

func (t *utf16Text) Read(p []byte) (int, error) {
	for len(t.pending) < len(p) {
		u, err := t.unit()
		if err != nil {
			if len(t.pending) > 0 {
				break
			}
			return 0, io.EOF
		}
		c := rune(u)
		if utf16.IsSurrogate(c) {
			low, err := t.unit()
			if err != nil {
				c = utf8.RuneError
			} else {
				c = utf16.DecodeRune(c, rune(low))
			}
		}
		if c != 0xFEFF {
			t.pending = utf8.AppendRune(t.pending, c)
		}
	}
	n := copy(p, t.pending)
	t.pending = t.pending[:copy(t.pending, t.pending[n:])]
	return n, nil
}

func (t *utf16Text) unit() (uint16, error) {
	var b [2]byte
	if _, err := io.ReadFull(t.r, b[:]); err != nil {
		return 0, err
	}
	return t.order.Uint16(b[:]), nil
}
