package rewrite

import "slices"

// AggregateFirst groups one side of a join by the join's columns before it is joined,
// so that rows are not multiplied only to be counted and summed.
var AggregateFirst = &Rewrite{Name: "one side aggregated before the join", moves: true, change: func(e *edit) bool {
	for _, l := range e.levels {
		if l.kind == "SelectStmt" && len(l.items) > 1 && e.aggregateFirst(l) {
			return true
		}
	}
	return false
}}

// again are the aggregates of aggregates that give the aggregate of all rows.
var again = map[string]string{"count": "sum", "sum": "sum", "min": "min", "max": "max", "bool_and": "bool_and", "bool_or": "bool_or"}

func (e *edit) aggregateFirst(l *level) bool {
	for _, field := range [...]string{"distinctClause", "windowClause", "lockingClause", "groupingSets"} {
		if l.has(field) {
			return false
		}
	}
	if l.str("op") != "SETOP_NONE" || l.star() || !steady(map[string]any(l.node)) || holds(l.node["targetList"], "SubLink") || holds(l.node["groupClause"], "GroupingSet") {
		return false
	}
	// Which item the aggregates read: all of them the same one.
	var of *item
	calls, fine := 0, true
	fields := [...]string{"targetList", "havingClause", "sortClause"}
	for _, field := range fields {
		visit(l.node[field], func(n node) bool {
			f := body(n, "FuncCall")
			if f == nil {
				return fine
			}
			name, args := funcCall(n)
			if again[name] == "" {
				fine = fine && rowFunctions[name] // another aggregate, or a function of which that is not known
				return fine
			}
			calls++
			items, sure := l.refersTo(args)
			fine = fine && sure && len(items) <= 1 && (len(items) == 0 || of == nil || items[0] == of)
			if len(items) == 1 {
				of = items[0]
			}
			return false
		})
	}
	if calls == 0 || !fine {
		return false
	}
	isAggregate := func(n node) (string, bool) { name, _ := funcCall(n); return again[name], again[name] != "" }
	outside := func(i *item) bool { // whether nothing else of the query names it
		apart := true
		for _, field := range [...]string{"targetList", "havingClause", "sortClause", "groupClause"} {
			visit(l.node[field], func(n node) bool {
				if _, is := isAggregate(n); is {
					return false
				}
				if n["ColumnRef"] == nil {
					return apart
				}
				owner, name := l.owner(n)
				q, _, _ := column(n)
				output := q == "" && slices.ContainsFunc(l.outputs(), func(t node) bool { return t.str("name") == name })
				apart = apart && owner != i && (owner != nil || output && field != "targetList")
				return false
			})
		}
		return apart
	}
	if of == nil { // count(*) alone: the item that nothing else names
		for _, i := range l.items {
			if outside(i) {
				of = i
			}
		}
	}
	if of == nil || !outside(of) || of.range_ == nil {
		return false
	}
	chosen, rest, ok := l.split([]*item{of})
	if !ok {
		return false
	}
	alias := e.fresh("totals")
	var targets, group, keep list
	for _, term := range rest.terms {
		if items, _ := l.refersTo(term); !slices.Contains(items, of) {
			keep = append(keep, term)
			continue
		}
		op, left, right := operator(term)
		if owner, _ := l.owner(left); owner != of {
			left, right = right, left
		}
		owner, _ := l.owner(left)
		if items, sure := l.refersTo(right); op != "=" || owner != of || !sure || slices.Contains(items, of) {
			return false
		}
		key := e.fresh("key")
		targets = append(targets, node{"ResTarget": node{"name": key, "val": left}})
		group = append(group, clone(left))
		keep = append(keep, compared("=", ref(alias, key), right))
	}
	if len(group) == 0 {
		return false
	}
	type made struct {
		call any
		name string
	}
	var computed []made
	aggregate := func(n node) (any, bool) {
		outer, is := isAggregate(n)
		if !is {
			return nil, false
		}
		at := slices.IndexFunc(computed, func(m made) bool { return same(m.call, n) })
		if at < 0 {
			at = len(computed)
			computed = append(computed, made{clone(n), e.fresh("value")})
		}
		inner, args := funcCall(n)
		value := ref(alias, computed[at].name)
		switch {
		case inner == "count" && !l.has("groupClause"):
			return e.parsed("coalesce(sum($1), 0)::bigint", value), true
		case inner == "count":
			return e.parsed("sum($1)::bigint", value), true
		}
		if inner == "sum" {
			i, name := l.owner(args[0])
			switch i.typeOf(name) {
			case "integer", "smallint":
				return e.parsed("sum($1)::bigint", value), true
			case "real", "double precision", "":
				e.provided("the sums are not of floating point numbers, which depend on the order of the rows")
			}
		}
		return e.parsed(outer+"($1)", value), true
	}
	for _, t := range l.outputs() { // an aggregate's name stays the column's
		if name, _ := funcCall(t["val"]); again[name] != "" && t.str("name") == "" {
			t["name"] = name
		}
	}
	for _, field := range fields {
		if l.has(field) {
			l.node[field] = replace(l.node[field], aggregate)
		}
	}
	for _, m := range computed {
		targets = append(targets, node{"ResTarget": node{"name": m.name, "val": m.call}})
	}
	sub := node{"targetList": targets, "fromClause": chosen.from, "groupClause": group, "limitOption": "LIMIT_OPTION_DEFAULT", "op": "SETOP_NONE"}
	if where := all(chosen.terms); where != nil {
		sub["whereClause"] = where
	}
	l.node["fromClause"] = append(rest.from, node{"RangeSubselect": node{"subquery": node{"SelectStmt": sub}, "alias": node{"aliasname": alias}}})
	l.setWhere(keep)
	return true
}
