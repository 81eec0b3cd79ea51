package rewrite

import (
	"encoding/json"
	"reflect"
	"slices"

	"github.com/pgverdict/pgverdict/internal/lex"
)

// node is a node of the raw parse tree. A node in a list or a field is wrapped in its
// kind: {"ColumnRef": {...}}.
type (
	node map[string]any
	list = []any
)

// body returns the fields of a node of a kind; nil if it is of another one.
func body(v any, kind string) node {
	switch n := v.(type) {
	case node:
		return asNode(n[kind])
	case map[string]any:
		return asNode(n[kind])
	}
	return nil
}

func asNode(v any) node {
	switch n := v.(type) {
	case node:
		return n
	case map[string]any:
		return n
	}
	return nil
}

func (n node) node(field string) node  { return asNode(n[field]) }
func (n node) list(field string) list  { l, _ := n[field].([]any); return l }
func (n node) str(field string) string { s, _ := n[field].(string); return s }
func (n node) has(field string) bool   { return n[field] != nil }

// strs returns a list of String nodes.
func (n node) strs(field string) []string {
	var out []string
	for _, v := range n.list(field) {
		if s := body(v, "String"); s != nil {
			out = append(out, s.str("sval"))
		}
	}
	return out
}

func number(v any) int {
	switch n := v.(type) {
	case int:
		return n
	case json.Number:
		i, _ := n.Int64()
		return int(i)
	}
	return 0
}

// replace returns a tree in which each node for which with returns another one is
// replaced. It changes maps and lists in place.
func replace(v any, with func(node) (any, bool)) any {
	switch n := v.(type) {
	case map[string]any:
		if to, ok := with(n); ok {
			return to
		}
		for k, x := range n {
			n[k] = replace(x, with)
		}
		return node(n)
	case node:
		return replace(map[string]any(n), with)
	case []any:
		for i, x := range n {
			n[i] = replace(x, with)
		}
	}
	return v
}

// visit calls a function with each node below and with itself, until it returns false
// for a branch.
func visit(v any, f func(node) bool) {
	switch n := v.(type) {
	case map[string]any:
		visit(node(n), f)
	case node:
		if f(n) {
			for _, x := range n {
				visit(x, f)
			}
		}
	case []any:
		for _, x := range n {
			visit(x, f)
		}
	}
}

func clone(v any) any {
	switch n := v.(type) {
	case map[string]any:
		return clone(node(n))
	case node:
		out := make(node, len(n))
		for k, x := range n {
			out[k] = clone(x)
		}
		return out
	case []any:
		out := make([]any, len(n))
		for i, x := range n {
			out[i] = clone(x)
		}
		return out
	}
	return v
}

// same reports whether two expressions are written alike.
func same(a, b any) bool { return reflect.DeepEqual(bare(a), bare(b)) }

func bare(v any) any {
	c := clone(v)
	visit(c, func(n node) bool { delete(n, "location"); return true })
	return c
}

func str(s string) node { return node{"String": node{"sval": s}} }

// ref is a ColumnRef.
func ref(names ...string) node {
	fields := list{}
	for _, s := range names {
		if s != "" {
			fields = append(fields, str(s))
		}
	}
	return node{"ColumnRef": node{"fields": fields}}
}

// column returns the qualifier and the name of a ColumnRef; ok is false for another
// node, a star, and a name with a schema.
func column(v any) (qualifier, name string, ok bool) {
	c := body(v, "ColumnRef")
	if c == nil {
		return "", "", false
	}
	parts := c.strs("fields")
	switch {
	case len(parts) != len(c.list("fields")):
	case len(parts) == 1:
		return "", parts[0], true
	case len(parts) == 2:
		return parts[0], parts[1], true
	}
	return "", "", false
}

// conjuncts returns the terms of an AND, or the expression itself.
func conjuncts(v any) list {
	if v == nil || reflect.ValueOf(v).IsNil() {
		return nil
	}
	if b := body(v, "BoolExpr"); b.str("boolop") == "AND_EXPR" {
		var out list
		for _, arg := range b.list("args") {
			out = append(out, conjuncts(arg)...)
		}
		return out
	}
	return list{v}
}

// all returns the AND of terms; nil for none.
func all(terms list) any { return joined("AND_EXPR", terms) }

func joined(op string, terms list) any {
	switch len(terms) {
	case 0:
		return nil
	case 1:
		return terms[0]
	}
	return node{"BoolExpr": node{"boolop": op, "args": terms}}
}

func not(v any) node { return node{"BoolExpr": node{"boolop": "NOT_EXPR", "args": list{v}}} }

