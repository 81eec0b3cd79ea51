package rewrite

import "slices"

// CountExists writes a count of rows that is compared with nothing as EXISTS, which
// stops at the first row.
var CountExists = &Rewrite{Name: "EXISTS instead of a count", moves: true, change: func(e *edit) bool {
	done := false
	for _, l := range e.levels {
		if !l.has("whereClause") {
			continue
		}
		l.node["whereClause"] = replace(l.node["whereClause"], func(n node) (any, bool) {
			to, ok := e.countExists(n)
			done = done || ok
			return to, ok
		})
	}
	return done
}}

func (e *edit) countExists(n node) (any, bool) {
	op, left, right := operator(n)
	if body(right, "SubLink") != nil {
		op, left, right = mirrored[op], right, left
	}
	link := body(left, "SubLink")
	limit, literal := integerOf(right)
	if link.str("subLinkType") != "EXPR_SUBLINK" || !literal {
		return nil, false
	}
	some := op == ">" && limit == 0 || op == ">=" && limit == 1
	none := op == "=" && limit == 0 || op == "<" && limit == 1 || op == "<=" && limit == 0
	if op == "<>" && limit == 0 {
		some = true
	}
	in := e.levelOf(body(link["subselect"], "SelectStmt"))
	if !some && !none || in == nil || len(in.outputs()) != 1 || !in.has("fromClause") {
		return nil, false
	}
	count := body(in.outputs()[0]["val"], "FuncCall")
	if names := count.strs("funcname"); len(names) == 0 || names[len(names)-1] != "count" || count.has("agg_filter") || count.has("over") {
		return nil, false
	}
	terms := in.where()
	if args := count.list("args"); len(args) == 1 && body(args[0], "A_Const") == nil {
		if !in.neverNull(args[0]) {
			terms = append(terms, node{"NullTest": node{"arg": clone(args[0]), "nulltesttype": "IS_NOT_NULL"}})
		}
	}
	copied := level{node: clone(in.node).(node), kind: in.kind}
	copied.node["targetList"] = list{}
	if !copied.plain() {
		return nil, false
	}
	e.exists(in, terms)
	exists := node{"SubLink": node{"subLinkType": "EXISTS_SUBLINK", "subselect": link["subselect"]}}
	if none {
		return not(exists), true
	}
	return exists, true
}

// DistinctExists writes DISTINCT over a join, with columns of one table, as EXISTS: no
// row is produced twice.
var DistinctExists = &Rewrite{Name: "EXISTS instead of DISTINCT over a join", moves: true, change: func(e *edit) bool {
	for _, l := range e.levels {
		if len(l.items) > 1 && (l.has("distinctClause") || l.countsDistinct()) && e.distinctExists(l) {
			return true
		}
	}
	return false
}}

func (e *edit) distinctExists(l *level) bool {
	on := l.list("distinctClause")
	if len(on) > 1 || len(on) == 1 && len(asNode(on[0])) != 0 || len(on) == 1 && !l.grown("distinctClause", "limitCount", "limitOffset", "withClause") || !steady(map[string]any(l.node)) {
		return false
	}
	shown, ok := l.refersTo(l.node["targetList"])
	if !ok || len(shown) != 1 || l.star() {
		return false
	}
	of := shown[0]
	if l.has("sortClause") {
		for _, s := range l.list("sortClause") {
			if k, ok := l.sortKey(body(s, "SortBy")); !ok || k.of != of {
				return false
			}
		}
	}
	outside, inside, ok := l.split([]*item{of})
	if !ok || len(outside.items) != 1 {
		return false
	}
	if of.table == nil && slices.ContainsFunc(l.outputs(), func(t node) bool { _, _, ok := column(t["val"]); return !ok }) && holds(l.node["targetList"], "A_Star") && of.range_ == nil {
		return false
	}
	in := node{"targetList": list{node{"ResTarget": node{"val": e.parsed("1")}}}, "fromClause": inside.from, "limitOption": "LIMIT_OPTION_DEFAULT", "op": "SETOP_NONE"}
	if where := all(inside.terms); where != nil {
		in["whereClause"] = where
	}
	l.node["fromClause"] = list{of.node}
	l.setWhere(append(outside.terms, node{"SubLink": node{"subLinkType": "EXISTS_SUBLINK", "subselect": node{"SelectStmt": in}}}))
	var names []string
	star := false
	for _, out := range l.outputs() {
		if _, name, ok := column(out["val"]); ok {
			names = append(names, name)
		}
		star = star || holds(out["val"], "A_Star")
	}
	if star && len(of.keys()) > 0 || of.unique(names) {
		delete(l.node, "distinctClause")
	}
	return true
}

