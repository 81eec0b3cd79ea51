package rewrite

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// UnionAll writes an OR as one SELECT for each branch, each of which can use an index
// of its own. No row is in two of them, so UNION ALL returns the same rows, duplicates
// included.
var UnionAll = &Rewrite{Name: "one SELECT for each branch of the OR", moves: true, change: func(e *edit) bool {
	for _, l := range e.levels {
		if l.top && e.unionAll(l) {
			return true
		}
	}
	return false
}}

// mostBranches is how many branches of an OR are written out.
const mostBranches = 4

func (e *edit) unionAll(l *level) bool {
	counts := e.countsRows(l)
	if l.kind != "SelectStmt" || !counts && !l.grown("limitCount", "limitOffset", "distinctClause", "withClause") || !steady(map[string]any(l.node)) || l.str("limitOption") == "LIMIT_OPTION_WITH_TIES" {
		return false
	}
	if on := l.list("distinctClause"); len(on) > 1 || len(on) == 1 && len(asNode(on[0])) > 0 {
		return false
	}
	terms := l.where()
	at := slices.IndexFunc(terms, func(t any) bool { return e.apartByTable(l, t) })
	if at < 0 {
		return false
	}
	branches := body(terms[at], "BoolExpr").list("args")
	if len(branches) > mostBranches {
		return false
	}
	sort, ok := l.outputOrder()
	if !ok || counts && len(sort) > 0 {
		return false
	}
	var arms []node
	for i, b := range branches {
		arm := clone(map[string]any(l.node)).(node)
		for _, field := range [...]string{"sortClause", "limitCount", "limitOffset", "withClause", "distinctClause"} {
			delete(arm, field)
		}
		arm["limitOption"] = "LIMIT_OPTION_DEFAULT"
		if counts {
			arm["targetList"] = list{node{"ResTarget": node{"val": e.parsed("1")}}}
		}
		with := slices.Clone(terms[:at])
		with = append(with, conjuncts(b)...)
		if !l.has("distinctClause") {
			for _, before := range branches[:i] {
				with = append(with, node{"BooleanTest": node{"arg": before, "booltesttype": "IS_NOT_TRUE"}})
			}
		}
		where := clone(append(with, terms[at+1:]...)).(list)
		arm["whereClause"] = all(where)
		arms = append(arms, arm)
	}
	union := arms[0]
	for _, arm := range arms[1:] {
		union = node{"op": "SETOP_UNION", "larg": union, "rarg": arm, "limitOption": "LIMIT_OPTION_DEFAULT"}
		if !l.has("distinctClause") {
			union["all"] = true
		}
	}
	if counts {
		l.node["fromClause"] = list{node{"RangeSubselect": node{"subquery": node{"SelectStmt": union}, "alias": node{"aliasname": e.fresh("branches")}}}}
		delete(l.node, "whereClause")
		return true
	}
	for _, field := range [...]string{"limitCount", "limitOffset", "limitOption", "withClause"} {
		if l.has(field) {
			union[field] = l.node[field]
		}
	}
	if len(sort) > 0 {
		union["sortClause"] = sort
	}
	for k := range l.node {
		delete(l.node, k)
	}
	for k, v := range union {
		l.node[k] = v
	}
	return true
}

// countsRows reports whether the only output of a level is count(*).
func (e *edit) countsRows(l *level) bool {
	if len(l.outputs()) != 1 {
		return false
	}
	f := body(l.outputs()[0]["val"], "FuncCall")
	names := f.strs("funcname")
	copied := level{node: clone(map[string]any(l.node)).(node), kind: l.kind}
	copied.node["targetList"] = list{}
	delete(copied.node, "withClause")
	return f.has("agg_star") && !f.has("over") && !f.has("agg_filter") && len(names) > 0 && names[len(names)-1] == "count" && copied.plain() && !l.has("sortClause")
}

