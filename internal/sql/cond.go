package sql

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/redact"
)

// conjuncts splits a condition at its ANDs and adds the parts to a list.
func conjuncts(n Node, into []Cond) []Cond {
	switch {
	case n.Kind == "":
		return into
	case n.Kind == "BoolExpr" && n.Get("boolop").String() == "AND_EXPR":
		for _, a := range n.List("args") {
			into = conjuncts(a, into)
		}
		return into
	case n.Kind == "A_Expr" && n.Get("kind").String() == "AEXPR_BETWEEN":
		items := n.Child("rexpr").List("items")
		if len(items) == 2 {
			into = append(into, comparison(n.Child("lexpr"), ">=", items[0]))
			return append(into, comparison(n.Child("lexpr"), "<=", items[1]))
		}
	}
	return append(into, condition(n))
}

// condition reads one conjunct.
func condition(n Node) Cond {
	switch n.Kind {
	case "A_Expr":
		return operatorCondition(n)
	case "NullTest":
		c := operand(n.Child("arg"))
		c.Op = IsNull
		if n.Get("nulltesttype").String() == "IS_NOT_NULL" {
			c.Op = NotNull
		}
		return c
	case "BooleanTest":
		c := operand(n.Child("arg"))
		switch n.Get("booltesttype").String() {
		case "IS_TRUE", "":
			c.Op = IsTrue
		case "IS_FALSE":
			c.Op = IsFalse
		case "IS_NOT_TRUE":
			c.Op = NotTrue // also if it is NULL
		case "IS_NOT_FALSE":
			c.Op = NotFalse
		default:
			c.Op = Unknown
		}
		return c
	case "ColumnRef":
		c := operand(n)
		c.Op = IsTrue
		return c
	case "BoolExpr":
		args := n.List("args")
		switch n.Get("boolop").String() {
		case "NOT_EXPR":
			if len(args) == 1 && args[0].Kind == "SubLink" {
				return condition(args[0])
			}
			if len(args) == 1 && args[0].Kind == "ColumnRef" {
				c := operand(args[0])
				c.Op = IsFalse
				return c
			}
			if len(args) == 1 && args[0].Get("kind").String() == "AEXPR_DISTINCT" {
				return same(args[0]) // as a plan prints it
			}
		case "OR_EXPR":
			c := Cond{Op: Or, Value: Runtime, ExprColumns: columnsIn(n, nil)}
			for _, a := range args {
				if branch := conjuncts(a, nil); len(branch) > 0 {
					c.Any = append(c.Any, branch)
				}
			}
			return c
		}
	}
	return Cond{Op: Unknown, Value: Runtime, ExprColumns: columnsIn(n, nil)}
}

// operatorCondition reads a condition with an operator.
func operatorCondition(n Node) Cond {
	name := n.Strs("name")
	if len(name) == 0 {
		return Cond{Op: Unknown, Value: Runtime, ExprColumns: columnsIn(n, nil)}
	}
	op := name[len(name)-1]
	left, right := n.Child("lexpr"), n.Child("rexpr")
	switch n.Get("kind").String() {
	case "AEXPR_IN":
		if op == "=" {
			c := operand(left)
			c.Op, c.Operator = In, "="
			items := right.List("items")
			c.InSize, c.Value = len(items), Const
			for _, i := range items {
				c.Value = max(c.Value, valueOf(i))
			}
			if len(items) == 1 {
				return comparison(left, "=", items[0])
			}
			c.List = literals(items)
			return c
		}
	case "AEXPR_OP_ANY":
		if _, column := right.column(); column && op == "=" && len(columnsIn(left, nil)) == 0 {
			return Cond{Op: Member, Operator: op, Value: valueOf(left), ExprColumns: columnsIn(right, nil)}
		}
		if op == "=" {
			c := operand(left)
			c.Op, c.Operator, c.Value = In, "=", valueOf(right)
			c.InSize, c.List = array(right)
			return c
		}
	case "AEXPR_NOT_DISTINCT":
		return same(n)
	case "AEXPR_OP", "AEXPR_LIKE", "AEXPR_ILIKE", "AEXPR_SIMILAR":
		return comparison(left, op, right)
	}
	return Cond{Op: Unknown, Operator: op, Value: Runtime, ExprColumns: columnsIn(n, nil)}
}

