package workload

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// NamedIndex is an index's definition with its name and table.
type NamedIndex struct {
	IndexDef
	Schema, Table string // Schema is empty if the definition has none
	Name          string // empty if the server picks one
}

// ParseIndexDef parses CREATE INDEX, as pg_get_indexdef prints it or as people
// write it.
func ParseIndexDef(text string) (NamedIndex, error) {
	p := indexParser{Scanner: lex.Scan(text)}
	var ix NamedIndex
	if !p.Words("create") {
		return ix, p.want("CREATE INDEX")
	}
	ix.Unique = p.Words("unique")
	if !p.Words("index") {
		return ix, p.want("INDEX")
	}
	p.Words("concurrently")
	p.Words("if", "not", "exists")
	if !p.Words("on") {
		_, ix.Name, _ = p.Qualified()
		if !p.Words("on") {
			return ix, p.want("ON")
		}
	}
	p.Words("only")
	var ok bool
	if ix.Schema, ix.Table, ok = p.Qualified(); !ok {
		return ix, p.want("a table's name")
	}
	ix.Method = "btree"
	if p.Words("using") {
		ix.Method, _ = p.Name()
	}
	keys, ok := p.Brackets()
	if !ok {
		return ix, p.want("key columns in brackets")
	}
	for _, part := range lex.List(keys) {
		k, err := parseIndexKey(part)
		if err != nil {
			return ix, err
		}
		ix.Keys = append(ix.Keys, k)
	}
	if len(ix.Keys) == 0 {
		return ix, p.want("key columns")
	}
	return ix, p.options(&ix.IndexDef)
}

// indexParser parses CREATE INDEX.
type indexParser struct{ *lex.Scanner }

func (p indexParser) want(what string) error {
	return fmt.Errorf("expected %s, got %q", what, redact.Literals(p.Peek().Text))
}

// options reads what follows the keys.
func (p indexParser) options(def *IndexDef) error {
	for !p.End() {
		switch {
		case p.Words("include"):
			list, _ := p.Brackets()
			def.Include = names(list)
		case p.Words("nulls", "not", "distinct"):
			def.NullsNotDistinct = true
		case p.Words("nulls", "distinct"):
		case p.Words("with"):
			with, _ := p.Brackets()
			def.With = with
		case p.Words("tablespace"):
			p.Name()
		case p.Words("where"):
			def.Where = redact.SQL(lex.Unwrap(strings.TrimRight(p.Rest(), "; \t\r\n")))
			return nil
		case p.Symbol(";"):
			return nil
		default:
			return p.want("the end of the index's definition")
		}
	}
	return nil
}

// parseIndexKey parses one key: a column, a function call or an expression in
// brackets, then collation, operator class and order.
func parseIndexKey(text string) (IndexKey, error) {
	s := lex.Scan(text)
	var k IndexKey
	if inside, ok := s.Brackets(); ok {
		k.Expr = redact.SQL("(" + inside + ")")
	} else {
		start := s.Mark()
		_, name, ok := s.Qualified()
		if !ok {
			return k, fmt.Errorf("expected a key column, got %q", redact.Literals(s.Peek().Text))
		}
		k.Column = name
		if _, call := s.Brackets(); call {
			k.Column, k.Expr = "", redact.SQL(s.Since(start))
		}
	}
	if s.Words("collate") {
		_, k.Collation, _ = s.Qualified()
	}
	nulls := opt.Value[bool]{}
	for !s.End() {
		switch {
		case s.Words("asc"):
		case s.Words("desc"):
			k.Desc = true
		case s.Words("nulls", "first"):
			nulls = opt.Some(true)
		case s.Words("nulls", "last"):
			nulls = opt.Some(false)
		default:
			_, class, ok := s.Qualified()
			if !ok || k.OpClass != "" {
				return k, fmt.Errorf("expected an operator class or an order, got %q", redact.Literals(s.Peek().Text))
			}
			start := s.Mark()
			if _, ok := s.Brackets(); ok {
				class += " " + s.Since(start)
			}
			k.OpClass = class
		}
	}
	k.NullsFirst = nulls.Or(k.Desc)
	return k, nil
}