// apartByTable reports whether a condition is an OR of which the branches are on
// different tables.
func (e *edit) apartByTable(l *level, term any) bool {
	b := body(term, "BoolExpr")
	if b.str("boolop") != "OR_EXPR" {
		return false
	}
	seen := map[*item]bool{}
	for _, branch := range b.list("args") {
		items, sure := l.refersTo(branch)
		if !sure || len(items) != 1 || holds(branch, "SubLink") {
			return false
		}
		seen[items[0]] = true
	}
	return len(seen) > 1
}

// outputOrder returns ORDER BY as names of output columns, which is all that a set
// operation accepts.
func (l *level) outputOrder() (list, bool) {
	var out list
	for _, s := range l.list("sortClause") {
		by := clone(body(s, "SortBy")).(node)
		name := ""
		if _, ok := integerOf(by["node"]); ok {
			out = append(out, node{"SortBy": by})
			continue
		}
		for _, t := range l.outputs() {
			_, as, plain := column(t["val"])
			if n := t.str("name"); n != "" {
				as = n
			}
			q, key, isColumn := column(by["node"])
			switch {
			case same(t["val"], by["node"]) && (plain || t.str("name") != ""), isColumn && q == "" && key == as && as != "":
				name = as
			case plain && isColumn:
				a, n1 := l.owner(t["val"])
				b, n2 := l.owner(by["node"])
				if a != nil && a == b && n1 == n2 {
					name = as
				}
			}
		}
		if name == "" && l.star() && len(l.items) == 1 {
			_, name, _ = column(by["node"])
		}
		if name == "" {
			return nil, false
		}
		by["node"] = ref(name)
		out = append(out, node{"SortBy": by})
	}
	return out, true
}

// BareColumn compares a column with a value of its own type instead of a cast of it.
var BareColumn = &Rewrite{Name: "the column compared in its own type", change: func(e *edit) bool {
	done := false
	for _, l := range e.levels {
		if !l.has("whereClause") {
			continue
		}
		l.node["whereClause"] = replace(l.node["whereClause"], func(n node) (any, bool) {
			if n["SubLink"] != nil {
				return n, true
			}
			to, ok := e.bareColumn(l, n)
			done = done || ok
			return to, ok
		})
	}
	return done
}}

// integers are the types of whole numbers, with the most digits that always fit.
var integers = map[string]int{"smallint": 4, "integer": 9, "bigint": 18}

var wholeText = regexp.MustCompile(`^(0|-?[1-9]\d*)$`)

func (e *edit) bareColumn(l *level, n node) (any, bool) {
	op, left, right := operator(n)
	if op != "=" {
		return nil, false
	}
	if constant(left) {
		left, right = right, left
	}
	if !constant(right) {
		return nil, false
	}
	typ, arg := cast(left)
	if typ == "" {
		arg = left
	}
	of, name := l.owner(arg)
	if _, _, plain := column(arg); !plain || name == "" || e.at.Column != "" && name != e.at.Column {
		return nil, false
	}
	own := of.typeOf(name)
	if own != "" && integers[own] == 0 {
		return nil, false
	}
	value, digits, ok := e.wholeValue(right, typ == "text" || typ == "character varying")
	if !ok || typ == "" && digits < 0 && own == "" {
		return nil, false
	}
	if typ == "" && !castsColumn(right) {
		return nil, false
	}
	switch typ {
	case "", "text", "character varying", "numeric", "double precision", "bigint":
	default:
		return nil, false
	}
	if own == "" {
		e.provided(expression(l, arg) + " is a column of whole numbers")
		if digits > integers["integer"] {
			return nil, false
		}
	} else if digits > integers[own] {
		return nil, false
	}
	return compared("=", clone(arg), value), true
}

// castsColumn reports whether a value makes the server cast an integer column that is
// compared with it.
func castsColumn(v any) bool {
	t, _ := cast(v)
	c := body(v, "A_Const")
	return t == "numeric" || t == "double precision" || t == "real" || c != nil && c["fval"] != nil
}