// countsDistinct reports whether a level only counts different values: rows that a join
// repeats make no difference.
func (l *level) countsDistinct() bool {
	for _, out := range l.outputs() {
		f := body(out["val"], "FuncCall")
		names := f.strs("funcname")
		if len(names) == 0 || names[len(names)-1] != "count" || !f.has("agg_distinct") || f.has("agg_filter") || f.has("over") {
			return false
		}
	}
	copied := level{node: clone(map[string]any(l.node)).(node), kind: l.kind}
	copied.node["targetList"] = list{}
	delete(copied.node, "withClause")
	return len(l.outputs()) > 0 && copied.plain() && !l.has("sortClause")
}

// part is some of the items of FROM, with the conditions that need no others.
type part struct {
	items []*item
	from  list
	terms list
}

// split takes inner joins apart: into some items with the conditions on these alone,
// and the others with all other conditions. ok is false if there is an outer join, USING
// or a column of which the table is not sure.
func (l *level) split(of []*item) (chosen, rest part, ok bool) {
	terms := list{}
	ok = true
	var take func(v any)
	take = func(v any) {
		j := body(v, "JoinExpr")
		if j == nil {
			return
		}
		ok = ok && !j.has("usingClause") && !j.has("isNatural") && j.str("jointype") == "JOIN_INNER"
		take(j["larg"])
		take(j["rarg"])
		terms = append(terms, conjuncts(j.node("quals").any())...)
	}
	for _, v := range l.list("fromClause") {
		take(v)
	}
	if !ok {
		return chosen, rest, false
	}
	terms = append(terms, l.where()...)
	for _, i := range l.items {
		if body(i.node, "RangeSubselect").has("lateral") || body(i.node, "RangeFunction") != nil && holds(i.node, "ColumnRef") {
			return chosen, rest, false
		}
		if slices.Contains(of, i) {
			chosen.items, chosen.from = append(chosen.items, i), append(chosen.from, i.node)
		} else {
			rest.items, rest.from = append(rest.items, i), append(rest.from, i.node)
		}
	}
	for _, t := range terms {
		items, sure := l.refersTo(t)
		switch {
		case !sure:
			return chosen, rest, false
		case !slices.ContainsFunc(items, func(i *item) bool { return !slices.Contains(of, i) }):
			chosen.terms = append(chosen.terms, t)
		default:
			rest.terms = append(rest.terms, t)
		}
	}
	return chosen, rest, true
}

// NoDistinct leaves out a DISTINCT that removes nothing.
var NoDistinct = &Rewrite{Name: "no DISTINCT", change: func(e *edit) bool {
	for _, l := range e.levels {
		on := l.list("distinctClause")
		if len(on) != 1 || len(asNode(on[0])) != 0 || l.star() && len(l.items) != 1 {
			continue
		}
		if !l.grown("distinctClause", "limitCount", "limitOffset", "withClause") {
			return false
		}
		var whose []string
		for _, i := range l.items {
			var names []string
			all := l.star()
			for _, out := range l.outputs() {
				if of, name := l.owner(out["val"]); of == i {
					names = append(names, name)
				}
				if items, _ := l.refersTo(out["val"]); holds(out["val"], "A_Star") && slices.Contains(items, i) {
					all = true
				}
			}
			if i.outside || !i.unique(names) && !(all && len(i.keys()) > 0) {
				whose = append(whose, i.relation())
			}
		}
		if len(whose) == len(l.items) {
			return false // no key at all is in the output
		}
		if len(whose) > 0 {
			e.provided("the join finds one row of " + named(whose...) + " at most")
		}
		delete(l.node, "distinctClause")
		return true
	}
	return false
}}