// operator returns the sides of a plain comparison.
func operator(v any) (op string, left, right node) {
	x := body(v, "A_Expr")
	if x.str("kind") != "AEXPR_OP" || x.node("lexpr") == nil {
		return "", nil, nil
	}
	names := x.strs("name")
	if len(names) == 0 {
		return "", nil, nil
	}
	return names[len(names)-1], x.node("lexpr"), x.node("rexpr")
}

func compared(op string, left, right any) node {
	return node{"A_Expr": node{"kind": "AEXPR_OP", "name": list{str(op)}, "lexpr": left, "rexpr": right}}
}

// mirrored are the operators that say the same with the sides exchanged.
var mirrored = map[string]string{"=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

// funcCall returns the name and the arguments of a plain call.
func funcCall(v any) (string, list) {
	f := body(v, "FuncCall")
	names := f.strs("funcname")
	for _, field := range [...]string{"over", "agg_filter", "agg_distinct", "agg_order", "agg_within_group", "func_variadic"} {
		if f.has(field) {
			return "", nil
		}
	}
	if len(names) == 0 || len(names) == 2 && names[0] != "pg_catalog" || len(names) > 2 {
		return "", nil
	}
	return names[len(names)-1], f.list("args")
}

// cast returns the type of a cast, as format_type prints it, and its argument.
func cast(v any) (string, node) {
	c := body(v, "TypeCast")
	t := c.node("typeName")
	names := t.strs("names")
	if len(names) == 0 || t.has("arrayBounds") || t.has("typmods") {
		return "", nil
	}
	return lex.TypeName(names[len(names)-1]), c.node("arg")
}

// stringOf returns a string literal.
func stringOf(v any) (string, bool) {
	c := body(v, "A_Const")
	s, ok := c.node("sval")["sval"].(string)
	return s, ok
}

// integerOf reports whether a node is an integer literal, and returns it.
func integerOf(v any) (int, bool) {
	c := body(v, "A_Const")
	if c == nil || c["ival"] == nil {
		return 0, false
	}
	return number(c.node("ival")["ival"]), true
}

// unstable are the functions that return another value each time.
var unstable = map[string]bool{
	"random": true, "nextval": true, "currval": true, "setval": true, "clock_timestamp": true, "gen_random_uuid": true, "uuid_generate_v4": true,
	"uuid_generate_v1": true, "pg_sleep": true, "timeofday": true, "txid_current": true, "random_normal": true, "uuidv7": true, "uuidv4": true,
}

// steady reports whether no function below returns another value each time.
func steady(v any) bool {
	ok := true
	visit(v, func(n node) bool {
		if f := body(n, "FuncCall"); f != nil {
			names := f.strs("funcname")
			ok = ok && len(names) > 0 && !unstable[names[len(names)-1]]
		}
		return ok
	})
	return ok
}

// knownFunctions are functions of the server that are not volatile, beside those of one
// row's values and the aggregates.
var knownFunctions = map[string]bool{
	"row_number": true, "rank": true, "dense_rank": true, "lag": true, "lead": true, "first_value": true, "last_value": true, "ntile": true, "percent_rank": true,
	"cume_dist": true, "nth_value": true, "generate_series": true, "unnest": true, "jsonb_array_elements": true, "jsonb_array_elements_text": true, "json_array_elements": true,
	"jsonb_each": true, "percentile_cont": true, "percentile_disc": true, "mode": true, "json_object_agg": true, "jsonb_object_agg": true, "greatest": true, "least": true,
	"like_escape": true, "overlay": true, "translate": true, "similarity": true, "to_tsvector": true, "to_tsquery": true, "plainto_tsquery": true, "websearch_to_tsquery": true,
	"ts_rank": true, "regexp_replace": true, "regexp_match": true, "regexp_matches": true, "string_to_table": true, "jsonb_agg_strict": true, "make_interval": true, "justify_days": true, "to_number": true, "nullif": true,
}

// unknownFunctions returns the functions in a statement of which it is not known whether
// they are volatile.
func unknownFunctions(stmt any) []string {
	var list []string
	visit(stmt, func(n node) bool {
		if names := body(n, "FuncCall").strs("funcname"); len(names) > 0 {
			name := names[len(names)-1]
			if !rowFunctions[name] && !aggregateJoin[name] && !knownFunctions[name] && !unstable[name] && !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
		return true
	})
	slices.Sort(list)
	return list
}

// holds reports whether there is a node of a kind below.
func holds(v any, kinds ...string) bool {
	found := false
	visit(v, func(n node) bool {
		for _, k := range kinds {
			found = found || n[k] != nil
		}
		return !found
	})
	return found
}

// sameMap reports whether two nodes are one.
func sameMap(a, b node) bool { return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer() }
