package rewrite

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

// level is a SELECT, UPDATE or DELETE of the query: what has a FROM list of its own.
type level struct {
	node                  // the fields of the statement
	kind  string          // SelectStmt, UpdateStmt, DeleteStmt
	outer *level          // nil: the statement itself
	sees  *level          // the outer level whose columns it can name
	items []*item         // of FROM, joins included
	ctes  map[string]bool // in scope
	top   bool            // its rows are those of the statement
}

// item is an item of FROM.
type item struct {
	name    string // that qualifies its columns
	node    node   // RangeVar, RangeSubselect ...
	table   *workload.Table
	range_  node // the RangeVar of a table or view
	outside bool // it is in an outer join
}

// read finds the levels, the names and the parameters of the query.
func (e *edit) read() {
	e.names = map[string]bool{}
	visit(e.stmt, func(n node) bool {
		if p := body(n, "ParamRef"); p != nil {
			e.params = max(e.params, number(p["number"]))
		}
		for _, v := range n {
			if s, ok := v.(string); ok {
				e.names[s] = true
			}
		}
		return true
	})
	e.find(e.stmt, nil, nil)
	if len(e.levels) > 0 {
		e.levels[0].top = true
	}
}

// find adds the levels below a node. Only subqueries of expressions, and LATERAL ones,
// see the columns of the level that they are in.
func (e *edit) find(v any, outer, sees *level) {
	switch n := v.(type) {
	case map[string]any:
		e.find(node(n), outer, sees)
	case node:
		if r := body(n, "RangeSubselect"); outer != nil && (r != nil && !r.has("lateral") || n["CommonTableExpr"] != nil) {
			sees = outer.sees
		}
		for _, kind := range [...]string{"SelectStmt", "UpdateStmt", "DeleteStmt", "InsertStmt"} {
			if s := body(n, kind); s != nil {
				e.statement(kind, s, outer, sees)
				return
			}
		}
		for _, field := range sortedFields(n) {
			e.find(n[field], outer, sees)
		}
	case []any:
		for _, x := range n {
			e.find(x, outer, sees)
		}
	}
}

func (e *edit) statement(kind string, s node, outer, sees *level) {
	l := &level{node: s, kind: kind, outer: outer, sees: sees, ctes: map[string]bool{}}
	if outer != nil {
		for name := range outer.ctes {
			l.ctes[name] = true
		}
	}
	for _, c := range s.node("withClause").list("ctes") {
		l.ctes[body(c, "CommonTableExpr").str("ctename")] = true
	}
	if r := s.node("relation"); r != nil {
		l.items = append(l.items, e.item(node{"RangeVar": r}, false, l))
	}
	e.from(l, s.list("fromClause"), false)
	e.from(l, s.list("usingClause"), false)
	e.levels = append(e.levels, l)
	for _, arm := range [...]string{"larg", "rarg"} {
		if a := s.node(arm); a != nil {
			e.statement("SelectStmt", a, l, sees)
		}
	}
	for _, field := range sortedFields(s) {
		if field != "larg" && field != "rarg" {
			e.find(s[field], l, l)
		}
	}
}

// sortedFields returns the fields of a statement in an order that does not change.
func sortedFields(n node) []string {
	fields := make([]string, 0, len(n))
	for k := range n {
		fields = append(fields, k)
	}
	slices.Sort(fields)
	return fields
}

func (e *edit) from(l *level, items list, outside bool) {
	for _, v := range items {
		if j := body(v, "JoinExpr"); j != nil {
			inner := j.str("jointype") == "JOIN_INNER" && !j.has("isNatural") && !j.has("alias")
			e.from(l, list{j["larg"], j["rarg"]}, outside || !inner)
			continue
		}
		l.items = append(l.items, e.item(v, outside, l))
	}
}

func (e *edit) item(v any, outside bool, l *level) *item {
	i := &item{node: asNode(v), outside: outside}
	for _, fields := range i.node {
		i.name = asNode(fields).node("alias").str("aliasname")
	}
	if r := body(v, "RangeVar"); r != nil {
		if i.name == "" {
			i.name = r.str("relname")
		}
		if r.str("schemaname") != "" || !l.ctes[r.str("relname")] {
			i.range_ = r
			i.table = e.tables(r.str("schemaname"), r.str("relname"))
		}
	}
	return i
}

