// Package schema reads a schema dump, as pg_dump -s writes it, into the tables,
// columns, indexes and constraints that exports fill. It also reads definitions
// pasted beside a plan: CREATE TABLE and CREATE INDEX among prose, and tables as
// psql's \d prints them.
//
// It reads definitions token by token, without a parser, so that it reads dumps
// of any version and skips statements that it does not know. What an export said
// is kept: a dump only adds.
package schema

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/diag"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/pgversion"
	"github.com/pgverdict/pgverdict/workload"
)

// definitions matches a statement that schemas have and queries do not.
var definitions = regexp.MustCompile(`(?im)^\s*CREATE\s+((GLOBAL|LOCAL|TEMP|TEMPORARY|UNLOGGED|FOREIGN)\s+)*TABLE\s`)

// IsDump reports whether a text has pg_dump's header.
func IsDump(head []byte) bool { return bytes.Contains(head, []byte(dumpHeader)) }

const dumpHeader = "-- PostgreSQL database dump"

// Sniff reports whether a text looks like a schema: a dump, a file that creates
// tables, or the output of psql's \d.
func Sniff(head []byte) bool {
	return IsDump(head) || definitions.Match(head) || describes(string(head))
}

// Read reads a dump, or the output of psql's \d, into the snapshot. The warnings
// report what could not be read; an error means that nothing was.
func Read(name, text string, snap *workload.Snapshot) ([]*diag.SyntaxError, error) {
	if !strings.Contains(text, dumpHeader) && describes(text) {
		warnings := ReadPasted(name, text, nil, snap)
		if len(snap.Tables) == 0 {
			return warnings, &diag.SyntaxError{Name: name, Want: `a table as psql's \d prints it, with its title: Table "public.orders"`}
		}
		return warnings, nil
	}
	r := reader{name: name, snap: snap}
	r.version(text)
	for _, piece := range lex.Split(text) {
		for _, p := range unterminated(piece) {
			r.piece(p)
		}
	}
	if r.read == 0 && hasPasted(text) {
		if warnings := ReadPasted(name, text, nil, snap); len(snap.Tables) > 0 {
			return warnings, nil
		}
	}
	if r.read == 0 {
		return r.warnings, &diag.SyntaxError{Name: name, Want: "CREATE TABLE, as pg_dump -s writes it"}
	}
	snap.Mark(workload.ViewSchema)
	return r.warnings, nil
}

type reader struct {
	name     string // of the input
	snap     *workload.Snapshot
	read     int  // statements that defined something
	below    bool // the statement is below a plan that reads the table
	warnings []*diag.SyntaxError
}

// piece reads a statement and keeps the error if that failed.
func (r *reader) piece(p lex.Piece) {
	if err := r.statement(p.Text); err != nil {
		r.warn(p.Line, "a definition as pg_dump writes it", err)
	}
}

func (r *reader) warn(line int, want string, err error) {
	r.warnings = append(r.warnings, &diag.SyntaxError{Name: r.name, Line: line, Want: want, Err: err})
}

// unterminated splits definitions of which one lacks its semicolon: the next one
// begins on a line of its own, outside brackets.
func unterminated(p lex.Piece) []lex.Piece {
	if !beginsDefinition(strings.TrimSpace(p.Text)) {
		return []lex.Piece{p}
	}
	var pieces []lex.Piece
	start, depth := 0, 0
	for t := range lex.Tokens(p.Text) {
		switch {
		case t.Text == "(":
			depth++
		case t.Text == ")":
			depth--
		case depth == 0 && t.Kind == lex.Word && strings.HasSuffix(strings.TrimRight(p.Text[start:t.Start], " \t"), "\n") && beginsDefinition(p.Text[t.Start:]):
			if text := p.Text[start:t.Start]; strings.TrimSpace(text) != "" {
				pieces = append(pieces, lex.Piece{Text: text, Line: p.Line + strings.Count(p.Text[:start], "\n")})
				start = t.Start
			}
		}
	}
	return append(pieces, lex.Piece{Text: p.Text[start:], Line: p.Line + strings.Count(p.Text[:start], "\n")})
}

var dumpedFrom = regexp.MustCompile(`-- Dumped from database version (\d[\w.]*)`)

// version reads the server's version in the dump's header.
func (r *reader) version(text string) {
	m := dumpedFrom.FindStringSubmatch(text[:min(len(text), 4096)])
	if m != nil {
		r.snap.SayVersion(pgversion.Parse(m[1], "schema dump"))
	}
}