// same reads left IS NOT DISTINCT FROM right.
func same(n Node) Cond {
	c := comparison(n.Child("lexpr"), "=", n.Child("rexpr"))
	c.Op, c.Left, c.ExprColumns = Same, Column{}, columnsIn(n, nil)
	return c
}

// comparison reads left op right as a condition on a column of the left side, or
// of the right side if only that one has columns.
func comparison(left Node, op string, right Node) Cond {
	more := 0
	if left.Kind == "RowExpr" && right.Kind == "RowExpr" {
		l, r := left.List("args"), right.List("args")
		if len(l) > 0 && len(r) > 0 {
			left, right = l[0], r[0] // an index is bounded by the first column of a row comparison
			more = len(l) - 1
		}
	}
	if len(columnsIn(left, nil)) == 0 && len(columnsIn(right, nil)) > 0 {
		if flipped, ok := commuted[op]; ok {
			left, op, right = right, flipped, left
		}
	}
	c := operand(left)
	c.Operator = op
	of, _ := computed(right)
	c.Computed += of + more
	c.Value = valueOf(right)
	if other, ok := uncast(right).column(); ok {
		c.Other = other
	} else {
		c.Others = columnsIn(right, nil)
	}
	arg := uncast(right)
	if c.Value == Const && arg.Kind == "A_Const" {
		c.Const = redact.SQL(constant(arg))
	}
	if c.Cast == "" {
		c.Cast = typeOfValue(right)
	}
	c.Op = classify(op, c, arg)
	if callsVolatile(right) && (c.Left.Name != "" || len(c.ExprColumns) > 0) {
		if c.Left.Name != "" {
			c.ExprColumns = []Column{c.Left}
		}
		c.Op, c.Left = Volatile, Column{}
	}
	return c
}

// volatileCalls are the server's own functions that return another value at each call.
var volatileCalls = map[string]bool{
	"random": true, "random_normal": true, "clock_timestamp": true, "timeofday": true, "nextval": true, "gen_random_uuid": true, "uuidv4": true, "uuidv7": true,
}

// callsVolatile reports whether an expression has to be computed for each row. What is in
// a subquery is computed once.
func callsVolatile(n Node) bool {
	if name := n.Strs("funcname"); n.Kind == "FuncCall" && len(name) > 0 && volatileCalls[name[len(name)-1]] {
		return true
	}
	for _, field := range []string{"args", "lexpr", "rexpr", "arg"} {
		switch r := n.Get(field); {
		case r.IsArray():
			if slices.ContainsFunc(n.List(field), callsVolatile) {
				return true
			}
		case r.IsObject():
			if callsVolatile(unwrap(r)) {
				return true
			}
		}
	}
	return false
}

// typeOfValue returns the type of a value as far as its expression tells it: a cast, an
// ARRAY of casts, the constructor of a range, the current time. Empty otherwise.
func typeOfValue(n Node) string {
	switch n.Kind {
	case "TypeCast":
		return typeName(n.Get("typeName"))
	case "A_ArrayExpr":
		if items := n.List("elements"); len(items) > 0 {
			return typeOfValue(items[0]) + "[]"
		}
	case "FuncCall":
		name := n.Strs("funcname")
		if len(name) == 0 {
			break
		}
		switch last := name[len(name)-1]; {
		case last == "now":
			return "timestamp with time zone"
		case strings.HasSuffix(last, "range"):
			return last
		}
	case "A_Expr": // a time and an interval
		if t := typeOfValue(n.Child("lexpr")); strings.HasPrefix(t, "timestamp") || t == "date" {
			return t
		}
	case "SQLValueFunction":
		if strings.HasSuffix(n.Get("op").String(), "_CURRENT_DATE") {
			return "date"
		}
	}
	return ""
}

