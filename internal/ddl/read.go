package ddl

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// nameOf reads a RangeVar.
func nameOf(n sql.Node) catalog.Name {
	return catalog.Name{Schema: n.Get("schemaname").String(), Name: n.Get("relname").String()}
}

// qualified reads a list of String nodes.
func qualified(parts []string) catalog.Name {
	switch len(parts) {
	case 0:
		return catalog.Name{}
	case 1:
		return catalog.Name{Name: parts[0]}
	}
	return catalog.Name{Schema: parts[len(parts)-2], Name: parts[len(parts)-1]}
}

// objectName returns the strings of a List, a String or a TypeName: the object of DROP,
// COMMENT and RENAME.
func objectName(n sql.Node) []string {
	switch n.Kind {
	case "String":
		return []string{n.Get("sval").String()}
	case "List":
		return n.Strs("items")
	case "TypeName":
		return n.Strs("names")
	case "ObjectWithArgs":
		return n.Strs("objname")
	}
	return nil
}

var serials = map[string]string{
	"serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint", "smallserial": "smallint", "serial2": "smallint",
}

// typeOf reads a TypeName.
func typeOf(n sql.Node) catalog.TypeRef {
	names := n.Strs("names")
	if len(names) == 0 {
		return catalog.TypeRef{}
	}
	t := catalog.TypeRef{Name: names[len(names)-1], Array: n.Get("arrayBounds").Exists()}
	if len(names) > 1 && names[0] != "pg_catalog" {
		t.Schema = names[len(names)-2]
	}
	if t.Schema == "" {
		if whole, ok := serials[t.Name]; ok {
			t.Name, t.Serial = whole, true
		} else if len(names) == 1 && t.Name == "char" {
			t.Name = `"char"` // char, unquoted, is bpchar
		} else if (len(names) == 1 || names[0] == "pg_catalog") && t.Name == strings.ToLower(t.Name) {
			t.Name = lex.TypeName(t.Name)
			t.Name = strings.TrimSuffix(t.Name, "(1)")
		}
	}
	for _, m := range n.List("typmods") {
		if m.Kind == "A_Const" && m.Get("ival").Exists() {
			t.Mods = append(t.Mods, int(m.Get("ival.ival").Int()))
		}
	}
	if t.Name == "interval" && len(t.Mods) > 0 { // which fields it has comes before the precision
		t.Fields, t.Mods = intervalFields[t.Mods[0]], t.Mods[1:]
	}
	return t
}

// intervalFields are the fields of an interval by the bits of its modifier (datetime.h).
var intervalFields = map[int]string{
	1 << 2: "year", 1 << 1: "month", 1 << 3: "day", 1 << 10: "hour", 1 << 11: "minute", 1 << 12: "second", 1<<2 | 1<<1: "year to month",
	1<<3 | 1<<10: "day to hour", 1<<3 | 1<<10 | 1<<11: "day to minute", 1<<3 | 1<<10 | 1<<11 | 1<<12: "day to second",
	1<<10 | 1<<11: "hour to minute", 1<<10 | 1<<11 | 1<<12: "hour to second", 1<<11 | 1<<12: "minute to second",
}

// leastField is the place of the smallest field of an interval, from seconds on.
func leastField(t catalog.TypeRef) int {
	smallest := t.Fields[strings.LastIndexByte(t.Fields, ' ')+1:]
	return max(slices.Index([]string{"second", "minute", "hour", "day", "month", "year"}, smallest), 0)
}

// columnsIn returns the columns that an expression reads, each once.
func columnsIn(n sql.Node) []string {
	var list []string
	Walk(n, func(n sql.Node) bool {
		if n.Kind == "ColumnRef" {
			if parts := n.Strs("fields"); len(parts) > 0 && !slices.Contains(list, parts[len(parts)-1]) {
				list = append(list, parts[len(parts)-1])
			}
		}
		return true
	})
	return list
}

// plain returns the node of a field that has no wrapper: its type is always the same.
func plain(n sql.Node, field, kind string) sql.Node {
	if v := n.Get(field); v.Exists() {
		return sql.Node{Kind: kind, Result: v}
	}
	return sql.Node{}
}

// plainTypes are the types of the fields that have no wrapper.
var plainTypes = map[string]string{"typeName": "TypeName", "relation": "RangeVar", "returnType": "TypeName", "argType": "TypeName"}

// Walk visits a node and all below it. visit says whether to go on below a node.
func Walk(n sql.Node, visit func(sql.Node) bool) {
	if n.Kind != "" && !visit(n) {
		return
	}
	n.ForEach(func(k string, v sql.Result) bool {
		if v.IsArray() {
			v.ForEach(func(_ string, e sql.Result) bool {
				if e.IsObject() {
					Walk(sql.Unwrap(e), visit)
				}
				return true
			})
		} else if v.IsObject() {
			Walk(below(k, v), visit)
		}
		return true
	})
}

