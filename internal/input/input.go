// Package input opens the files, folders and standard input that the user named,
// decompresses them, and detects what each document holds. Content decides,
// never the file name.
//
// A text can hold several results, as people paste them (session.go): readers find them, by
// their frames, by their columns, by their cells or by the lines that somebody wrote; the text
// above tells what they are of (asked.go, unnamed.go, owner.go). Whatever is read by none of
// them and looks like figures is named by its lines, in one place (account.go).
package input

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/limits"
	"github.com/pgverdict/pgverdict/internal/rows"
	"github.com/pgverdict/pgverdict/internal/schema"
	"github.com/pgverdict/pgverdict/workload"
)

// Kind is the kind of a document.
type Kind int

const (
	Unknown Kind = iota
	Plan         // one plan or several
	Rows         // rows of a statistics view
	Schema       // a schema dump
	SQL          // statements
	Log          // a server log; it may hold plans as well
	Own          // written by pgverdict: a report, or the script of export
	Other        // rows of a view or report that no rule uses
)

var kindNames = [...]string{"unknown", "plan", "rows", "schema", "query", "log", "own", "other"}

func (k Kind) String() string { return kindNames[k] }

// Want returns the words for a document of the kind in an error message.
func (k Kind) Want() string {
	return [...]string{"a document", "a plan as EXPLAIN prints it", "an export of a statistics view", "a schema dump", "SQL", "a server log", "a report", "a view"}[k]
}

// Doc is one document, to be read from its start. It must be read before the
// next one is requested.
type Doc struct {
	io.Reader
	Path   string // as the user gave it; "-" for standard input
	Kind   Kind
	Format string
	Found  bool      // found in a folder, not named by the user
	Beside bool      // definitions, statements or log lines in the same file as the document before it; may hold nothing
	Reason error     // why the kind is unknown, what failed in pgverdict's export script, or what rows of no use are
	Lost   []error   // of rows that could not be read
	At     time.Time // when psql repeated the query whose result this is (\watch); zero if the text does not tell
	// Left are the results of a session that are not read, each with its place: a line
	// for the reader.
	Left []string
}

// Open yields the documents of the paths in order: a file, each file of a folder
// and its sub-folders, or "-" for standard input. An error reports a path that
// could not be opened or a folder that was left out; the others follow.
func Open(paths []string, stdin io.Reader) iter.Seq2[*Doc, error] {
	return openAll(paths, stdin, false)
}

// OpenWhole is Open with the sub-folders at any depth, without node_modules and
// vendor.
func OpenWhole(paths []string, stdin io.Reader) iter.Seq2[*Doc, error] {
	return openAll(paths, stdin, true)
}

// OpenBelow yields the documents of paths that somebody else chose: of files and folders
// below the working directory, or this folder itself. What is hidden, what lies elsewhere
// and what a link leads to elsewhere gives an error.
func OpenBelow(paths []string, whole bool) iter.Seq2[*Doc, error] {
	return func(yield func(*Doc, error) bool) {
		r := newRun()
		below, err := realPath(".")
		for _, path := range paths {
			refused := err
			real, unknown := realPath(path)
			switch {
			case refused != nil:
			case unknown != nil && path != "-" && filepath.IsLocal(path):
				refused = plainError(path, unknown)
			case path == "-" || unknown != nil || !filepath.IsLocal(path) || !visible(below, real) || !visible(".", filepath.Clean(path)):
				refused = fmt.Errorf("%s: only files below the folder that was given to pgverdict are read, and no hidden ones", path)
			}
			if refused != nil {
				if !yield(&Doc{Path: path}, refused) {
					return
				}
				continue
			}
			if !r.open(path, nil, whole, yield) {
				return
			}
		}
	}
}

func openAll(paths []string, stdin io.Reader, whole bool) iter.Seq2[*Doc, error] {
	return func(yield func(*Doc, error) bool) {
		r := newRun()
		for _, path := range paths {
			if !r.open(path, stdin, whole, yield) {
				return
			}
		}
	}
}

