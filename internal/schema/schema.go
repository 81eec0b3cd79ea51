// Package schema reads a schema dump, as pg_dump -s writes it, into the same
// tables, columns, indexes and constraints that the exports fill.
//
// It reads definitions by their words alone, without a parser, so that a dump
// of any version is read, and a statement that it does not know is passed
// over. What an export has said already stays: a dump only adds.
package schema

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

// definitions are statements of which a dump has some and a query has none.
var definitions = regexp.MustCompile(`(?im)^\s*CREATE\s+((GLOBAL|LOCAL|TEMP|TEMPORARY|UNLOGGED|FOREIGN)\s+)*TABLE\s`)

// Sniff reports whether a text looks like a schema: a dump by its header, or
// a file that makes tables.
func Sniff(head []byte) bool {
	return bytes.Contains(head, []byte("-- PostgreSQL database dump")) || definitions.Match(head)
}

// Read reads a dump into the snapshot. Statements that could not be read are
// among the warnings; an error means that nothing was.
func Read(name string, text []byte, snap *workload.Snapshot) ([]*diag.SyntaxError, error) {
	r := reader{snap: snap}
	r.version(text)
	var warnings []*diag.SyntaxError
	for _, piece := range lex.Split(string(text)) {
		if err := r.statement(piece.Text); err != nil {
			warnings = append(warnings, &diag.SyntaxError{Name: name, Line: piece.Line, Want: "a definition as pg_dump writes it", Err: err})
		}
	}
	if r.read == 0 {
		return warnings, &diag.SyntaxError{Name: name, Want: "CREATE TABLE, as pg_dump -s writes it"}
	}
	snap.Mark(workload.ViewSchema)
	return warnings, nil
}

type reader struct {
	snap *workload.Snapshot
	read int // statements that said something
}

var dumpedFrom = regexp.MustCompile(`-- Dumped from database version (\d+)`)

// version takes the server's version from the dump's header, where no
// settings were exported.
func (r *reader) version(text []byte) {
	m := dumpedFrom.FindSubmatch(text[:min(len(text), 4096)])
	if _, known := r.snap.ServerVersion(); m == nil || known {
		return
	}
	if r.snap.Settings == nil {
		r.snap.Settings = map[string]workload.Setting{}
	}
	r.snap.Settings["server_version"] = workload.Setting{Value: string(m[1])}
}

// statement reads one statement; those that define nothing of a table are
// passed over.
func (r *reader) statement(text string) error {
	s := lex.Scan(text)
	err := error(nil)
	switch {
	case s.Words("create"):
		switch {
		case r.isTable(s):
			err = r.table(s)
		case isIndex(s):
			err = r.index(text)
		case s.Words("materialized", "view"):
			s.Words("if", "not", "exists")
			if schema, name, ok := s.Qualified(); ok {
				r.snap.TableFor(schema, name).Kind = "m"
			}
		case s.Words("trigger"), s.Words("constraint", "trigger"), s.Words("or", "replace", "trigger"):
			err = r.trigger(s, text)
		default:
			return nil
		}
	case s.Words("alter", "table"), s.Words("alter", "foreign", "table"), s.Words("alter", "materialized", "view"):
		err = r.alterTable(s)
	case s.Words("alter", "index"):
		err = r.alterIndex(s)
	default:
		return nil
	}
	r.read++
	return err
}

func (r *reader) isTable(s *lex.Scanner) bool {
	for s.Words("global") || s.Words("local") || s.Words("temp") || s.Words("temporary") || s.Words("unlogged") || s.Words("foreign") {
	}
	return s.Words("table")
}

func isIndex(s *lex.Scanner) bool { return s.Words("index") || s.Words("unique", "index") }

// index reads CREATE INDEX.
func (r *reader) index(text string) error {
	def, err := workload.ParseIndexDef(text)
	if err != nil {
		return err
	}
	t := r.snap.TableFor(def.Schema, def.Table)
	if def.Name == "" {
		def.Name = chooseName(t.Name, keyColumns(def.IndexDef), "idx")
	}
	fill(r.snap.IndexFor(t, def.Name), def.IndexDef, strings.TrimRight(text, "; \n"))
	return nil
}

// fill gives an index its definition, unless an export did.
func fill(ix *workload.Index, def workload.IndexDef, text string) {
	if len(ix.Def.Keys) > 0 {
		return
	}
	ix.Def, ix.Definition = def, text
	if !ix.Unique.Known() {
		ix.Unique = opt.Of(def.Unique)
	}
}

func keyColumns(def workload.IndexDef) []string {
	var names []string
	for _, k := range def.Keys {
		if k.Column == "" {
			names = append(names, "expr")
			continue
		}
		names = append(names, k.Column)
	}
	return names
}

// chooseName is the name that the server would pick (ChooseRelationName).
func chooseName(table string, columns []string, label string) string {
	return strings.Join(append(append([]string{table}, columns...), label), "_")
}

// constraint adds a constraint and the index that it stands on.
func (r *reader) constraint(t *workload.Table, c workload.Constraint) {
	labels := map[string]string{"u": "key", "f": "fkey", "c": "check", "x": "excl", "n": "not_null"}
	if c.Name == "" {
		c.Name = chooseName(t.Name, c.Columns, labels[c.Type])
		if c.Type == "p" {
			c.Name = t.Name + "_pkey"
		}
	}
	t.AddConstraint(c)
	switch c.Type {
	case "p", "u":
		for _, name := range c.Columns {
			if c.Type == "p" {
				t.ColumnFor(name).NotNull = opt.Of(true)
			}
		}
		if len(c.Columns) == 0 {
			return // USING INDEX: the index has its own definition
		}
		r.constraintIndex(t, c, c.Columns)
	case "x":
		ix := r.snap.IndexFor(t, c.Name)
		ix.Constraint, ix.ConstraintType = c.Name, c.Type
	case "n":
		for _, name := range c.Columns {
			t.ColumnFor(name).NotNull = opt.Of(true)
		}
	}
}

func (r *reader) constraintIndex(t *workload.Table, c workload.Constraint, columns []string) {
	def := workload.IndexDef{Method: "btree", Unique: true}
	quoted := make([]string, len(columns))
	for i, name := range columns {
		def.Keys = append(def.Keys, workload.IndexKey{Column: name})
		quoted[i] = workload.QuoteIdent(name)
	}
	ix := r.snap.IndexFor(t, c.Name)
	ix.Constraint, ix.ConstraintType = c.Name, c.Type
	if !ix.Primary.Known() {
		ix.Primary = opt.Of(c.Type == "p")
	}
	fill(ix, def, fmt.Sprintf("CREATE UNIQUE INDEX %s ON %s USING btree (%s)",
		workload.QuoteIdent(c.Name), t.QName(), strings.Join(quoted, ", ")))
}

// trigger keeps a trigger's definition with its table.
func (r *reader) trigger(s *lex.Scanner, text string) error {
	for !s.End() {
		if !s.Words("on") {
			s.Take()
			continue
		}
		schema, name, ok := s.Qualified()
		if !ok {
			break
		}
		t := r.snap.TableFor(schema, name)
		t.Triggers = append(t.Triggers, text)
		return nil
	}
	return fmt.Errorf("want a trigger ON a table")
}