// below returns the node in a field, in a wrapper or not.
func below(field string, v sql.Result) sql.Node {
	wrapped := false
	v.ForEach(func(k string, _ sql.Result) bool {
		wrapped = k != "" && k[0] >= 'A' && k[0] <= 'Z'
		return false
	})
	if wrapped {
		return sql.Unwrap(v)
	}
	return sql.Node{Kind: plainTypes[field], Result: v}
}

// expr reads an expression. The text is what the statement has from the position on,
// up to the end of the clause.
func expr(n sql.Node, text string) catalog.Expr {
	n.Result = sql.ParseResult(strings.Clone(n.Raw())) // not the tree of the whole statement
	return catalog.Expr{Text: strings.TrimSpace(text), Node: n, Columns: columnsIn(n)}
}

// clauseWords end an expression in a column's definition.
var clauseWords = map[string]bool{
	"constraint": true, "not": true, "null": true, "check": true, "default": true, "generated": true, "unique": true, "primary": true,
	"references": true, "deferrable": true, "initially": true, "collate": true, "storage": true, "compression": true,
}

// defaultAt returns the expression after the word DEFAULT at a position.
func defaultAt(text string, at int) string {
	if at < 0 || at >= len(text) {
		return ""
	}
	s := lex.Scan(text[at:])
	if !s.Words("default") {
		return ""
	}
	from := s.Mark()
	if _, ok := s.Brackets(); !ok {
		s.Take()
	}
	for !s.End() {
		t := s.Peek()
		if t.Kind == lex.Word && clauseWords[strings.ToLower(t.Text)] || t.Kind == lex.Symbol && (t.Text == "," || t.Text == ")" || t.Text == ";") {
			break
		}
		if _, ok := s.Brackets(); !ok {
			s.Take()
		}
	}
	return s.Since(from)
}

// setDefaultOf returns the position of the word DEFAULT in SET DEFAULT of a column;
// -1 if there is none.
func setDefaultOf(text, column string) int {
	s := lex.Scan(text)
	for !s.End() {
		name, ok := s.Take().Name()
		if !ok || name != column || !s.Words("set") {
			continue
		}
		if t := s.Peek(); strings.EqualFold(t.Text, "default") {
			return t.Start
		}
	}
	return -1
}

// bracketsAt returns what stands in the first brackets after a word at or behind a
// position.
func bracketsAt(text string, at int, word string) string {
	if at < 0 || at >= len(text) {
		return ""
	}
	s := lex.Scan(text[at:])
	for !s.End() {
		if s.Words(word) {
			for !s.End() && s.Peek().Text != "(" {
				s.Take()
			}
			inside, _ := s.Brackets()
			return inside
		}
		s.Take()
	}
	return ""
}

// element returns the text from a position to the comma or bracket that ends it.
func element(text string, at int) string {
	if at < 0 || at >= len(text) {
		return ""
	}
	s := lex.Scan(text[at:])
	from := s.Mark()
	for !s.End() {
		t := s.Peek()
		if t.Kind == lex.Symbol && (t.Text == "," || t.Text == ")" || t.Text == ";") {
			break
		}
		if _, ok := s.Brackets(); !ok {
			s.Take()
		}
	}
	return s.Since(from)
}

// location is the position in the text at which a node begins.
func location(n sql.Node) int {
	if l := n.Get("location"); l.Exists() {
		return int(l.Int())
	}
	return 0 // the parser leaves out a zero
}

// placeOf returns the place of a part of the statement: the line that it is on.
func (r *run) placeOf(n sql.Node) catalog.Place {
	at := r.c.At
	if l := location(n); at.Line > 0 && l <= len(r.s.Text) {
		at.Line += strings.Count(r.s.Text[:l], "\n")
	}
	return at
}

// optionsOf reads DefElems as names and values, in lower case.
func optionsOf(list []sql.Node) map[string]string {
	m := map[string]string{}
	for _, d := range list {
		name := d.Get("defname").String()
		if ns := d.Get("defnamespace").String(); ns != "" {
			name = ns + "." + name
		}
		m[name] = valueOf(d.Child("arg"))
	}
	return m
}

// valueOf returns a literal's text.
func valueOf(n sql.Node) string {
	switch n.Kind {
	case "String":
		return n.Get("sval").String()
	case "Integer":
		return n.Get("ival").Raw()
	case "Float":
		return n.Get("fval").String()
	case "Boolean":
		return n.Get("boolval").Raw()
	case "TypeName":
		return strings.Join(n.Strs("names"), ".")
	case "A_Const":
		for _, field := range [...]string{"sval.sval", "ival.ival", "fval.fval", "boolval.boolval"} {
			if v := n.Get(field); v.Exists() {
				return v.String()
			}
		}
		if n.Get("ival").Exists() {
			return "0"
		}
		if n.Get("boolval").Exists() {
			return "false"
		}
	case "TypeCast":
		return valueOf(n.Child("arg"))
	case "List":
		return strings.Join(n.Strs("items"), ".")
	}
	return ""
}
