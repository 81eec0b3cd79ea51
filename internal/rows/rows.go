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
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// Reader gives the rows of one relation.
type Reader struct {
	name    string
	dress   string
	columns []string
	next    func() (Row, error)
	source  *source
	read    int   // records, those that could not be read among them
	lost    int   // records that could not be read, or are not there
	first   error // the first of them
	ended   bool  // psql's last line was read, or nothing can be read behind it
	broke   bool  // the statement failed behind the rows that were read
}

// Row is one row. It is valid until the next one is asked for.
type Row struct {
	Line    int  // 1-based line of the input on which it starts
	Damaged bool // a value is not valid UTF-8, and has signs in it that stand for what is not
	fields  []field
	at      map[string]int
}

type field struct {
	value string
	null  bool
}

// Columns are the names of the header, in lower case, in their order.
func (r *Reader) Columns() []string { return r.columns }

// Dress names the form that the relation came in.
func (r *Reader) Dress() string { return r.dress }

// Next gives the next row; io.EOF at the end; a *diag.SyntaxError for a
// record that could not be read, after which Next may be called again.
func (r *Reader) Next() (Row, error) {
	for !r.ended {
		row, err := r.next()
		if err == nil {
			r.read++
			return row, nil
		}
		if r.source.end.err != nil { // the text ends where it could not be read on
			r.ended = true
			err = &diag.SyntaxError{Name: r.name, Line: row.Line, Want: "the rest of the rows", Err: r.source.end.err}
		}
		bad, ok := diag.As(err)
		if !ok {
			return Row{}, err
		}
		switch bad.Err.(type) {
		case noRow:
			if r.broke {
				continue // the message goes on
			}
		case failedStatement:
			r.broke = true
			r.lose(err)
		default:
			r.lose(err)
			if !r.ended {
				r.read++
			}
		}
		return row, err
	}
	return Row{}, io.EOF
}

func (r *Reader) lose(err error) {
	if r.lost++; r.lost == 1 {
		r.first = err
	}
}

// Lost counts the records so far that could not be read, or were not there
// though something says that they were to be, and gives the first error of
// theirs. What is no record, such as a prompt behind the rows, is not among them.
func (r *Reader) Lost() (n int, first error) { return r.lost, r.first }

// noRow is why a line that is not a record is none.
type noRow string

func (e noRow) Error() string { return string(e) }

// failedStatement is the message of a statement that failed among its rows.
type failedStatement string

func (e failedStatement) Error() string { return "the statement failed: " + string(e) }

// failure is the line of a statement that failed, as psql prints it: the
// severity in the languages that the server speaks, or a connection that is gone.
var failure = regexp.MustCompile(`^(?:\\\w+: |psql:(?:\S*:\d+:)? |error: )*((?:ERROR|FATAL|PANIC|FEHLER|ERREUR|ERRORE|ERRO|FEL|CHYBA|HATA|BŁĄD|ОШИБКА|ПОМИЛКА|错误|錯誤|오류|エラー):\s.*` +
	`|(?:server closed the connection|connection to server was lost|could not receive data from server|SSL (?:SYSCALL error|connection has been closed)|lost synchronization with server).*)`)

// Failed gives the line of a text that says that a statement failed, where the
// text begins with it.
func Failed(text []byte) (message string, ok bool) {
	line, _, _ := bytes.Cut(bytes.TrimSpace(text), []byte("\n"))
	if !failure.Match(line) {
		return "", false
	}
	return shown(string(line)), true
}

// shown is the message of a failure without what it may quote of the data.
func shown(line string) string {
	const most = 120
	message := failure.FindStringSubmatch(line)[1]
	m := []rune(strings.Join(strings.Fields(redact.Literals(message)), " "))
	if len(m) > most {
		return string(m[:most-1]) + "…"
	}
	return string(m)
}

func (r *Reader) failed(line int, message string) error {
	return &diag.SyntaxError{Name: r.name, Line: line, Want: "a row", Err: failedStatement(shown(message))}
}

// wrongCount is the error of a record with too many fields, or too few. A line
// without a separator that is whole is no record: a prompt, a time, somebody's
// words.
func (r *Reader) wrongCount(line, got int, separated bool) error {
	e := &diag.SyntaxError{Name: r.name, Line: line, Want: fmt.Sprintf("%d fields", len(r.columns)), Got: fmt.Sprint(got)}
	if !separated && len(r.columns) > 2 && !r.source.cut() {
		e.Err = noRow("it is no row")
	}
	return e
}