// item returns the item of FROM of a name.
func (l *level) item(name string) *item {
	for _, i := range l.items {
		if i.name == name {
			return i
		}
	}
	return nil
}

// owner returns the item that a column belongs to; nil if it belongs to an outer level
// or if that is not sure.
func (l *level) owner(v any) (of *item, name string) {
	qualifier, name, ok := column(v)
	if !ok {
		return nil, ""
	}
	if qualifier != "" {
		return l.item(qualifier), name
	}
	for _, i := range l.items {
		switch {
		case i.table != nil && len(i.table.Columns) > 0:
			if i.table.Column(name) != nil {
				if of != nil {
					return nil, name // ambiguous: the query would not run
				}
				of = i
			}
		case len(l.items) > 1:
			return nil, name // it could be a column of this one
		default:
			of = i
		}
	}
	return of, name
}

// qualified returns a column of the level with its qualifier, as a deeper level has to
// name it; ok is false if it is not sure what it belongs to.
func (l *level) qualified(v any) (any, bool) {
	sure := true
	out := replace(clone(v), func(n node) (any, bool) {
		if n["ColumnRef"] == nil {
			return nil, false
		}
		if q, _, ok := column(n); ok && q != "" {
			return n, true
		}
		of, name := l.owner(n)
		if of == nil || of.name == "" || l.sees != nil && of.table == nil {
			sure = false // nothing says that it is not a column of an outer level
			return n, true
		}
		return ref(of.name, name), true
	})
	return out, sure
}

// refersTo returns the items of the level that an expression names; ok is false if an
// unqualified column could be of any of them.
func (l *level) refersTo(v any) (items []*item, ok bool) {
	ok = true
	visit(v, func(n node) bool {
		c := n["ColumnRef"]
		if c == nil {
			return true
		}
		of, name := l.owner(n)
		switch q, _, plain := column(n); {
		case of != nil:
			if !slices.Contains(items, of) {
				items = append(items, of)
			}
		case !plain && len(asNode(c).strs("fields")) > 0: // t.*, s.t.c
			of := l.item(asNode(c).strs("fields")[0])
			ok = ok && of != nil
			if of != nil && !slices.Contains(items, of) {
				items = append(items, of)
			}
		case q == "" || name == "":
			ok = false
		}
		return false
	})
	return items, ok
}

// notNull reports whether a column cannot be NULL: by the schema, and not because of an
// outer join.
func (i *item) notNull(name string) bool {
	if i == nil || i.table == nil || i.outside {
		return false
	}
	if c := i.table.Column(name); c != nil && c.NotNull == opt.Some(true) {
		return true
	}
	for _, k := range i.table.Constraints {
		if k.Type == "p" && slices.Contains(k.Columns, name) {
			return true
		}
	}
	return false
}

// typeOf returns the type of a column; empty if it is not known.
func (i *item) typeOf(name string) string {
	if i == nil || i.table == nil {
		return ""
	}
	if c := i.table.Column(name); c != nil {
		return c.Type
	}
	return ""
}

// keys returns the unique keys of a table, the primary key first: without a predicate,
// an expression, or a column that may be NULL.
func (i *item) keys() [][]string {
	if i == nil || i.table == nil || i.range_ == nil {
		return nil
	}
	var first, rest [][]string
	add := func(primary bool, columns []string) {
		for _, c := range columns {
			if c == "" || !primary && !i.notNull(c) {
				return
			}
		}
		if primary {
			first = append(first, columns)
		} else {
			rest = append(rest, columns)
		}
	}
	for _, k := range i.table.Constraints {
		if k.Type == "p" || k.Type == "u" {
			add(k.Type == "p", k.Columns)
		}
	}
	for _, ix := range i.table.Indexes {
		if ix.Def.Unique && ix.Def.Where.Empty() {
			var columns []string
			for _, k := range ix.Def.Keys {
				columns = append(columns, k.Column)
			}
			add(ix.Primary.Or(ix.ConstraintType == "p"), columns)
		}
	}
	return append(first, rest...)
}