// Text is a document that is held in memory.
type Text struct {
	Path    string // as messages name it
	Content []byte
}

// OpenTexts yields the documents of texts in order.
func OpenTexts(texts []Text) iter.Seq2[*Doc, error] {
	return func(yield func(*Doc, error) bool) {
		r := newRun()
		for _, t := range texts {
			if !r.document(t.Path, bytes.NewReader(t.Content), yield) {
				return
			}
		}
	}
}

// OpenFS yields the documents of a folder of a file system by name.
func OpenFS(files fs.FS, dir string) iter.Seq2[*Doc, error] {
	return func(yield func(*Doc, error) bool) {
		entries, err := fs.ReadDir(files, dir)
		if err != nil {
			yield(&Doc{Path: dir}, plainError(dir, err))
			return
		}
		r := newRun()
		for _, e := range entries {
			path := dir + "/" + e.Name()
			f, err := files.Open(path)
			if err != nil {
				if !yield(&Doc{Path: path}, plainError(path, err)) {
					return
				}
				continue
			}
			goOn := r.document(path, f, yield)
			f.Close()
			if !goOn {
				return
			}
		}
	}
}

func (r *run) open(path string, stdin io.Reader, whole bool, yield func(*Doc, error) bool) bool {
	if path == "-" {
		return r.document("-", stdin, yield)
	}
	info, err := os.Stat(path)
	if err != nil {
		path, err = noFile(path, err)
		return yield(&Doc{Path: path}, err)
	}
	if !info.IsDir() {
		return r.file(path, yield)
	}
	return r.folder(path, whole, yield)
}

func (r *run) file(path string, yield func(*Doc, error) bool) bool {
	f, err := limits.Open(path)
	if err != nil {
		return yield(&Doc{Path: path}, plainError(path, err))
	}
	defer f.Close()
	return r.document(path, f, yield)
}

// sniffed is the number of bytes that decide about the kind.
const sniffed = 256 << 10

// buffers are of documents, each of which is read before the next one is opened.
var buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, sniffed) }}

// document yields what a text holds. At the end of the run it yields what was reached,
// and stops.
func (r *run) document(path string, in io.Reader, yield func(*Doc, error) bool) bool {
	if over := r.over(); over != nil {
		yield(&Doc{Path: path}, &diag.SyntaxError{Name: path, Want: "this file and those after it", Err: over})
		return false
	}
	r.files--
	text, err := unpack(in, 0)
	if err != nil {
		return yield(&Doc{Path: path}, &diag.SyntaxError{Name: path, Want: "text, or gzip-compressed text", Err: err})
	}
	b := buffers.Get().(*bufio.Reader)
	defer buffers.Put(b)
	b.Reset(text)
	head, err := b.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return yield(&Doc{Path: path}, &diag.SyntaxError{Name: path, Want: "text, or gzip-compressed text", Err: err})
	}
	left := &results{path: path, text: head, script: head}
	if len(head) < sniffed {
		if whole := rows.Unwrap(head); whole != nil {
			head = whole
			b.Reset(bytes.NewReader(whole))
		}
		var docs []*Doc
		docs, left = session(path, head)
		for _, doc := range docs {
			if !yield(doc, nil) {
				return false
			}
		}
		if len(docs) > 0 {
			return true
		}
	}
	doc := &Doc{Path: path}
	var own int
	doc.Kind, doc.Format, own, doc.Reason = sniff(head)
	switch {
	case doc.Kind == Schema && left.described: // results beside psql's \d
		for _, line := range left.lines(left.notes) {
			doc.Left = append(doc.Left, workload.Why(line))
		}
	case doc.Kind == Schema, doc.Kind == SQL, doc.Kind == Plan:
		doc.Left = left.lines(left.familiar())
	case doc.Kind == Log:
		if list := listOf(head); list != "" {
			doc.Left = []string{path + ": not read, " + list}
		}
	case doc.Kind == Unknown && doc.Reason == nil:
		doc.Left, doc.Reason = left.refusal()
	case doc.Kind == Rows && !workload.Sniff(code(head)):
		if others, why := left.refusal(); len(others) > 0 { // else its reader says why
			doc.Kind, doc.Reason, doc.Left = Unknown, why, others
		}
	}
	if doc.Kind == Log || doc.Kind == Plan && len(head) == sniffed && workload.SniffLog(head) {
		doc.Reader = &stream{r: b, left: limits.Log, most: limits.Line}
	} else {
		doc.Reader = &bounded{b, limits.Document, r, sizeOf(in)}
	}
	if own >= 0 { // the rest is part of the report
		head = head[:own]
		doc.Reader = io.LimitReader(doc.Reader, int64(own))
	}
	if (doc.Kind == SQL || doc.Kind == Unknown) && len(head) < sniffed && workload.ShowsLog(code(head)) {
		head = bytes.Clone(head)
		log := &Doc{Reader: bytes.NewReader(head), Path: path, Kind: Log, Left: doc.Left}
		return yield(log, nil) && yield(&Doc{Reader: bytes.NewReader(shown.ReplaceAll(head, nil)), Path: path, Kind: SQL, Format: "sql", Beside: true}, nil)
	}
	if doc.Kind != Plan && doc.Kind != SQL || !schema.HasPasted(head) {
		return yield(doc, nil)
	}
	// Definitions are often pasted together with the plan or the query, or an
	// index alone. They are searched in the start of a file only, since a log can
	// have any size.
	head = bytes.Clone(head)
	return yield(doc, nil) && yield(&Doc{Reader: bytes.NewReader(head), Path: path, Kind: Schema, Format: "sql", Beside: true}, nil)
}