// aggregateJoin are the aggregates that a joined subquery can compute for each key, and
// what they are if there is no row: NULL, but for count.
var aggregateJoin = map[string]bool{
	"count": true, "sum": true, "avg": true, "min": true, "max": true, "bool_and": true, "bool_or": true, "array_agg": true, "string_agg": true, "json_agg": true, "jsonb_agg": true, "every": true,
	"stddev": true, "variance": true,
}

// SubqueryJoin writes a subquery that is run for each row as a join with one that is
// run once: grouped by what it is looked up by.
var SubqueryJoin = &Rewrite{Name: "a join instead of a subquery for each row", moves: true, change: func(e *edit) bool {
	done := false
	for _, l := range slices.Clone(e.levels) {
		if l.kind != "SelectStmt" || !l.has("fromClause") || l.has("groupClause") || l.has("lockingClause") || l.star() || l.str("op") != "SETOP_NONE" {
			continue
		}
		for _, field := range [...]string{"targetList", "whereClause"} {
			if !l.has(field) {
				continue
			}
			if field == "targetList" && aggregates(l.node["targetList"]) {
				continue
			}
			l.node[field] = replace(l.node[field], func(n node) (any, bool) {
				link := body(n, "SubLink")
				if link == nil {
					return nil, false
				}
				value, ok := e.subqueryJoin(l, link)
				done = done || ok
				if !ok {
					value = n
				}
				return value, true
			})
		}
	}
	return done
}}

func (e *edit) subqueryJoin(l *level, link node) (any, bool) {
	in := e.levelOf(body(link["subselect"], "SelectStmt"))
	if link.str("subLinkType") != "EXPR_SUBLINK" || in == nil || in.outer != l || len(in.outputs()) != 1 || len(in.items) == 0 || holdsLevel(in) || !steady(map[string]any(in.node)) {
		return nil, false
	}
	if e.at.Relation != "" && !in.reads(e.at.Relation) {
		return nil, false
	}
	for _, field := range [...]string{"distinctClause", "groupClause", "havingClause", "windowClause", "limitOffset", "lockingClause", "withClause"} {
		if in.has(field) {
			return nil, false
		}
	}
	val := in.outputs()[0]["val"]
	call := body(val, "FuncCall")
	name := ""
	if names := call.strs("funcname"); len(names) > 0 && !call.has("over") {
		name = names[len(names)-1]
	}
	newest := in.has("limitCount")
	switch one, _ := integerOf(in.node["limitCount"]); {
	case newest && (one != 1 || !in.has("sortClause") || aggregates(val)):
		return nil, false
	case !newest && !aggregateJoin[name]:
		return nil, false // what it returns for several rows is an error
	}
	// Each condition is on the subquery alone, or an equality with the outer row.
	type lookup struct{ inner, outer any }
	var keys []lookup
	var own list
	for _, term := range in.where() {
		mine, sure := in.correlated(l, term)
		if !sure {
			return nil, false
		}
		if mine {
			own = append(own, term)
			continue
		}
		op, left, right := operator(term)
		if op != "=" {
			return nil, false
		}
		if inner, sure := in.correlated(l, left); !sure || !inner {
			left, right = right, left
		}
		if inner, sure := in.correlated(l, left); !sure || !inner || !holds(left, "ColumnRef") {
			return nil, false
		}
		if items, sure := l.refersTo(right); !sure || len(items) == 0 || in.touches(right) {
			return nil, false
		}
		keys = append(keys, lookup{left, right})
	}
	if mine, sure := in.correlated(l, val); len(keys) == 0 || !sure || !mine {
		return nil, false
	}
	alias, value := e.fresh(map[bool]string{true: "newest", false: "totals"}[newest]), e.fresh("value")
	var targets, group, sort list
	var on list
	for _, k := range keys {
		column := e.fresh("key")
		targets = append(targets, node{"ResTarget": node{"name": column, "val": k.inner}})
		group = append(group, clone(k.inner))
		sort = append(sort, node{"SortBy": node{"node": clone(k.inner), "sortby_dir": "SORTBY_DEFAULT", "sortby_nulls": "SORTBY_NULLS_DEFAULT"}})
		on = append(on, compared("=", ref(alias, column), k.outer))
	}
	targets = append(targets, node{"ResTarget": node{"name": value, "val": val}})
	sub := node{"targetList": targets, "fromClause": in.node["fromClause"], "limitOption": "LIMIT_OPTION_DEFAULT", "op": "SETOP_NONE"}
	if where := all(own); where != nil {
		sub["whereClause"] = where
	}
	if newest {
		sub["distinctClause"] = group
		for _, s := range in.list("sortClause") {
			k, ok := in.sortKey(body(s, "SortBy"))
			if !ok {
				return nil, false
			}
			if !k.of.unique([]string{k.name}) {
				e.provided("no two rows of one key have the same " + expression(in, k.column) + ", or it does not matter which of them is taken")
			}
		}
		sub["sortClause"] = append(sort, in.list("sortClause")...)
	} else {
		sub["groupClause"] = group
	}
	joined := node{"RangeSubselect": node{"subquery": node{"SelectStmt": sub}, "alias": node{"aliasname": alias}}}
	from := l.list("fromClause")
	last := len(from) - 1
	if items, sure := l.refersTo(all(on)); !sure || len(from) > 1 && slices.ContainsFunc(items, func(i *item) bool { return i.name != alias && !holdsNode(from[last], i.node) }) {
		if !sure && len(l.items) > 1 || len(from) > 1 {
			return nil, false // it would have to be joined further to the left
		}
	}
	from[last] = node{"JoinExpr": node{"jointype": "JOIN_LEFT", "larg": from[last], "rarg": joined, "quals": all(on)}}
	if name == "count" && !newest {
		return e.parsed("coalesce($1, 0)", ref(alias, value)), true
	}
	return ref(alias, value), true
}