// source is the text that rows are read from. An error ends it as its end does,
// and is kept.
type source struct {
	*bufio.Reader
	end *end
}

type end struct {
	of   io.Reader
	last byte
	err  error
}

func newSource(r io.Reader) *source {
	e := &end{of: r}
	return &source{bufio.NewReaderSize(e, sniffed), e}
}

func (e *end) Read(p []byte) (int, error) {
	n, err := e.of.Read(p)
	if n > 0 {
		e.last = p[n-1]
	}
	if err != nil && !errors.Is(err, io.EOF) {
		e.err, err = err, io.EOF
	}
	return n, err
}

// cut reports whether all was read and the last line has no end.
func (s *source) cut() bool {
	_, err := s.Peek(1)
	return err != nil && s.end.last != '\n'
}

// Clone is the row, to be kept.
func (row Row) Clone() Row {
	row.fields = slices.Clone(row.fields)
	return row
}

// Values gives the values that are there, in the order of the columns.
func (row Row) Values(yield func(value string) bool) {
	for _, f := range row.fields {
		if !f.null && !yield(f.value) {
			return
		}
	}
}

// Get gives a column's value; ok is false if there is no such column or the
// value is NULL.
func (row Row) Get(column string) (value string, ok bool) {
	i, there := row.at[column]
	if !there || row.fields[i].null {
		return "", false
	}
	return row.fields[i].value, true
}

// Has reports whether there is a column of that name, with or without a value.
func (row Row) Has(column string) bool {
	_, there := row.at[column]
	return there
}

// sniffed is how much of the input is looked at to tell its dress.
const sniffed = 64 << 10

// Open tells the dress of a relation and reads its header.
func Open(name string, r io.Reader) (*Reader, error) {
	b := newSource(r)
	if mark, _ := b.Peek(3); bytes.Equal(mark, []byte("\ufeff")) {
		_, _ = b.Discard(3)
	}
	head, _ := b.Peek(sniffed)
	if b.end.err != nil && len(head) == 0 {
		return nil, fmt.Errorf("%s: %w", name, b.end.err)
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return nil, &diag.SyntaxError{Name: name, Want: "a header line with column names", Err: errors.New("the input is empty")}
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, &diag.SyntaxError{Name: name, Want: "text", Err: errors.New("the input is binary")}
	}
	for _, d := range dresses {
		if d.is(head) {
			opened, err := d.open(name, b)
			if err == nil {
				opened.dress = d.name
			}
			return opened, err
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
	open func(name string, b *source) (*Reader, error)
}

// dresses, the most particular first.
var dresses = []dress{
	{"json", isJSON, openJSON},
	{"expanded", isExpanded, openExpanded},
	{"aligned", isAligned, openAligned},
	{"csv", func(head []byte) bool { return separator(head) != 0 }, openSeparated},
}

// newReader makes a reader of rows whose columns are known.
func newReader(name string, b *source, header []string) (*Reader, map[string]int) {
	r := &Reader{name: name, source: b}
	at := map[string]int{}
	for i, h := range header {
		h = strings.ToLower(strings.TrimSpace(h))
		r.columns = append(r.columns, h)
		if _, twice := at[h]; !twice {
			at[h] = i
		}
	}
	return r, at
}

// cell is a value as the row keeps it. What stands for NULL depends on who
// wrote the text: nothing, \N or NULL.
func cell(v string) field {
	return field{v, v == "" || v == `\N` || v == "NULL"}
}

// set sets one of the row's values.
func (row *Row) set(i int, v string) {
	if !utf8.ValidString(v) {
		v = strings.ToValidUTF8(v, "\ufffd")
		row.Damaged = true
	}
	row.fields[i] = cell(v)
}

// footer is psql's last line: (3 rows), in whatever language.
var footer = regexp.MustCompile(`^\((\d+) [^ ]+\)\s*$`)

// end is what there is to read behind the rows: nothing. Where psql's last line
// counts others than were read, some were lost on the way: that is told first.
func (r *Reader) end(line int, text string) error {
	counted := footer.FindStringSubmatch(text)
	if r.ended = true; counted == nil || counted[1] == strconv.Itoa(r.read) {
		return io.EOF
	}
	return &diag.SyntaxError{Name: r.name, Line: line, Want: "the " + counted[1] + " rows that psql counted", Got: strconv.Itoa(r.read)}
}
