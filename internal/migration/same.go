package migration

import (
	"regexp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/sql"
)

// textOf returns an expression in a form in which what a person writes and what the
// server prints of it are the same: without brackets and casts, IN for = ANY.
func textOf(e catalog.Expr) string {
	if e.Node.Kind == "" {
		return strings.Join(strings.Fields(e.Text), " ")
	}
	return canonical(e.Node)
}

var location = regexp.MustCompile(`,?"(?:stmt_)?location":\d+`)

func canonical(n sql.Node) string {
	list := func(nodes []sql.Node) string {
		var out []string
		for _, e := range nodes {
			out = append(out, canonical(e))
		}
		return strings.Join(out, ", ")
	}
	switch n.Kind {
	case "":
		return ""
	case "TypeCast", "CollateClause":
		return canonical(n.Child("arg"))
	case "ColumnRef":
		if names := n.Strs("fields"); len(names) > 0 {
			return names[len(names)-1]
		}
	case "FuncCall":
		if names := n.Strs("funcname"); len(names) > 0 && !n.Get("over").Exists() && !n.Get("agg_filter").Exists() {
			return strings.ToLower(names[len(names)-1]) + "(" + list(n.List("args")) + ")"
		}
	case "SQLValueFunction":
		if n.Get("op").String() == "SVFOP_CURRENT_TIMESTAMP" {
			return "now()"
		}
	case "BoolExpr":
		op := map[string]string{"AND_EXPR": " and ", "OR_EXPR": " or "}[n.Get("boolop").String()]
		if op == "" {
			return "not(" + list(n.List("args")) + ")"
		}
		var terms []string
		for _, arg := range n.List("args") {
			if arg.Kind == "BoolExpr" && arg.Get("boolop").String() == n.Get("boolop").String() {
				terms = append(terms, strings.TrimSuffix(strings.TrimPrefix(canonical(arg), "("), ")"))
			} else {
				terms = append(terms, canonical(arg))
			}
		}
		return "(" + strings.Join(terms, op) + ")"
	case "A_Expr":
		names := n.Strs("name")
		if len(names) == 0 {
			break
		}
		op, left, right := names[len(names)-1], canonical(n.Child("lexpr")), n.Child("rexpr")
		switch kind := n.Get("kind").String(); kind {
		case "AEXPR_IN":
			return left + map[string]string{"=": " in (", "<>": " not in ("}[op] + list(right.List("items")) + ")"
		case "AEXPR_OP_ANY", "AEXPR_OP_ALL":
			array := right
			for array.Kind == "TypeCast" {
				array = array.Child("arg")
			}
			if array.Kind == "A_ArrayExpr" && (op == "=" && kind == "AEXPR_OP_ANY" || op == "<>" && kind == "AEXPR_OP_ALL") {
				return left + map[string]string{"=": " in (", "<>": " not in ("}[op] + list(array.List("elements")) + ")"
			}
			return left + " " + op + " " + kind + " " + canonical(right)
		case "AEXPR_BETWEEN":
			if ends := right.List("items"); len(ends) == 2 {
				return "(" + left + " >= " + canonical(ends[0]) + " and " + left + " <= " + canonical(ends[1]) + ")"
			}
		case "AEXPR_OP", "AEXPR_LIKE", "AEXPR_ILIKE":
			return "(" + left + " " + op + " " + canonical(right) + ")"
		}
	case "A_ArrayExpr":
		return "[" + list(n.List("elements")) + "]"
	}
	return n.Kind + location.ReplaceAllString(n.Raw(), "")
}