// wholeValue returns a value as a whole number, and how many digits it has: -1 if that
// is not known.
func (e *edit) wholeValue(v any, text bool) (any, int, bool) {
	if _, arg := cast(v); arg != nil {
		_, isText := stringOf(arg)
		return e.wholeValue(arg, text || isText)
	}
	if _, literal := integerOf(v); literal && !text {
		return v, 9, true
	}
	c := body(v, "A_Const")
	digits, literal := stringOf(v)
	if f, ok := c.node("fval")["fval"].(string); ok && !text {
		digits, literal = f, true
		if whole, zeros, point := strings.Cut(f, "."); point && strings.Trim(zeros, "0") == "" {
			digits = whole
		}
	}
	switch {
	case literal && wholeText.MatchString(digits):
		n := len(strings.TrimPrefix(digits, "-"))
		if n <= 9 {
			return node{"A_Const": node{"ival": ival(digits)}}, n, true
		}
		return node{"A_Const": node{"fval": node{"fval": digits}}}, n, !strings.HasPrefix(digits, "-")
	case body(v, "ParamRef") != nil:
		if text {
			e.provided(paramName(asNode(v)) + " is a whole number, without a sign or zeros before it")
		} else {
			e.provided(paramName(asNode(v)) + " is a whole number that fits the column's type")
		}
		return e.parsed("$1::bigint", v), 0, true
	}
	return nil, 0, false
}

func ival(digits string) node {
	if digits == "0" {
		return node{}
	}
	return node{"ival": json.Number(digits)}
}

// NoCoalesce writes coalesce(column, x) = y as conditions on the column.
var NoCoalesce = &Rewrite{Name: "the column compared without coalesce", change: func(e *edit) bool {
	done := false
	for _, l := range e.levels {
		terms := l.where()
		for i, t := range terms {
			op, left, right := operator(t)
			if op != "=" || !constant(right) {
				continue
			}
			c := body(left, "CoalesceExpr").list("args")
			if len(c) != 2 || body(c[1], "A_Const") == nil && body(c[1], "TypeCast") == nil || !constant(c[1]) {
				continue
			}
			of, name := l.owner(c[0])
			if name == "" || e.at.Column != "" && name != e.at.Column {
				continue
			}
			a, oneText := stringOf(c[1])
			b, otherText := stringOf(right)
			x, oneNumber := integerOf(c[1])
			y, otherNumber := integerOf(right)
			equal := compared("=", c[0], right)
			switch {
			case of.notNull(name):
				terms[i] = equal
			case oneText && otherText && a != b && of.typeOf(name) == "text", oneNumber && otherNumber && x != y:
				terms[i] = equal
			case same(c[1], right):
				terms[i] = joined("OR_EXPR", list{equal, node{"NullTest": node{"arg": clone(c[0]), "nulltesttype": "IS_NULL"}}})
			default:
				terms[i] = joined("OR_EXPR", list{equal, all(list{node{"NullTest": node{"arg": clone(c[0]), "nulltesttype": "IS_NULL"}}, compared("=", c[1], right)})})
			}
			done = true
		}
		if done {
			l.setWhere(terms)
		}
	}
	return done
}}

// Contains writes document ->> key = value as containment, which a GIN index serves.
var Contains = &Rewrite{Name: "containment instead of ->>", change: func(e *edit) bool {
	done := false
	for _, l := range e.levels {
		terms := l.where()
		for i, t := range terms {
			op, left, right := operator(t)
			arrow, document, key := operator(left)
			if op != "=" || arrow != "->>" || !constant(right) || !constant(key) {
				continue
			}
			if _, path := integerOf(key); path {
				continue // an element of an array
			}
			of, name := l.owner(document)
			typ := of.typeOf(name)
			if name == "" || typ != "" && typ != "jsonb" || e.at.Column != "" && name != e.at.Column {
				continue
			}
			if typ == "" {
				e.provided(expression(l, document) + " is of type jsonb")
			}
			_, literal := stringOf(right)
			t, _ := cast(right)
			if !literal && body(right, "ParamRef") == nil && t != "text" {
				continue
			}
			k := "the key"
			if s, ok := stringOf(key); ok && e.at.Column == "" && regexp.MustCompile(`^\w+$`).MatchString(s) {
				k = "the value of the key"
			}
			e.provided(k + " is a string in the documents, and no number, and the documents are objects")
			terms[i] = compared("@>", document, e.parsed("jsonb_build_object($1, $2::text)", key, right))
			done = true
		}
		if done {
			l.setWhere(terms)
		}
	}
	return done
}}

