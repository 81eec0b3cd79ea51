package schema

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

// table reads what follows CREATE TABLE.
func (r *reader) table(s *lex.Scanner) error {
	s.Words("if", "not", "exists")
	schema, name, ok := s.Qualified()
	if !ok {
		return errors.New("expected a table's name")
	}
	t := r.snap.TableFor(schema, name)
	if t.Kind == "" {
		t.Kind = "r"
	}
	if s.Words("partition", "of") {
		r.partOf(t, s)
	}
	body, _ := s.Brackets()
	var bad error
	for _, element := range lex.List(body) {
		if err := r.element(t, element); err != nil {
			bad = err
		}
	}
	for !s.End() {
		switch {
		case s.Words("partition", "by"):
			t.Kind = "p"
		case s.Words("with"):
			if list, ok := s.Brackets(); ok {
				t.Options = options(t.Options, list)
			}
		default:
			s.Take()
		}
	}
	return bad
}

func (r *reader) partOf(t *workload.Table, s *lex.Scanner) {
	if schema, name, ok := s.Qualified(); ok {
		t.Parent = r.snap.TableFor(schema, name)
		t.Parent.Kind = "p"
		t.IsPartition = opt.Some(true)
	}
}

// options reads storage parameters: fillfactor='90'.
func options(into map[string]string, list string) map[string]string {
	if into == nil {
		into = map[string]string{}
	}
	for _, part := range lex.List(list) {
		name, value, _ := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		if _, known := into[name]; !known {
			into[name] = strings.Trim(strings.TrimSpace(value), "'")
		}
	}
	return into
}

// element reads one element of a table's definition: a constraint or a column.
func (r *reader) element(t *workload.Table, text string) error {
	s := lex.Scan(text)
	if s.Words("like") {
		return nil
	}
	if isConstraint(s) {
		return r.tableConstraint(t, s)
	}
	return r.column(t, s)
}

func isConstraint(s *lex.Scanner) bool {
	t := s.Peek()
	if t.Kind != lex.Word {
		return false
	}
	switch strings.ToLower(t.Text) {
	case "constraint", "primary", "unique", "check", "foreign", "exclude":
		return true
	}
	return false
}

// tableConstraint reads [CONSTRAINT name] definition.
func (r *reader) tableConstraint(t *workload.Table, s *lex.Scanner) error {
	name := ""
	if s.Words("constraint") {
		name, _ = s.Name()
	}
	c, err := workload.ParseConstraintDef(s.Rest())
	if err != nil {
		return err
	}
	c.Name = name
	r.constraint(t, c)
	return nil
}

// column reads a column: its name, its type, its constraints.
func (r *reader) column(t *workload.Table, s *lex.Scanner) error {
	name, ok := s.Name()
	if !ok {
		return fmt.Errorf("expected a column's name, got %q", redact.Literals(s.Peek().Text))
	}
	col := t.ColumnFor(name)
	if typ := upTo(s, columnWords); typ != "" && !strings.EqualFold(typ, "with options") {
		if col.Type == "" {
			col.Type = lex.TypeName(typ)
		}
		if lex.IsSerial(typ) {
			col.NotNull = opt.Some(true)
		}
	}
	if !col.NotNull.Known() {
		col.NotNull = opt.Some(false)
	}
	return r.columnConstraints(t, col, s)
}

// columnWords end a column's type and its default.
var columnWords = map[string]bool{
	"constraint": true, "not": true, "null": true, "check": true, "default": true, "generated": true, "unique": true, "primary": true,
	"references": true, "deferrable": true, "initially": true, "collate": true, "storage": true, "compression": true,
}

// upTo takes tokens up to one of the words, outside of brackets.
func upTo(s *lex.Scanner, words map[string]bool) string {
	start := s.Mark()
	for !s.End() && !(s.Peek().Kind == lex.Word && words[strings.ToLower(s.Peek().Text)]) {
		if _, ok := s.Brackets(); !ok {
			s.Take()
		}
	}
	return s.Since(start)
}