var commuted = map[string]string{"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<=", "@>": "<@", "<@": "@>", "&&": "&&", "<->": "<->", "<=>": "<=>", "<#>": "<#>", "<+>": "<+>"}

// Turned is an operator that compares the same with its sides exchanged; empty if there is
// none.
func Turned(operator string) string { return commuted[operator] }

func classify(op string, c Cond, value Node) Op {
	switch op {
	case "=":
		return Eq
	case "<>", "!=":
		return Ne
	case "<", "<=", ">", ">=", "~<~", "~<=~", "~>~", "~>=~", "^@":
		return Range
	case "~~":
		if c.Cast == "citext" {
			return LikeAny // it ignores case
		}
		if c.Value == Const && value.Kind == "A_Const" {
			pattern := value.Get("sval.sval").String()
			if strings.HasPrefix(pattern, "%") || strings.HasPrefix(pattern, "_") {
				return LikeAny
			}
			if !strings.ContainsAny(pattern, `%_\`) {
				return Eq
			}
		}
		return Like
	case "~~*", "~", "~*":
		return LikeAny
	case "!~~", "!~~*", "!~", "!~*":
		return NotLike
	case "@>", "<@", "&&", "@@", "@@@", "?", "?|", "?&", "@?", "%", "<%", "%>", "<<", "<<=", ">>", ">>=":
		return Contains
	}
	return Unknown
}

// operand returns one side of a condition: a bare column, or an expression.
func operand(n Node) Cond {
	bare, relabel := n, ""
	if name := typeName(n.Get("typeName")); n.Kind == "TypeCast" && relabels[name] && n.Child("arg").Kind == "ColumnRef" {
		bare, relabel = n.Child("arg"), name
	}
	if bare.Kind == "CollateClause" {
		bare = bare.Child("arg")
	}
	if c, ok := bare.column(); ok {
		return Cond{Left: c, Relabel: relabel}
	}
	c := Cond{ExprColumns: columnsIn(n, nil)}
	c.Computed, _ = computed(n)
	if text, ok := render(n); ok {
		c.Expr = redact.SQL(text)
	}
	switch n.Kind {
	case "FuncCall":
		if name := n.Strs("funcname"); len(name) > 0 {
			c.Func = name[len(name)-1]
		}
	case "CoalesceExpr":
		c.Func = "coalesce"
	case "TypeCast":
		c.Cast = typeName(n.Get("typeName"))
	}
	return c
}

func uncast(n Node) Node {
	for n.Kind == "TypeCast" {
		n = n.Child("arg")
	}
	return n
}

// array returns the size and the elements of an array constant or constructor; 0
// for anything else.
func array(n Node) (size int, list []redact.Text) {
	n = uncast(n)
	switch n.Kind {
	case "A_ArrayExpr":
		items := n.List("elements")
		return len(items), literals(items)
	case "A_Const":
		s, ok := strings.CutPrefix(n.Get("sval.sval").String(), "{")
		if s = strings.TrimSuffix(s, "}"); !ok || s == "" {
			return 0, nil
		}
		var item strings.Builder
		inQuotes := false
		add := func() {
			list = append(list, redact.SQL("'"+strings.ReplaceAll(item.String(), "'", "''")+"'"))
			item.Reset()
		}
		for i := 0; i < len(s); i++ {
			switch {
			case s[i] == '\\' && i+1 < len(s):
				i++
				item.WriteByte(s[i])
			case s[i] == '"':
				inQuotes = !inQuotes
			case s[i] == ',' && !inQuotes:
				add()
			default:
				item.WriteByte(s[i])
			}
		}
		add()
		return len(list), list
	}
	return 0, nil
}

// literals returns expressions as written, or nil if one of them is not a
// literal.
func literals(items []Node) []redact.Text {
	var list []redact.Text
	for _, n := range items {
		if n = uncast(n); n.Kind != "A_Const" {
			return nil
		}
		list = append(list, redact.SQL(constant(n)))
	}
	return list
}
