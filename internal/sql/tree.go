package sql

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// Node is a node of the server's raw parse tree: its type, such as "SelectStmt", and
// its fields. The zero Node is one that is not there.
type Node struct {
	Kind string
	Result
}

// Unwrap returns the node in a wrapper such as {"ColumnRef": {...}}.
func Unwrap(r Result) Node { return unwrap(r) }

func unwrap(r Result) Node {
	var n Node
	r.ForEach(func(k string, v Result) bool {
		n = jsonCall(Node{k, v})
		return false
	})
	return n
}

// jsonFunctions are the SQL/JSON functions that are syntax of their own from
// PostgreSQL 17 on, by node and operation.
var jsonFunctions = map[string]string{
	"JsonFuncExpr JSON_VALUE_OP": "json_value", "JsonFuncExpr JSON_QUERY_OP": "json_query", "JsonFuncExpr JSON_EXISTS_OP": "json_exists",
	"JsonParseExpr ": "json", "JsonScalarExpr ": "json_scalar", "JsonSerializeExpr ": "json_serialize",
}

// jsonCall turns such a function without clauses into a call, which it is to the
// grammar of PostgreSQL 16: both builds then read the same. 16's does not accept
// the clauses.
func jsonCall(n Node) Node {
	if !strings.HasPrefix(n.Kind, "Json") {
		return n
	}
	name := jsonFunctions[n.Kind+" "+n.Get("op").String()]
	for _, clause := range [...]string{"passing", "output", "on_empty", "on_error", "unique_keys"} {
		if n.Get(clause).Exists() {
			return n
		}
	}
	wrapper, quotes := n.Get("wrapper").String(), n.Get("quotes").String()
	if name == "" || wrapper != "" && wrapper != "JSW_UNSPEC" || quotes != "" && quotes != "JS_QUOTES_UNSPEC" || strings.Contains(n.Raw(), `"JS_FORMAT_JSON"`) {
		return n
	}
	var args []string
	for _, field := range [...]string{"context_item", "expr", "pathspec"} {
		arg := n.Get(field)
		if inner := arg.Get("raw_expr"); inner.Exists() {
			arg = inner
		}
		if arg.Exists() {
			args = append(args, arg.Raw())
		}
	}
	return Node{"FuncCall", ParseResult(`{"funcname":[{"String":{"sval":"` + name + `"}}],"args":[` + strings.Join(args, ",") + `]}`)}
}

// Child returns the node in a field.
func (n Node) Child(field string) Node { return unwrap(n.Get(field)) }

// List returns the nodes of a list field.
func (n Node) List(field string) []Node {
	list := n.Get(field)
	size := list.len()
	if size == 0 {
		return nil
	}
	out := make([]Node, 0, size)
	list.ForEach(func(_ string, v Result) bool {
		out = append(out, unwrap(v))
		return true
	})
	return out
}

// Strs returns a list of String nodes, such as a qualified name.
func (n Node) Strs(field string) []string {
	var out []string
	n.Get(field).ForEach(func(_ string, v Result) bool {
		if s := v.field("String"); s.Exists() {
			out = append(out, s.field("sval").kept())
		}
		return true
	})
	return out
}

// column returns the name of a ColumnRef; ok is false for a star.
func (n Node) column() (Column, bool) {
	if n.Kind != "ColumnRef" {
		return Column{}, false
	}
	var c Column
	all := true
	n.Get("fields").ForEach(func(_ string, part Result) bool {
		name := part.field("String")
		c.Table, c.Name = c.Name, name.field("sval").kept()
		all = all && name.Exists()
		return all
	})
	if !all || c.Name == "" {
		return Column{}, false
	}
	return c, true
}

// output reads an entry of the SELECT list.
func (n Node) output() Output {
	if c, ok := n.column(); ok {
		return Output{Column: c, As: c.Name}
	}
	if n.Kind != "ColumnRef" {
		// The name that the parser gives an expression (FigureColname).
		return Output{As: lastName(uncast(n).Result), Side: new(operand(n))}
	}
	out := Output{Column: Column{Name: "*"}}
	if of := n.Strs("fields"); len(of) > 0 {
		out.Table = of[len(of)-1]
	}
	return out
}

// typeName returns the name that format_type prints for a type.
func typeName(t Result) string {
	n := Node{Result: t}
	parts := n.Strs("names")
	if len(parts) == 0 {
		return ""
	}
	name := lex.TypeName(parts[len(parts)-1])
	if t.Get("arrayBounds").Exists() {
		name += "[]"
	}
	return name
}