func (r *reader) columnConstraints(t *workload.Table, col *workload.Column, s *lex.Scanner) error {
	name := ""
	add := func(c workload.Constraint) {
		c.Name, name = name, ""
		r.constraint(t, c)
	}
	for !s.End() {
		switch {
		case s.Words("constraint"):
			name, _ = s.Name()
		case s.Words("not", "null"):
			col.NotNull, name = opt.Some(true), ""
		case s.Words("default"):
			col.Default = redact.SQL(defaultOf(s))
		case s.Words("generated", "by", "default", "as", "identity"), s.Words("generated", "always", "as", "identity"):
			col.NotNull = opt.Some(true)
			s.Brackets()
		case s.Words("primary", "key"):
			add(workload.Constraint{Type: "p", Columns: []string{col.Name}, Valid: opt.Some(true)})
		case s.Words("unique"):
			add(workload.Constraint{Type: "u", Columns: []string{col.Name}, Valid: opt.Some(true)})
		case strings.EqualFold(s.Peek().Text, "references"):
			c, rest, err := workload.ParseReferences(col.Name, s.Rest())
			if err != nil {
				return err
			}
			add(c)
			s = lex.Scan(rest)
		case s.Words("check"):
			body, _ := s.Brackets()
			add(workload.Constraint{Type: "c", Columns: []string{col.Name}, Def: redact.SQL("CHECK (" + body + ")"), Valid: opt.Some(true)})
		default:
			s.Take()
		}
	}
	return nil
}

// defaultOf takes an expression of at least one token: DEFAULT NULL.
func defaultOf(s *lex.Scanner) string {
	start := s.Mark()
	if _, ok := s.Brackets(); !ok {
		s.Take()
	}
	upTo(s, columnWords)
	return s.Since(start)
}

// alterTable reads the actions of ALTER TABLE that dumps contain.
func (r *reader) alterTable(s *lex.Scanner) error {
	s.Words("if", "exists")
	s.Words("only")
	schema, name, ok := s.Qualified()
	if !ok {
		return errors.New("expected a table's name")
	}
	t := r.snap.TableFor(schema, name)
	var bad error
	for _, text := range lex.List(s.Rest()) {
		if err := r.action(t, lex.Scan(text)); err != nil {
			bad = err
		}
	}
	return bad
}

func (r *reader) action(t *workload.Table, s *lex.Scanner) error {
	switch {
	case s.Words("attach", "partition"):
		if schema, name, ok := s.Qualified(); ok {
			part := r.snap.TableFor(schema, name)
			part.Parent, part.IsPartition = t, opt.Some(true)
			t.Kind = "p"
		}
	case s.Words("replica", "identity", "using", "index"):
		if name, ok := s.Name(); ok {
			r.snap.IndexFor(t, name).ReplicaIdentity = opt.Some(true)
		}
	case s.Words("cluster", "on"):
		if name, ok := s.Name(); ok {
			r.snap.IndexFor(t, name).Clustered = opt.Some(true)
		}
	case s.Words("set"):
		if list, ok := s.Brackets(); ok {
			t.Options = options(t.Options, list)
		}
	case s.Words("alter", "column"), s.Words("alter"):
		return r.alterColumn(t, s)
	case s.Words("add"):
		if isConstraint(s) {
			return r.tableConstraint(t, s)
		}
		s.Words("column")
		s.Words("if", "not", "exists")
		return r.column(t, s)
	}
	return nil
}

func (r *reader) alterColumn(t *workload.Table, s *lex.Scanner) error {
	name, ok := s.Name()
	if !ok {
		return errors.New("expected a column's name")
	}
	col := t.ColumnFor(name)
	switch {
	case s.Words("set", "default"):
		col.Default = redact.SQL(strings.TrimRight(s.Rest(), "; "))
	case s.Words("set", "not", "null"), s.Words("add", "generated"):
		col.NotNull = opt.Some(true)
	}
	return nil
}

// alterIndex reads ALTER INDEX parent ATTACH PARTITION child.
func (r *reader) alterIndex(s *lex.Scanner) error {
	s.Words("if", "exists")
	if _, _, ok := s.Qualified(); !ok || !s.Words("attach", "partition") {
		return nil
	}
	schema, name, ok := s.Qualified()
	if !ok {
		return errors.New("expected an index's name")
	}
	if ix := r.snap.Index(schema, name); ix != nil {
		ix.IsPartition = opt.Some(true)
	}
	return nil
}
