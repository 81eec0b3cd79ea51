// Package input turns what the user named into documents: it opens files,
// folders and standard input, unpacks them, and tells by their content, never
// by their name, what each one holds.
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

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/schema"
)

// Kind is what a document holds.
type Kind int

const (
	Unknown Kind = iota
	Plan         // one plan or several
	Rows         // rows of a statistics view
	Schema       // a schema dump
	SQL          // statements
	Own          // what pgverdict itself wrote: a report, the script of export
)

var kindNames = [...]string{"unknown", "plan", "rows", "schema", "query", "own"}

func (k Kind) String() string { return kindNames[k] }

// Want is how a message asks for a document of the kind.
func (k Kind) Want() string {
	return [...]string{"a document", "a plan as EXPLAIN prints it", "an export of a statistics view", "a schema dump", "SQL", "a report"}[k]
}

// Doc is one document, read from its start. It must be read before the next
// one is asked for.
type Doc struct {
	io.Reader
	Path   string // as the user gave it; "-" for standard input
	Kind   Kind
	Format string
	Found  bool  // it was found in a folder, and not named
	Beside bool  // it stands among another document in the same file, which came before it; there may be nothing in it
	Reason error // why the kind is unknown, or what failed when pgverdict's script wrote it
}

// Open gives the documents of the paths, in their order: a file, each file of
// a folder and of its sub-folders, or "-" for standard input. An error stands
// for a path that could not be opened, or a folder that was left out; the
// others still come.
func Open(paths []string, stdin io.Reader) iter.Seq2[*Doc, error] {
	return func(yield func(*Doc, error) bool) {
		for _, path := range paths {
			if !open(path, stdin, yield) {
				return
			}
		}
	}
}

// OpenFS gives the documents of a file system's folder, by name.
func OpenFS(files fs.FS, dir string) iter.Seq2[*Doc, error] {
	return func(yield func(*Doc, error) bool) {
		entries, err := fs.ReadDir(files, dir)
		if err != nil {
			yield(&Doc{Path: dir}, plainError(dir, err))
			return
		}
		for _, e := range entries {
			path := dir + "/" + e.Name()
			f, err := files.Open(path)
			if err != nil {
				if !yield(&Doc{Path: path}, plainError(path, err)) {
					return
				}
				continue
			}
			goOn := document(path, f, yield)
			f.Close()
			if !goOn {
				return
			}
		}
	}
}

func open(path string, stdin io.Reader, yield func(*Doc, error) bool) bool {
	if path == "-" {
		return document("-", stdin, yield)
	}
	info, err := os.Stat(path)
	if err != nil {
		return yield(&Doc{Path: path}, plainError(path, err))
	}
	if !info.IsDir() {
		return file(path, yield)
	}
	return folder(path, yield)
}

func file(path string, yield func(*Doc, error) bool) bool {
	f, err := os.Open(path)
	if err != nil {
		return yield(&Doc{Path: path}, plainError(path, err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() && info.Mode()&fs.ModeNamedPipe == 0 {
		return yield(&Doc{Path: path}, &Skipped{path, "it is no regular file"})
	}
	return document(path, f, yield)
}

// sniffed is how much of a document is looked at to tell what it holds.
const sniffed = 256 << 10

func document(path string, r io.Reader, yield func(*Doc, error) bool) bool {
	text, err := unpack(r)
	if err != nil {
		return yield(&Doc{Path: path}, &diag.SyntaxError{Name: path, Want: "text, or gzip-compressed text", Err: err})
	}
	b := bufio.NewReaderSize(text, sniffed)
	head, err := b.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return yield(&Doc{Path: path}, &diag.SyntaxError{Name: path, Want: "text, or gzip-compressed text", Err: err})
	}
	doc := &Doc{Reader: b, Path: path}
	var own int
	doc.Kind, doc.Format, own, doc.Reason = sniff(head)
	if own >= 0 { // what follows a report is part of it
		head = head[:own]
		doc.Reader = io.LimitReader(b, int64(own))
	}
	if doc.Kind != Plan || !schema.HasPasted(head) {
		return yield(doc, nil)
	}
	// People paste the tables and the indexes with the plan. Only the start of
	// a file is looked through for them: a log may be of any size.
	head = bytes.Clone(head)
	return yield(doc, nil) && yield(&Doc{Reader: bytes.NewReader(head), Path: path, Kind: Schema, Format: "sql", Beside: true}, nil)
}

// unpack takes gzip and UTF-16 off.
func unpack(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	magic, err := b.Peek(2)
	if err != nil {
		return b, nil // shorter than any mark
	}
	switch {
	case magic[0] == 0x1f && magic[1] == 0x8b:
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, err
		}
		return unpack(z)
	case magic[0] == 0xff && magic[1] == 0xfe, magic[0] == 0xfe && magic[1] == 0xff:
		return utf16Reader(b, magic[0] == 0xfe), nil
	}
	return b, nil
}

// plainError says in one line what the system said, without Go's words.
func plainError(path string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}