// statement reads one statement; those that define nothing of a table are
// skipped.
func (r *reader) statement(text string) error {
	s := lex.Scan(strings.TrimSuffix(text, ";"))
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
		case s.Words("extension"):
			s.Words("if", "not", "exists")
			if name, ok := s.Name(); ok {
				r.snap.AddExtension(name, "")
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
	if err == nil {
		r.read++
	}
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
	ix := r.snap.IndexFor(t, def.Name)
	fill(ix, def.IndexDef, strings.TrimRight(text, "; \n"))
	ix.AfterPlan = r.below
	return nil
}

// fill sets an index's definition, unless an export did.
func fill(ix *workload.Index, def workload.IndexDef, text string) {
	if len(ix.Def.Keys) > 0 {
		return
	}
	ix.Def, ix.Definition = def, text
	if !ix.Unique.Known() {
		ix.Unique = opt.Some(def.Unique)
	}
}

// keyColumns returns what the server calls the keys of an index in its name
// (FigureIndexColname): a call by its function.
func keyColumns(def workload.IndexDef) []string {
	var names []string
	for _, k := range def.Keys {
		name := cmp.Or(k.Column, "expr")
		if s := lex.Scan(k.Expr.Raw()); k.Column == "" {
			_, function, named := s.Qualified()
			if _, called := s.Brackets(); named && called && s.End() {
				name = function
			}
		}
		names = append(names, name)
	}
	return names
}

// chooseName returns the name that the server would pick (ChooseRelationName).
func chooseName(table string, columns []string, label string) string {
	return strings.Join(append(append([]string{table}, columns...), label), "_")
}

// constraint adds a constraint and its index.
func (r *reader) constraint(t *workload.Table, c workload.Constraint) {
	labels := map[string]string{"u": "key", "f": "fkey", "c": "check", "x": "excl", "n": "not_null"}
	taken := r.takenOver(t, c)
	if taken != nil {
		c.Name, c.Columns = cmp.Or(c.Name, taken.Name), keyColumns(taken.Def)
	}
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
				t.ColumnFor(name).NotNull = opt.Some(true)
			}
		}
		switch {
		case taken != nil:
			ix := r.snap.RenameIndex(taken, c.Name)
			ix.Constraint, ix.ConstraintType, ix.Primary = c.Name, c.Type, opt.Some(c.Type == "p")
			return
		case len(c.Columns) == 0:
			return // USING INDEX of one that is not in the input
		}
		r.constraintIndex(t, c, c.Columns)
	case "x":
		ix := r.snap.IndexFor(t, c.Name)
		ix.Constraint, ix.ConstraintType = c.Name, c.Type
	case "n":
		for _, name := range c.Columns {
			t.ColumnFor(name).NotNull = opt.Some(true)
		}
	}
}

// takenOver returns the index that a constraint takes over with USING INDEX, and whose name
// becomes its own; nil if it takes none, or one that is not known.
func (r *reader) takenOver(t *workload.Table, c workload.Constraint) *workload.Index {
	if c.Type != "p" && c.Type != "u" || len(c.Columns) > 0 {
		return nil
	}
	for s := lex.Scan(c.Def.Raw()); !s.End(); s.Take() {
		if s.Words("using", "index") {
			name, _ := s.Name()
			return r.snap.Index(t.Schema, name)
		}
	}
	return nil
}

func (r *reader) constraintIndex(t *workload.Table, c workload.Constraint, columns []string) {
	def := workload.IndexDef{Method: "btree", Unique: true}
	quoted := make([]string, len(columns))
	for i, name := range columns {
		def.Keys = append(def.Keys, workload.IndexKey{Column: name})
		quoted[i] = lex.QuoteIdent(name)
	}
	ix := r.snap.IndexFor(t, c.Name)
	ix.Constraint, ix.ConstraintType = c.Name, c.Type
	if !ix.Primary.Known() {
		ix.Primary = opt.Some(c.Type == "p")
	}
	fill(ix, def, fmt.Sprintf("CREATE UNIQUE INDEX %s ON %s USING btree (%s)",
		lex.QuoteIdent(c.Name), t.QName(), strings.Join(quoted, ", ")))
}

// trigger adds a trigger's definition to its table.
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
	return fmt.Errorf("expected a trigger ON a table")
}