// relabels are the types that are stored as text is. A cast between them
// converts nothing, so that an index on the column can still be used.
var relabels = map[string]bool{"text": true, "character varying": true, "name": true, "citext": false}

// columnsIn gathers every column below a node, each once. Sub-selects are left
// out.
func columnsIn(n Node, into []Column) []Column {
	switch n.Kind {
	case "SubLink":
		return columnsIn(n.Child("testexpr"), into)
	case "RangeSubselect", "typeName":
		return into
	}
	if c, ok := n.column(); ok {
		if slices.Contains(into, c) {
			return into
		}
		return append(into, c)
	}
	n.ForEach(func(k string, v Result) bool {
		if v.IsObject() || v.IsArray() {
			into = columnsIn(Node{k, v}, into)
		}
		return true
	})
	return into
}

// valueOf returns the kind of value of an expression.
func valueOf(n Node) Value {
	switch n.Kind {
	case "A_Const":
		return Const
	case "ParamRef":
		return Param
	case "TypeCast":
		return valueOf(n.Child("arg"))
	case "SQLValueFunction":
		return Stable
	case "ColumnRef", "SubLink":
		return Runtime
	case "FuncCall", "A_Expr", "CoalesceExpr", "A_ArrayExpr", "RowExpr", "List", "MinMaxExpr", "CaseExpr", "BoolExpr", "NullTest", "CollateClause":
		worst := Const
		if n.Kind == "FuncCall" {
			worst = Stable
		}
		for _, field := range []string{"args", "lexpr", "rexpr", "elements", "items", "arg", "defresult"} {
			r := n.Get(field)
			switch {
			case r.IsArray():
				for _, e := range n.List(field) {
					worst = max(worst, valueOf(e))
				}
			case r.IsObject():
				worst = max(worst, valueOf(unwrap(r)))
			}
		}
		return worst
	}
	return Runtime
}

// render prints an expression as SQL, in the forms that index expressions have;
// ok is false for others.
func render(n Node) (string, bool) {
	switch n.Kind {
	case "ColumnRef":
		c, ok := n.column()
		return lex.QuoteIdent(c.Name), ok
	case "A_Const":
		return constant(n), true
	case "ParamRef":
		return "$" + n.Get("number").String(), true
	case "TypeCast":
		arg, ok := render(n.Child("arg"))
		return arg + "::" + typeName(n.Get("typeName")), ok
	case "FuncCall":
		name := n.Strs("funcname")
		if len(name) == 0 || n.Get("agg_distinct").Exists() || n.Get("over").Exists() {
			return "", false
		}
		args, ok := renderAll(n.List("args"))
		return lex.QuoteIdent(name[len(name)-1]) + "(" + args + ")", ok
	case "CoalesceExpr":
		args, ok := renderAll(n.List("args"))
		return "COALESCE(" + args + ")", ok
	case "A_Expr":
		op := n.Strs("name")
		l, ok1 := render(n.Child("lexpr"))
		r, ok2 := render(n.Child("rexpr"))
		if len(op) == 0 || !ok1 || !ok2 || n.Get("kind").String() != "AEXPR_OP" {
			return "", false
		}
		return "(" + l + " " + op[len(op)-1] + " " + r + ")", true
	}
	return "", false
}

// renderAll prints the arguments of a function.
func renderAll(args []Node) (string, bool) {
	texts := make([]string, 0, 4)
	for _, a := range args {
		s, ok := render(a)
		if !ok {
			return "", false
		}
		texts = append(texts, s)
	}
	return strings.Join(texts, ", "), true
}

// constant prints a literal as SQL.
func constant(n Node) string {
	switch {
	case n.Get("isnull").Bool():
		return "NULL"
	case n.Get("sval").Exists():
		return "'" + strings.ReplaceAll(n.Get("sval.sval").String(), "'", "''") + "'"
	case n.Get("boolval").Exists():
		if n.Get("boolval.boolval").Bool() {
			return "true"
		}
		return "false"
	case n.Get("fval").Exists():
		return n.Get("fval.fval").kept()
	case n.Get("bsval").Exists():
		return n.Get("bsval.bsval").kept()
	}
	if v := n.Get("ival.ival"); v.Exists() {
		return v.kept()
	}
	return "0"
}