// RowComparison writes a < x OR (a = x AND b < y) as a row comparison, by which an
// index is searched.
var RowComparison = &Rewrite{Name: "a row comparison", change: func(e *edit) bool {
	done := false
	for _, l := range e.levels {
		terms := l.where()
		for i, t := range terms {
			if columns, values, op, ok := rowOrder(t); ok {
				row := func(args list) node { return node{"RowExpr": node{"args": args, "row_format": "COERCE_IMPLICIT_CAST"}} }
				terms[i], done = compared(op, row(columns), row(values)), true
			}
		}
		if done {
			l.setWhere(terms)
		}
	}
	return done
}}

// rowOrder reads the comparison of rows that an OR stands for.
func rowOrder(term any) (columns, values list, op string, ok bool) {
	b := body(term, "BoolExpr")
	if b.str("boolop") != "OR_EXPR" || len(b.list("args")) != 2 {
		return nil, nil, "", false
	}
	first, second := b.list("args")[0], b.list("args")[1]
	if len(conjuncts(first)) > 1 {
		first, second = second, first
	}
	op, left, right := operator(first)
	if op != "<" && op != ">" || !constant(right) {
		return nil, nil, "", false
	}
	rest := conjuncts(second)
	if len(rest) != 2 {
		return nil, nil, "", false
	}
	eq, l2, r2 := operator(rest[0])
	if eq != "=" {
		rest[0], rest[1] = rest[1], rest[0]
		eq, l2, r2 = operator(rest[0])
	}
	if eq != "=" || !same(l2, left) || !same(r2, right) {
		return nil, nil, "", false
	}
	if _, _, plain := column(left); !plain {
		return nil, nil, "", false
	}
	if c, v, o, ok := rowOrder(rest[1]); ok && strings.TrimSuffix(o, "=") == op {
		return append(list{left}, c...), append(list{right}, v...), o, true
	}
	o, l3, r3 := operator(rest[1])
	if _, _, plain := column(l3); !plain || strings.TrimSuffix(o, "=") != op || !constant(r3) {
		return nil, nil, "", false
	}
	return list{left, l3}, list{right, r3}, o, true
}

// KeepDuplicates writes UNION as UNION ALL.
var KeepDuplicates = &Rewrite{Name: "UNION ALL instead of UNION", change: func(e *edit) bool {
	for _, l := range e.levels {
		if l.str("op") == "SETOP_UNION" && !l.has("all") {
			for s := l.node; s.str("op") == "SETOP_UNION"; s = s.node("larg") {
				s["all"] = true
			}
			e.provided("no row is in two of the SELECTs or twice in one, or duplicates do no harm")
			return true
		}
	}
	return false
}}

// Sample reads a part of a table for some random rows of it.
var Sample = &Rewrite{Name: "a sample of the table", change: func(e *edit) bool {
	for _, l := range e.levels {
		sort := l.list("sortClause")
		if len(sort) != 1 || len(l.items) != 1 || l.items[0].range_ == nil || !l.has("limitCount") || !l.grown("sortClause", "limitCount", "withClause") {
			continue
		}
		if name, args := funcCall(body(sort[0], "SortBy")["node"]); name != "random" || len(args) > 0 {
			continue
		}
		table := l.items[0].node
		l.node["fromClause"] = list{node{"RangeTableSample": node{"relation": table, "method": list{str("system")}, "args": list{e.parsed("1")}}}}
		e.provided("other random rows will do: those of 1% of the pages, in which rows that were stored together come together")
		e.provided("1% of " + named(l.items[0].relation()) + " has enough rows that pass the conditions")
		return true
	}
	return false
}}

