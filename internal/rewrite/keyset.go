package rewrite

import (
	"slices"
	"strings"
)

// Keyset writes OFFSET as a condition on the last row of the page before.
var Keyset = &Rewrite{Name: "keyset pagination instead of OFFSET", change: func(e *edit) bool {
	for _, l := range e.levels {
		if l.has("limitOffset") && l.has("limitCount") && l.has("sortClause") {
			return e.keyset(l)
		}
	}
	return false
}}

// sortKey is a column of ORDER BY.
type sortKey struct {
	column any
	of     *item
	name   string
	desc   bool
}

func (e *edit) keyset(l *level) bool {
	if !l.grown("limitCount", "limitOffset", "lockingClause", "withClause") || l.str("limitOption") == "LIMIT_OPTION_WITH_TIES" {
		return false
	}
	var keys []sortKey
	for _, s := range l.list("sortClause") {
		by := body(s, "SortBy")
		k, ok := l.sortKey(by)
		if !ok {
			return false
		}
		keys = append(keys, k)
	}
	if !e.decides(l, &keys) {
		return false
	}
	last := make(list, len(keys))
	var values []string
	for i, k := range keys {
		p := e.param()
		last[i] = p
		values = append(values, paramName(p)+" = "+named(k.name))
		if !k.of.notNull(k.name) {
			e.provided(expression(l, k.column) + " is never NULL")
		}
	}
	if joined := len(l.items) - 1; joined > 0 {
		e.provided("the joins return each row of " + named(keys[len(keys)-1].of.relation()) + " once")
	}
	e.note("The last row of the page before: " + strings.Join(values, ", ") + ". For the first page leave the condition out.")
	l.setWhere(append(l.where(), conjuncts(behind(keys, last))...))
	delete(l.node, "limitOffset")
	return true
}

// relation returns the name of the table, or of the item.
func (i *item) relation() string {
	if i.range_ != nil {
		return i.range_.str("relname")
	}
	return i.name
}

// sortKey reads an entry of ORDER BY that is a column, by its name, its position or as
// an output.
func (l *level) sortKey(by node) (sortKey, bool) {
	k := sortKey{column: by["node"], desc: by.str("sortby_dir") == "SORTBY_DESC"}
	outputs := l.outputs()
	if i, ok := integerOf(k.column); ok && i >= 1 && i <= len(outputs) {
		k.column = outputs[i-1]["val"]
	} else if q, name, ok := column(k.column); ok && q == "" {
		for _, out := range outputs {
			if out.str("name") == name {
				k.column = out["val"]
			}
		}
	}
	k.of, k.name = l.owner(k.column)
	return k, k.of != nil && by.str("sortby_dir") != "SORTBY_USING"
}

// decides makes the order one that no two rows share: it adds a unique key.
func (e *edit) decides(l *level, keys *[]sortKey) bool {
	of := (*keys)[len(*keys)-1].of
	have := func(name string) bool {
		return slices.ContainsFunc(*keys, func(k sortKey) bool { return k.of == of && k.name == name })
	}
	var names []string
	for _, k := range *keys {
		if k.of == of {
			names = append(names, k.name)
		}
	}
	if of.unique(names) {
		return true
	}
	add := []string{"id"}
	switch known := of.keys(); {
	case len(known) > 0:
		add = known[0]
	case have("id"):
		e.provided(expression(l, ref(of.name, "id")) + " is unique")
		return true
	case !l.mentions(of, "id"):
		return false // nothing says which columns are unique
	default:
		e.provided(expression(l, ref(of.name, "id")) + " is unique and never NULL")
	}
	if l.has("distinctClause") {
		return false // ORDER BY can only have what is in the output
	}
	last := (*keys)[len(*keys)-1]
	for _, name := range add {
		if have(name) {
			continue
		}
		q := ""
		if len(l.items) > 1 || l.outer != nil {
			q = of.name
		}
		key := sortKey{column: ref(q, name), of: of, name: name, desc: last.desc}
		*keys = append(*keys, key)
		dir := "SORTBY_DEFAULT"
		if key.desc {
			dir = "SORTBY_DESC"
		}
		l.node["sortClause"] = append(l.list("sortClause"), node{"SortBy": node{"node": clone(key.column), "sortby_dir": dir, "sortby_nulls": "SORTBY_NULLS_DEFAULT", "location": -1}})
	}
	return true
}

// mentions reports whether the query names a column of an item.
func (l *level) mentions(of *item, name string) bool {
	found := false
	visit(map[string]any(l.node), func(n node) bool {
		if n["SubLink"] != nil || n["RangeSubselect"] != nil || n["withClause"] != nil && !sameMap(n, l.node) {
			return false
		}
		if i, c := l.owner(n); c == name && i == of {
			found = true
		}
		return !found
	})
	return found
}

// grown reports whether a level is a plain SELECT but for some clauses, and ORDER BY.
func (l *level) grown(but ...string) bool {
	copied := level{node: clone(map[string]any(l.node)).(node), kind: l.kind}
	for _, field := range but {
		delete(copied.node, field)
	}
	return copied.plain()
}

// behind returns the condition of the rows after a row in an order: a row comparison,
// or where the directions differ what it stands for.
func behind(keys []sortKey, last list) any {
	op := map[bool]string{false: ">", true: "<"}
	if len(keys) == 1 {
		return compared(op[keys[0].desc], clone(keys[0].column), last[0])
	}
	mixed := slices.ContainsFunc(keys, func(k sortKey) bool { return k.desc != keys[0].desc })
	if !mixed {
		columns := list{}
		for _, k := range keys {
			columns = append(columns, clone(k.column))
		}
		row := func(args list) node { return node{"RowExpr": node{"args": args, "row_format": "COERCE_IMPLICIT_CAST"}} }
		return compared(op[keys[0].desc], row(columns), row(last))
	}
	rest := behind(keys[1:], last[1:])
	return all(list{
		compared(op[keys[0].desc]+"=", clone(keys[0].column), clone(last[0])),
		joined("OR_EXPR", list{
			compared(op[keys[0].desc], clone(keys[0].column), clone(last[0])),
			all(append(list{compared("=", clone(keys[0].column), clone(last[0]))}, conjuncts(rest)...)),
		}),
	})
}
