// Package rows reads the result of a query, in the format that some client
// printed, as named columns, row by row.
//
// Rows are a stream: memory does not grow with the input. The error of a record
// that cannot be read is a *diag.SyntaxError, and reading continues with the
// next one. Values are the user's data, so messages never quote them.
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
	"github.com/pgverdict/pgverdict/internal/mark"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// Reader reads the rows of one relation.
type Reader struct {
	name    string
	format  string
	columns []string
	next    func() (Row, error)
	source  *source
	read    int   // records, with those that could not be read
	lost    int   // records that could not be read or are missing
	first   error // the error of the first one
	ended   bool  // psql's last line was read, or nothing can be read any more
	broke   bool  // the statement failed after the rows that were read
	lends   bool  // see Lend
	above   int   // empty lines above the header, which next does not count
}

// Row is one row. It is valid until the next call of Next.
type Row struct {
	Line    int  // 1-based line of the input on which it starts
	Damaged bool // a value is not valid UTF-8 and has replacement characters
	fields  []field
	at      map[string]int
}

type field struct {
	value string
	null  bool
	lent  bool // see Reader.Lend
}

// kept returns the value for good.
func (f *field) kept() string {
	if f.lent {
		return strings.Clone(f.value)
	}
	return f.value
}

// Columns returns the names in the header, in lower case and in order.
func (r *Reader) Columns() []string { return r.columns }

// Format returns the name of the input's format.
func (r *Reader) Format() string { return r.format }