// correlated reports whether an expression of a subquery is on its own items alone;
// sure is false if a column could be of another level.
func (l *level) correlated(outer *level, v any) (mine, sure bool) {
	mine, sure = true, true
	visit(v, func(n node) bool {
		if n["SubLink"] != nil {
			sure = false
			return false
		}
		if n["ColumnRef"] == nil {
			return true
		}
		q, _, ok := column(n)
		switch {
		case !ok && q == "" && holds(n, "A_Star"):
		case q != "" && l.item(q) != nil:
		case q != "" && outer.item(q) != nil:
			mine = false
		case q == "":
			// Without a schema an unqualified column is the subquery's own, if the outer one cannot have it.
			of, name := l.owner(n)
			switch {
			case of != nil && of.table != nil && len(of.table.Columns) > 0:
			case of != nil && len(l.items) == 1 && !outer.mayHave(name):
			default:
				if of, _ := outer.owner(n); of != nil && of.table != nil && len(of.table.Columns) > 0 && l.known() {
					mine = false
				} else {
					sure = false
				}
			}
		default:
			sure = false
		}
		return false
	})
	return mine, sure
}

// known reports whether all columns of all items are known.
func (l *level) known() bool {
	return !slices.ContainsFunc(l.items, func(i *item) bool { return i.table == nil || len(i.table.Columns) == 0 })
}

// mayHave reports whether a column could be one of the level's.
func (l *level) mayHave(name string) bool {
	return slices.ContainsFunc(l.items, func(i *item) bool { return i.table == nil || len(i.table.Columns) == 0 || i.table.Column(name) != nil })
}

// touches reports whether an expression names an item of the level by its qualifier.
func (l *level) touches(v any) bool {
	found := false
	visit(v, func(n node) bool {
		q, _, ok := column(n)
		found = found || ok && q != "" && l.item(q) != nil
		return !found
	})
	return found
}

func holdsNode(v any, n node) bool {
	found := false
	visit(v, func(x node) bool { found = found || sameMap(x, n); return !found })
	return found
}