// WholeLastDay ends a range of days behind its last one.
var WholeLastDay = &Rewrite{Name: "a range with its whole last day", change: func(e *edit) bool {
	dayOnly := regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}$`)
	isDay := func(v any) bool {
		if t, arg := cast(v); t == "date" {
			return arg != nil
		}
		s, literal := stringOf(v)
		return literal && dayOnly.MatchString(s)
	}
	done := false
	for _, l := range e.levels {
		terms := l.where()
		at := func(column any) bool {
			of, name := l.owner(column)
			return name != "" && strings.HasPrefix(of.typeOf(name), "timestamp")
		}
		for i, t := range terms {
			x := body(t, "A_Expr")
			bounds := body(x["rexpr"], "List").list("items")
			if op, left, right := operator(t); op == "<=" && isDay(right) && at(left) {
				terms[i] = compared("<", left, e.dayAfter(right))
			} else if x.str("kind") == "AEXPR_BETWEEN" && len(bounds) == 2 && isDay(bounds[1]) && at(x["lexpr"]) {
				terms[i] = all(list{compared(">=", x["lexpr"], bounds[0]), compared("<", clone(x["lexpr"]), e.dayAfter(bounds[1]))})
			} else {
				continue
			}
			done = true
		}
		if done {
			l.setWhere(conjuncts(all(terms)))
		}
	}
	if done {
		e.provided("there are no rows of the last day after its midnight: those are what it adds")
	}
	return done
}}

// dayAfter returns the day after a day.
func (e *edit) dayAfter(day any) any {
	if t, _ := cast(day); t == "date" {
		return e.parsed("$1 + 1", day)
	}
	return e.parsed("$1::date + 1", day)
}

// IsNull writes = NULL and <> NULL, which no row passes, as what is meant.
var IsNull = &Rewrite{Name: "IS NULL instead of a comparison with NULL", change: func(e *edit) bool {
	done := false
	for _, l := range e.levels {
		if !l.has("whereClause") {
			continue
		}
		l.node["whereClause"] = replace(l.node["whereClause"], func(n node) (any, bool) {
			op, left, right := operator(n)
			test := map[string]string{"=": "IS_NULL", "<>": "IS_NOT_NULL"}[op]
			if test == "" || body(right, "A_Const")["isnull"] == nil || body(left, "ColumnRef") == nil {
				return nil, false
			}
			done = true
			return node{"NullTest": node{"arg": left, "nulltesttype": test}}, true
		})
	}
	if done {
		e.provided("no row has NULL there: the comparison as it stands is true for none")
	}
	return done
}}

// ArrayContains writes value = ANY (column) as containment, which a GIN index serves.
var ArrayContains = &Rewrite{Name: "containment instead of = ANY (column)", change: func(e *edit) bool {
	done := false
	for _, l := range e.levels {
		terms := l.where()
		for i, t := range terms {
			x := body(t, "A_Expr")
			of, name := l.owner(x["rexpr"])
			if _, _, plain := column(x["rexpr"]); !plain || x.str("kind") != "AEXPR_OP_ANY" || x.strs("name")[0] != "=" || !constant(x["lexpr"]) || e.at.Column != "" && name != e.at.Column {
				continue
			}
			array := e.parsed("ARRAY[$1]", x["lexpr"])
			typ := of.typeOf(name)
			if typ == "" {
				e.provided(expression(l, x["rexpr"]) + " is an array of the value's type")
			} else {
				array = e.parsed("ARRAY[$1]::"+typ, x["lexpr"])
			}
			terms[i], done = compared("@>", x["rexpr"], array), true
		}
		if done {
			l.setWhere(terms)
		}
	}
	return done
}}
