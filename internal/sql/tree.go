package sql

import (
	"strings"

	"github.com/tidwall/gjson"

	"github.com/pgverdict/pgverdict/workload"
)

// node is one node of the parse tree: its type and its fields.
type node struct {
	kind string
	gjson.Result
}

// only gives the node in a wrapper such as {"ColumnRef": {...}}.
func only(r gjson.Result) node {
	var n node
	r.ForEach(func(k, v gjson.Result) bool {
		n = node{k.String(), v}
		return false
	})
	return n
}

func (n node) child(field string) node { return only(n.Get(field)) }

// list gives the nodes of a list field.
func (n node) list(field string) []node {
	var out []node
	n.Get(field).ForEach(func(_, v gjson.Result) bool {
		out = append(out, only(v))
		return true
	})
	return out
}

// strs gives a list of String nodes: a qualified name.
func (n node) strs(field string) []string {
	var out []string
	for _, s := range n.list(field) {
		if s.kind == "String" {
			out = append(out, s.Get("sval").String())
		}
	}
	return out
}

// column gives a ColumnRef's name; ok is false for a star or a whole row of
// more parts than table and column.
func (n node) column() (Column, bool) {
	if n.kind != "ColumnRef" {
		return Column{}, false
	}
	parts := n.strs("fields")
	if len(parts) != len(n.Get("fields").Array()) || len(parts) == 0 {
		return Column{}, false
	}
	c := Column{Name: parts[len(parts)-1]}
	if len(parts) > 1 {
		c.Table = parts[len(parts)-2]
	}
	return c, true
}

// output is what an entry of a SELECT's list gives.
func (n node) output() Output {
	if c, ok := n.column(); ok {
		return Output{Column: c, As: c.Name}
	}
	if n.kind != "ColumnRef" {
		// The parser's name for an expression (FigureColname).
		return Output{As: lastName(uncast(n).Result), Side: side(n)}
	}
	out := Output{Column: Column{Name: "*"}}
	if of := n.strs("fields"); len(of) > 0 {
		out.Table = of[len(of)-1]
	}
	return out
}

// typeName is a type as the server's format_type would name it, for the types
// whose internal name differs.
func typeName(t gjson.Result) string {
	n := node{Result: t}
	parts := n.strs("names")
	if len(parts) == 0 {
		return ""
	}
	name := workload.TypeName(parts[len(parts)-1])
	if t.Get("arrayBounds").Exists() {
		name += "[]"
	}
	return name
}

// relabels are the types that share text's representation: a cast of a
// column among them converts nothing, and an index still serves.
var relabels = map[string]bool{"text": true, "character varying": true, "name": true, "citext": false}

// columns gathers every column below a node, each once, sub-selects left out.
func columnsIn(n node, into []Column) []Column {
	switch n.kind {
	case "SubLink":
		return columnsIn(n.child("testexpr"), into)
	case "RangeSubselect":
		return into
	}
	if c, ok := n.column(); ok {
		for _, have := range into {
			if have == c {
				return into
			}
		}
		return append(into, c)
	}
	n.ForEach(func(k, v gjson.Result) bool {
		switch {
		case v.IsObject():
			if k.String() == "typeName" {
				return true
			}
			into = columnsIn(only(v), into)
		case v.IsArray():
			v.ForEach(func(_, e gjson.Result) bool {
				into = columnsIn(only(e), into)
				return true
			})
		}
		return true
	})
	return into
}

// value says what an expression without columns of its own level is.
func valueOf(n node) Value {
	switch n.kind {
	case "A_Const":
		return Const
	case "ParamRef":
		return Param
	case "TypeCast":
		return valueOf(n.child("arg"))
	case "SQLValueFunction":
		return Stable
	case "ColumnRef", "SubLink":
		return Runtime
	case "FuncCall", "A_Expr", "CoalesceExpr", "A_ArrayExpr", "RowExpr", "List", "MinMaxExpr", "CaseExpr", "BoolExpr", "NullTest", "CollateClause":
		worst := Const
		if n.kind == "FuncCall" {
			worst = Stable
		}
		for _, field := range []string{"args", "lexpr", "rexpr", "elements", "items", "arg", "defresult"} {
			r := n.Get(field)
			switch {
			case r.IsArray():
				for _, e := range n.list(field) {
					worst = max(worst, valueOf(e))
				}
			case r.IsObject():
				worst = max(worst, valueOf(only(r)))
			}
		}
		return worst
	}
	return Runtime
}

// render writes an expression again, for the forms that indexes are made of;
// ok is false for any other.
func render(n node) (string, bool) {
	switch n.kind {
	case "ColumnRef":
		c, ok := n.column()
		return workload.QuoteIdent(c.Name), ok
	case "A_Const":
		return constant(n), true
	case "ParamRef":
		return "$" + n.Get("number").String(), true
	case "TypeCast":
		arg, ok := render(n.child("arg"))
		return arg + "::" + typeName(n.Get("typeName")), ok
	case "FuncCall":
		name := n.strs("funcname")
		if len(name) == 0 || n.Get("agg_distinct").Exists() || n.Get("over").Exists() {
			return "", false
		}
		args, ok := renderAll(n.list("args"))
		return workload.QuoteIdent(name[len(name)-1]) + "(" + args + ")", ok
	case "CoalesceExpr":
		args, ok := renderAll(n.list("args"))
		return "COALESCE(" + args + ")", ok
	case "A_Expr":
		op := n.strs("name")
		l, ok1 := render(n.child("lexpr"))
		r, ok2 := render(n.child("rexpr"))
		if len(op) == 0 || !ok1 || !ok2 || n.Get("kind").String() != "AEXPR_OP" {
			return "", false
		}
		return "(" + l + " " + op[len(op)-1] + " " + r + ")", true
	}
	return "", false
}

// renderAll writes a function's arguments.
func renderAll(args []node) (string, bool) {
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

// constant writes a literal as SQL.
func constant(n node) string {
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
		return n.Get("fval.fval").String()
	case n.Get("bsval").Exists():
		return n.Get("bsval.bsval").String()
	}
	if v := n.Get("ival.ival"); v.Exists() {
		return v.Raw
	}
	return "0"
}