// names reads a list of columns.
func names(list string) []string {
	var out []string
	for _, part := range lex.List(list) {
		if name, ok := lex.Scan(part).Name(); ok {
			out = append(out, name)
		}
	}
	return out
}

// ParseConstraintDef parses a constraint without its name, as
// pg_get_constraintdef prints it or as a table's definition holds it.
func ParseConstraintDef(text string) (Constraint, error) {
	s := lex.Scan(text)
	c := Constraint{Def: redact.SQL(strings.TrimSpace(text)), Valid: opt.Some(true)}
	switch {
	case s.Words("primary", "key"):
		c.Type = "p"
	case s.Words("unique"):
		c.Type = "u"
		_ = s.Words("nulls", "not", "distinct") || s.Words("nulls", "distinct")
	case s.Words("foreign", "key"):
		c.Type = "f"
	case s.Words("check"):
		c.Type = "c"
		s.Brackets()
	case s.Words("exclude"):
		c.Type = "x"
	case s.Words("not", "null"):
		c.Type = "n"
		if name, ok := s.Name(); ok {
			c.Columns = []string{name}
		}
	case s.Words("trigger"):
		c.Type = "t"
	default:
		return c, fmt.Errorf("expected PRIMARY KEY, UNIQUE, FOREIGN KEY, CHECK or EXCLUDE, got %q", redact.Literals(s.Peek().Text))
	}
	switch c.Type {
	case "p", "u", "f":
		list, ok := s.Brackets()
		if !ok && s.Words("using", "index") {
			return c, nil // ADD CONSTRAINT ... USING INDEX: the index has the columns
		}
		if !ok {
			return c, fmt.Errorf("expected columns in brackets, got %q", redact.Literals(s.Peek().Text))
		}
		c.Columns = names(list)
	}
	if c.Type == "f" {
		if err := references(s, &c); err != nil {
			return c, err
		}
	}
	if strings.HasSuffix(strings.ToUpper(strings.TrimRight(text, "; \t\r\n")), "NOT VALID") {
		c.Valid = opt.Some(false)
	}
	return c, nil
}

// ParseReferences parses the REFERENCES clause of a column, from its table on,
// as a foreign key of that column. It returns the text that is left.
func ParseReferences(column, text string) (c Constraint, rest string, err error) {
	s := lex.Scan(text)
	c = Constraint{Type: "f", Columns: []string{column}, Valid: opt.Some(true)}
	err = references(s, &c)
	return c, s.Rest(), err
}

// references reads REFERENCES t (c) and the actions after it.
func references(s *lex.Scanner, c *Constraint) error {
	if !s.Words("references") {
		return fmt.Errorf("expected REFERENCES, got %q", redact.Literals(s.Peek().Text))
	}
	var ok bool
	if c.RefSchema, c.RefTable, ok = s.Qualified(); !ok {
		return fmt.Errorf("expected a table's name, got %q", redact.Literals(s.Peek().Text))
	}
	if list, ok := s.Brackets(); ok {
		c.RefCols = names(list)
	}
	c.OnDelete, c.OnUpdate = "NO ACTION", "NO ACTION"
	for {
		switch {
		case s.Words("on", "delete"):
			c.OnDelete = action(s)
		case s.Words("on", "update"):
			c.OnUpdate = action(s)
		case s.Words("match"):
			s.Name()
		default:
			return nil
		}
	}
}

func action(s *lex.Scanner) string {
	for _, words := range [][]string{{"no", "action"}, {"set", "null"}, {"set", "default"}, {"cascade"}, {"restrict"}} {
		if s.Words(words...) {
			s.Brackets() // SET NULL (column)
			return strings.ToUpper(strings.Join(words, " "))
		}
	}
	return ""
}