// unique reports whether columns hold a unique key.
func (i *item) unique(columns []string) bool {
	return slices.ContainsFunc(i.keys(), func(key []string) bool {
		return !slices.ContainsFunc(key, func(c string) bool { return !slices.Contains(columns, c) })
	})
}

// plain reports whether a level is a SELECT whose rows are those of FROM and WHERE, one
// each: no aggregate, group, window, set operation, limit.
func (l *level) plain() bool {
	if l.kind != "SelectStmt" || l.str("op") != "SETOP_NONE" {
		return false
	}
	for _, field := range [...]string{"distinctClause", "groupClause", "havingClause", "windowClause", "limitCount", "limitOffset", "lockingClause", "withClause", "valuesLists", "intoClause"} {
		if l.has(field) {
			return false
		}
	}
	return !aggregates(l.list("targetList"))
}

// rowFunctions are functions that return one value for one row.
var rowFunctions = map[string]bool{
	"lower": true, "upper": true, "length": true, "date_trunc": true, "date_part": true, "extract": true, "to_char": true, "abs": true, "round": true, "floor": true,
	"ceil": true, "concat": true, "concat_ws": true, "substr": true, "substring": true, "left": true, "right": true, "trim": true, "btrim": true, "ltrim": true, "rtrim": true, "replace": true, "now": true,
	"to_date": true, "to_timestamp": true, "date": true, "timezone": true, "split_part": true, "position": true, "format": true, "md5": true, "make_date": true, "jsonb_build_object": true, "json_build_object": true,
	"age": true, "initcap": true, "lpad": true, "rpad": true, "mod": true, "power": true, "sqrt": true, "sign": true, "trunc": true, "reverse": true, "jsonb_extract_path_text": true, "to_jsonb": true, "to_json": true,
	"array_length": true, "cardinality": true, "array_to_string": true, "string_to_array": true, "coalesce": true, "row_to_json": true, "strpos": true, "starts_with": true, "char_length": true, "octet_length": true,
}

// aggregates reports whether outputs have an aggregate or a window function, or a
// function of which that is not known.
func aggregates(v any) bool {
	found := false
	visit(v, func(n node) bool {
		if n["SubLink"] != nil {
			return false
		}
		if f := body(n, "FuncCall"); f != nil {
			names := f.strs("funcname")
			found = found || f.has("over") || len(names) == 0 || !rowFunctions[names[len(names)-1]]
		}
		return !found
	})
	return found
}

// where returns the conjuncts of WHERE.
func (l *level) where() list { return conjuncts(l.node.node("whereClause").any()) }

// setWhere replaces WHERE by the AND of terms.
func (l *level) setWhere(terms list) {
	if v := all(terms); v != nil {
		l.node["whereClause"] = v
	} else {
		delete(l.node, "whereClause")
	}
}

// outputs returns the SELECT list, or RETURNING.
func (l *level) outputs() []node {
	var out []node
	for _, t := range l.list("targetList") {
		out = append(out, body(t, "ResTarget"))
	}
	return out
}

// star reports whether the outputs are all columns of FROM.
func (l *level) star() bool {
	return slices.ContainsFunc(l.outputs(), func(t node) bool {
		fields := body(t["val"], "ColumnRef").list("fields")
		return len(fields) == 1 && body(fields[0], "A_Star") != nil
	})
}

// any returns the node, or nil.
func (n node) any() any {
	if n == nil {
		return nil
	}
	return n
}

// named returns the names of columns in a sentence.
func named(columns ...string) string {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		parts := strings.Split(c, ".")
		for k := range parts {
			parts[k] = lex.QuoteIdent(parts[k])
		}
		quoted[i] = strings.Join(parts, ".")
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + " and " + quoted[len(quoted)-1]
}

func paramName(p node) string { return "$" + strconv.Itoa(number(body(p, "ParamRef")["number"])) }