// shown matches what psql shows of a failed statement, and of one that did not fail.
var shown = regexp.MustCompile(`(?m)^(?:(?:psql:[^\n]*?: )?(?:ERROR|FATAL|PANIC|WARNING|DETAIL|HINT|CONTEXT|LINE \d+): .*| *\^|BEGIN|COMMIT|ROLLBACK|INSERT \d+ \d+|(?:UPDATE|DELETE|MERGE|SELECT|COPY) \d+)$`)

// sizeOf returns the size of a file, and of texts in memory; 0 if it is not known.
func sizeOf(in io.Reader) int64 {
	switch in := in.(type) {
	case fs.File:
		if info, err := in.Stat(); err == nil && info.Mode().IsRegular() {
			return info.Size()
		}
	case *bytes.Reader:
		return in.Size()
	}
	return 0
}

// unpack decompresses gzip, also within gzip, and decodes UTF-16.
func unpack(r io.Reader, packed int) (io.Reader, error) {
	b := bufio.NewReader(r)
	magic, err := b.Peek(2)
	if err != nil {
		return b, nil // shorter than any magic number
	}
	switch {
	case magic[0] == 0x1f && magic[1] == 0x8b && packed == limits.Packed:
		return nil, fmt.Errorf("compressed more than %d times: unpack it first", packed)
	case magic[0] == 0x1f && magic[1] == 0x8b:
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, err
		}
		return unpack(z, packed+1)
	case magic[0] == 0xff && magic[1] == 0xfe, magic[0] == 0xfe && magic[1] == 0xff:
		return utf16Reader(b, magic[0] == 0xfe), nil
	}
	return b, nil
}

// noFile explains a path that is none. Of SQL it keeps the first word, since the rest
// may hold data.
func noFile(path string, err error) (string, error) {
	switch words := strings.Fields(path); {
	case strings.Contains(path, "://"):
		return path, fmt.Errorf("%s: pgverdict reads files and never connects: save the plan to a file", path)
	case len(words) > 1 && isSQL([]byte(path)):
		path = words[0] + " ..."
		return path, fmt.Errorf("%s: this is SQL, not a file: save it to a file, or pipe it to pgverdict", path)
	}
	return path, plainError(path, err)
}

// plainError returns the system's message in one line, without Go's words.
func plainError(path string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}