// Next returns the next row, or io.EOF at the end. After a *diag.SyntaxError,
// which reports a record that could not be read, Next can be called again.
func (r *Reader) Next() (Row, error) {
	for !r.ended {
		row, err := r.next()
		row.Line += r.above
		lower(err, r.above)
		if err == nil && row.isRest() {
			err = r.skipped(row.Line)
		}
		if err == nil {
			r.read++
			return row, nil
		}
		if r.source.end.err != nil { // the rest of the text cannot be read
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
				continue // the message continues
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

// Lend makes the values of a row valid until the next call of Next only, as far as the
// format can: most values are numbers, and a copy of a large export takes more time than
// its numbers. What Lent returns has to be copied to be kept.
func (r *Reader) Lend() { r.lends = true }

// Lost returns the number of records so far that could not be read or are
// missing although something announced them, and the first error. Lines that are
// no records, such as a prompt after the rows, do not count.
func (r *Reader) Lost() (n int, first error) { return r.lost, r.first }

// ellipsis matches a line that stands for rows which were left out.
var ellipsis = regexp.MustCompile(`(?i)^[\s|]*(?:\.\.\.|…|\(?(?:truncated|simplified|snip)|\[(?:\.\.\.|…|snip|truncated))[^|]*(?:\|[\s|.…]*)?$`)

// skipped returns the error for such a line.
func (r *Reader) skipped(line int) error {
	return &diag.SyntaxError{Name: r.name, Line: line, Want: "all rows", Err: errors.New("rows were left out here. Paste them all, or run: pgverdict export")}
}

// isRest reports whether a row stands for the rest of the rows: "… (the others)" and nothing
// in the other cells but its number.
func (row *Row) isRest() bool {
	rest := false
	for i := range row.fields {
		v := row.fields[i].value
		if v == "" {
			continue
		}
		switch c := v[0]; {
		case c == '.' && strings.HasPrefix(v, "..."), c == '\xe2' && strings.HasPrefix(v, "…"):
			rest = true
		case i == 0 && isPlainNumber(v), v == "-", v == "—", v == "–":
		default:
			return false
		}
	}
	return rest
}

// noRow is the reason why a line is not a record.
type noRow string

func (e noRow) Error() string { return string(e) }

// failedStatement is the message of a statement that failed after some rows.
type failedStatement string

func (e failedStatement) Error() string { return "the statement failed: " + string(e) }

// failure matches the error message of a failed statement as psql prints it: the
// severity in the languages of the server, or a lost connection.
var failure = regexp.MustCompile(`^(?:\\\w+: |psql:(?:\S*:\d+:)? |error: )*((?:ERROR|FATAL|PANIC|FEHLER|ERREUR|ERRORE|ERRO|FEL|CHYBA|HATA|BŁĄD|ОШИБКА|ПОМИЛКА|错误|錯誤|오류|エラー):\s.*` +
	`|(?:server closed the connection|connection to server was lost|could not receive data from server|SSL (?:SYSCALL error|connection has been closed)|lost synchronization with server).*)`)

// Failed returns the error message of a failed statement if the text begins with
// one.
func Failed(text []byte) (message string, ok bool) {
	line, _, _ := bytes.Cut(bytes.TrimSpace(text), []byte("\n"))
	if !failure.Match(line) {
		return "", false
	}
	return shown(string(line)), true
}

// shown returns a message without the data that it can quote.
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

// wrongCount is the error of a record with too many or too few fields. A whole
// line without a separator is no record: it is a prompt, a timing or a remark.
func (r *Reader) wrongCount(line, got int, separated bool) error {
	e := &diag.SyntaxError{Name: r.name, Line: line, Want: fmt.Sprintf("%d fields", len(r.columns)), Got: fmt.Sprint(got)}
	if !separated && len(r.columns) > 2 && !r.source.cut() {
		e.Err = noRow("the line is not a row")
	}
	return e
}

// source is the text that rows are read from. A read error ends the text as its
// end does, and is kept.
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

// cut reports whether the end was reached and the last line has no newline.
func (s *source) cut() bool {
	_, err := s.Peek(1)
	return err != nil && s.end.last != '\n'
}

// Clone returns a copy of the row that stays valid.
func (row Row) Clone() Row {
	row.fields = slices.Clone(row.fields)
	for i := range row.fields {
		f := &row.fields[i]
		f.value, f.lent = f.kept(), false
	}
	return row
}

// Values yields the values that are not NULL, in the order of the columns.
func (row Row) Values(yield func(value string) bool) {
	for i := range row.fields {
		if f := &row.fields[i]; !f.null && !yield(f.kept()) {
			return
		}
	}
}

// Get returns a column's value; ok is false if there is no such column or the
// value is NULL.
func (row Row) Get(column string) (value string, ok bool) {
	i, there := row.at[column]
	if !there || row.fields[i].null {
		return "", false
	}
	return row.fields[i].kept(), true
}

// At returns the position of a column for Value; ok is false if there is none.
func (row Row) At(column string) (position int, ok bool) {
	position, ok = row.at[column]
	return position, ok
}

// Value returns the value at a position; ok is false if it is NULL.
func (row Row) Value(position int) (value string, ok bool) {
	f := &row.fields[position]
	return f.kept(), !f.null
}

// Lent returns the value at a position as Value does. If the reader lends, it changes when
// the next row is read.
func (row Row) Lent(position int) (value string, ok bool) {
	f := &row.fields[position]
	return f.value, !f.null
}

// Has reports whether there is a column of that name.
func (row Row) Has(column string) bool {
	_, there := row.at[column]
	return there
}

// sniffed is the number of bytes that decide about the format.
const sniffed = 64 << 10

// Open detects the format of a relation and reads its header.
func Open(name string, r io.Reader) (*Reader, error) {
	b := newSource(r)
	if mark, _ := b.Peek(3); bytes.Equal(mark, []byte("\ufeff")) {
		_, _ = b.Discard(3)
	}
	above := skipEmpty(b)
	for range 2 { // a fence in a comment
		if dress := dressOf(b); dress != nil {
			b = newSource(dress)
		}
	}
	head, _ := b.Peek(sniffed)
	if b.end.err != nil && len(head) == 0 {
		return nil, fmt.Errorf("%s: %w", name, b.end.err)
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return nil, &diag.SyntaxError{Name: name, Want: "a header line with column names", Err: diag.Is("empty")}
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, &diag.SyntaxError{Name: name, Want: "text", Err: diag.Is("binary")}
	}
	head = bytes.TrimLeft(head, "\r\n")
	surely := isCSV(head)
	for _, d := range formats {
		if (!surely || d.name == "csv") && d.is(head) {
			opened, err := d.open(name, b)
			if err != nil {
				return nil, lower(err, above)
			}
			opened.format, opened.above = d.name, above
			return combined(inEnglish(opened)), nil
		}
	}
	return nil, &diag.SyntaxError{Name: name, Line: 1, Want: "a header line with column names"}
}

// skipEmpty passes over the empty lines at the start and returns how many there are. A result
// keeps its line in the text that it was in, which can have thousands of results.
func skipEmpty(b *source) (lines int) {
	for {
		_, _ = b.Peek(1)
		head, _ := b.Peek(b.Buffered())
		empty := head[:len(head)-len(bytes.TrimLeft(head, "\r\n"))]
		empty = empty[:bytes.LastIndexByte(empty, '\n')+1]
		if len(empty) == 0 {
			return lines
		}
		lines += bytes.Count(empty, []byte("\n"))
		_, _ = b.Discard(len(empty))
	}
}

// lower moves the place of an error down by some lines.
func lower(err error, lines int) error {
	if bad, ok := diag.As(err); ok && bad.Line > 0 {
		bad.Line += lines
	}
	return err
}

// isCSV reports whether a text begins with the header of CSV, and no rule is below it: what
// its values look like does not matter then.
func isCSV(head []byte) bool {
	first, rest, _ := bytes.Cut(head, []byte("\n"))
	second, _, _ := bytes.Cut(rest, []byte("\n"))
	return csvHeader.Match(bytes.TrimRight(first, "\r")) && !rule.Match(second)
}

// Columns returns the columns that Open would find, from the first bytes of a
// text; nil if they are no relation.
func Columns(head []byte) []string {
	r, err := Open("", bytes.NewReader(head))
	if err != nil {
		return nil
	}
	return r.columns
}

// Framed returns the columns of the first table in a text that has a frame, and so is
// none by chance; nil if there is none.
func Framed(text []byte) []string {
	for _, s := range Sections(text) {
		if columns := Columns(text[s.From:s.To]); strings.Join(columns, "") != "" {
			return columns
		}
	}
	return nil
}

// format is a format that relations are printed in. One that is framed cannot be taken for
// prose or SQL.
type format struct {
	name   string
	framed bool
	is     func(head []byte) bool
	open   func(name string, b *source) (*Reader, error)
}

// formats are tried in order, the most specific first.
var formats = []format{
	{"asciidoc", true, marked(asciidocTable, "|===="), openAsciidoc}, // its options look like JSON
	{"mediawiki", true, marked(wikiTable, "{|"), openWiki},
	{"program", true, marked(printed, "{", "Row(", "OrderedDict(", "<Record"), openProgram}, // a hash can look like JSON
	{"go", true, isGo, openGo},
	{"json", true, isJSONTable, openJSONTable},
	{"json", true, isJSON, openJSON},
	{"inserts", true, isInserts, openInserts},
	{"expanded", true, isExpanded, openExpanded},
	{"xml", true, isXML, openXML},
	{"html", true, isHTML, openHTML},
	{"latex", true, marked(latexTable, `\begin{`), openLatex},
	{"troff", true, marked(troffTable, ".TS"), openTroff},
	{"pairs", true, isPairs, openPairs},
	{"jira", true, marked(jiraHeader, "||"), openJira},
	{"pandas", true, isPandas, openPandas},
	{"aligned", true, isAligned, openAligned},
	{"columns", false, isColumns, openColumns},
	{"csv", false, func(head []byte) bool { return separator(head) != 0 }, openSeparated},
}

// marked returns a test for a format by an expression and marks: see mark.Match.
func marked(by *regexp.Regexp, marks ...string) func(head []byte) bool {
	return func(head []byte) bool { return mark.Match(head, by, marks...) }
}

// Again ends the name of a column whose name another one before it has: the name of a
// table and its size can both be called "Table".
const Again = "_again"

// newReader returns a reader of rows with the columns of a header.
func newReader(name string, b *source, header []string) (*Reader, map[string]int) {
	r := &Reader{name: name, source: b}
	at := map[string]int{}
	for i, h := range header {
		h = columnName(h)
		if _, twice := at[h]; twice && h != "" {
			h += Again
		}
		r.columns = append(r.columns, h)
		if _, twice := at[h]; !twice {
			at[h] = i
		}
	}
	return r, at
}

// columnName returns a column as the view names it. Clients qualify names (s.calls), and
// make titles of them (Total Exec Time).
func columnName(h string) string {
	h = strings.ToLower(strings.TrimSpace(h))
	if i := strings.LastIndexByte(h, '.'); i >= 0 && !strings.HasPrefix(h[i:], ".)") && !strings.Contains(h[:i], "(") {
		h = h[i+1:]
	}
	h = strings.ReplaceAll(strings.Trim(h, "\"*`▲▼△▽↑↓⬆⬇⇅ "), " ", "_") // arrows: how a page sorts
	h = spanBehind.ReplaceAllString(h, "")
	if strings.HasSuffix(h, ")") {
		h = unitBehind.ReplaceAllString(h, "_$1")
	}
	return h
}

// unitBehind matches the unit of a time in brackets behind a name.
var unitBehind = regexp.MustCompile(`_\((ms|msec|µs|us|s|sec|secs|seconds|min|mins|minutes|h|hours)\)$`)

// spanBehind matches the time in brackets behind a name for which the values are:
// idx_scan (2.2 h), calls (last 24h).
var spanBehind = regexp.MustCompile(`_\((?:(?:in|over|last|past|since)_)*\d[\d.,]*_?(?:ms|s|sec|secs|seconds|min|mins|minutes|h|hr|hrs|hours|d|days|w|weeks)\)$`)

// isNull reports whether a value is what clients print for NULL, beside nothing.
func isNull(v string) bool {
	if len(v) > len("[NULL]") || v != "" && v[0] >= '0' && v[0] <= '9' {
		return false
	}
	switch v {
	case "", `\N`, "NULL", "null", "[NULL]", "[null]", "<null>", "(null)", "∅", "None", "NaN", "nan", "NaT", "<NA>", "<nil>":
		return true
	}
	return false
}

// cell returns a value as a row keeps it.
func cell(v string) field { return field{value: v, null: isNull(v)} }

// set sets one value of the row.
func (row *Row) set(i int, v string) {
	if !utf8.ValidString(v) {
		v = strings.ToValidUTF8(v, "\ufffd")
		row.Damaged = true
	}
	row.fields[i] = cell(v)
}

// footer matches psql's last line, (3 rows), in any language.
var footer = regexp.MustCompile(`^[(（](\d+)(?: [^ ]+|개 행)[)）]\s*$`)

// end returns the error after the last row: io.EOF, or once an error if psql's
// last line counts another number of rows than were read.
func (r *Reader) end(line int, text string) error {
	counted := footer.FindStringSubmatch(text)
	if r.ended = true; counted == nil || counted[1] == strconv.Itoa(r.read) {
		return io.EOF
	}
	return &diag.SyntaxError{Name: r.name, Line: line, Want: "the " + counted[1] + " rows that psql counted", Got: strconv.Itoa(r.read)}
}
