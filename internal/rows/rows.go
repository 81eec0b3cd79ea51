// Package rows reads a relation, in the dress that some client gave it, as
// named columns, row by row.
//
// Rows come as a stream: memory does not grow with the input. A record that
// cannot be read is a *diag.SyntaxError, and the next call goes on with the
// one after it. Values are the user's data: no message quotes them.
package rows

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/pgverdict/pgverdict/internal/diag"
)

// Reader gives the rows of one relation.
type Reader struct {
	name    string
	columns []string
	next    func() (Row, error)
}

// Row is one row. It is valid until the next one is asked for.
type Row struct {
	Line   int // 1-based line of the input on which it starts
	fields []field
	at     map[string]int
}

type field struct {
	value string
	null  bool
}

// Columns are the names of the header, in lower case, in their order.
func (r *Reader) Columns() []string { return r.columns }

// Next gives the next row; io.EOF at the end; a *diag.SyntaxError for a
// record that could not be read, after which Next may be called again.
func (r *Reader) Next() (Row, error) { return r.next() }

// Get gives a column's value; ok is false if there is no such column or the
// value is NULL.
func (row Row) Get(column string) (value string, ok bool) {
	i, there := row.at[column]
	if !there || row.fields[i].null {
		return "", false
	}
	return row.fields[i].value, true
}

// sniffed is how much of the input is looked at to tell its dress.
const sniffed = 64 << 10

// Open tells the dress of a relation and reads its header.
func Open(name string, r io.Reader) (*Reader, error) {
	b := bufio.NewReaderSize(r, sniffed)
	if mark, _ := b.Peek(3); bytes.Equal(mark, []byte("\ufeff")) {
		_, _ = b.Discard(3)
	}
	head, err := b.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return nil, &diag.SyntaxError{Name: name, Want: "a header line with column names", Err: errors.New("it is empty")}
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, &diag.SyntaxError{Name: name, Want: "text", Err: errors.New("it is binary")}
	}
	for _, d := range dresses {
		if d.is(head) {
			return d.open(name, b)
		}
	}
	return nil, &diag.SyntaxError{Name: name, Line: 1, Want: "a header line with column names"}
}

// Columns gives the header of what may be a relation, from its first bytes:
// what Open would find, without reading on.
func Columns(head []byte) []string {
	r, err := Open("", bytes.NewReader(head))
	if err != nil {
		return nil
	}
	return r.columns
}

// dress is a form that a relation comes in.
type dress struct {
	name string
	is   func(head []byte) bool
	open func(name string, b *bufio.Reader) (*Reader, error)
}

// dresses, the most particular first.
var dresses = []dress{
	{"csv", func(head []byte) bool { return separator(head) != 0 }, openCSV},
}

// separator is the one that the header line is written with: the most
// frequent of comma, semicolon and tab outside of quotes; 0 if none occurs.
func separator(head []byte) rune {
	line := head
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		line = head[:i]
	}
	counts := map[rune]int{}
	quoted := false
	for _, c := range string(line) {
		switch c {
		case '"':
			quoted = !quoted
		case ',', ';', '\t':
			if !quoted {
				counts[c]++
			}
		}
	}
	best := rune(0)
	for _, c := range []rune{',', '\t', ';'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

func openCSV(name string, b *bufio.Reader) (*Reader, error) {
	head, _ := b.Peek(sniffed)
	c := csv.NewReader(b)
	c.Comma = separator(head)
	c.ReuseRecord = true
	c.FieldsPerRecord = -1
	header, err := c.Read()
	if err != nil {
		return nil, &diag.SyntaxError{Name: name, Line: 1, Want: "a header line with column names", Err: plain(err)}
	}
	r := &Reader{name: name}
	at := map[string]int{}
	for i, h := range header {
		h = strings.ToLower(strings.TrimSpace(h))
		r.columns = append(r.columns, h)
		if _, twice := at[h]; !twice {
			at[h] = i
		}
	}
	row := Row{at: at, fields: make([]field, len(header))}
	r.next = func() (Row, error) {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			return Row{}, io.EOF
		}
		if err != nil {
			var pe *csv.ParseError
			if !errors.As(err, &pe) {
				return Row{}, fmt.Errorf("%s: %w", name, err)
			}
			return Row{}, &diag.SyntaxError{Name: name, Line: pe.StartLine, Want: fmt.Sprintf("a record of %d fields", len(header)), Err: pe.Err}
		}
		row.Line, _ = c.FieldPos(0)
		if len(record) != len(header) {
			return Row{}, &diag.SyntaxError{Name: name, Line: row.Line, Want: fmt.Sprintf("%d fields", len(header)), Got: fmt.Sprintf("%d", len(record))}
		}
		for i, v := range record {
			if !utf8.ValidString(v) {
				v = strings.ToValidUTF8(v, "\ufffd")
			}
			row.fields[i] = field{v, v == "" || v == `\N` || v == "NULL"}
		}
		return row, nil
	}
	return r, nil
}

// plain takes the csv package's own position off an error: ours is given.
func plain(err error) error {
	var pe *csv.ParseError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
