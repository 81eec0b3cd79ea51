package rewrite

import "github.com/pgverdict/pgverdict/internal/lex"

// NotExists writes NOT IN (SELECT ...) and <> ALL (SELECT ...) as NOT EXISTS, which can
// be an anti join.
var NotExists = &Rewrite{Name: "NOT EXISTS instead of NOT IN", moves: true, change: func(e *edit) bool {
	done := false
	for _, l := range e.levels {
		terms := l.where()
		for i, term := range terms {
			if anti, ok := e.notExists(l, term); ok {
				terms[i], done = anti, true
			}
		}
		if done {
			l.setWhere(conjuncts(all(terms)))
		}
	}
	return done
}}

// notIn returns the parts of x NOT IN (SELECT ...).
func notIn(term any) (test any, sub node, ok bool) {
	link := body(term, "SubLink")
	if b := body(term, "BoolExpr"); b.str("boolop") == "NOT_EXPR" {
		link = body(b.list("args")[0], "SubLink")
		if link.str("subLinkType") != "ANY_SUBLINK" || link.has("operName") && link.strs("operName")[0] != "=" {
			return nil, nil, false
		}
	} else if link.str("subLinkType") != "ALL_SUBLINK" || len(link.strs("operName")) != 1 || link.strs("operName")[0] != "<>" {
		return nil, nil, false
	}
	s := body(link["subselect"], "SelectStmt")
	return link["testexpr"], s, s != nil
}

// notExists returns what says the same as a NOT IN of a level.
func (e *edit) notExists(l *level, term any) (any, bool) {
	test, sub, ok := notIn(term)
	if !ok {
		return nil, false
	}
	in := e.levelOf(sub)
	if in == nil || !in.canBeTested() || e.at.Relation != "" && !in.reads(e.at.Relation) {
		return nil, false
	}
	tested := list{test}
	if row := body(test, "RowExpr"); row != nil {
		tested = row.list("args")
	}
	outputs := in.outputs()
	if len(tested) != len(outputs) || in.star() || !steady(test) || !steady(sub) || holds(test, "SubLink") {
		return nil, false
	}
	// The tested columns move into the subquery: they need a name that it does not hide.
	moved := list{}
	for _, t := range tested {
		q, sure := l.qualified(t)
		if !sure {
			return nil, false
		}
		moved = append(moved, q)
	}
	if !e.apart(in, moved) {
		return nil, false
	}
	terms := in.where()
	for i, out := range outputs {
		terms = append(terms, compared("=", out["val"], moved[i]))
	}
	keep := list{}
	for i, out := range outputs {
		if !in.neverNull(out["val"]) {
			e.provided(expression(in, out["val"]) + " is never NULL in the list (with a NULL there, NOT IN returns no row at all)")
		}
		of, name := l.owner(tested[i])
		if of.notNull(name) || l.filtersNull(tested[i]) {
			continue
		}
		keep = append(keep, node{"NullTest": node{"arg": clone(tested[i]), "nulltesttype": "IS_NOT_NULL"}})
		e.provided(expression(l, tested[i]) + " is never NULL, or the list is never empty")
	}
	e.exists(in, terms)
	return all(append(keep, not(node{"SubLink": node{"subLinkType": "EXISTS_SUBLINK", "subselect": node{"SelectStmt": in.node}}}))), true
}

// canBeTested reports whether EXISTS can have the subquery of IN with one condition
// more. DISTINCT and ORDER BY change nothing there.
func (l *level) canBeTested() bool {
	copied := level{node: clone(l.node).(node), kind: l.kind}
	if len(copied.list("distinctClause")) == 1 && len(asNode(copied.list("distinctClause")[0])) == 0 {
		delete(copied.node, "distinctClause")
	}
	return copied.plain() && l.has("fromClause")
}

// exists makes a level the subquery of EXISTS with conditions.
func (e *edit) exists(l *level, terms list) {
	for _, field := range [...]string{"distinctClause", "sortClause"} {
		delete(l.node, field)
	}
	l.node["targetList"] = list{node{"ResTarget": node{"val": e.parsed("1")}}}
	l.setWhere(terms)
}

// reads reports whether a table is in FROM.
func (l *level) reads(table string) bool {
	for _, i := range l.items {
		if i.range_.str("relname") == table {
			return true
		}
	}
	return false
}

// levelOf returns the level of a statement.
func (e *edit) levelOf(s node) *level {
	for _, l := range e.levels {
		if sameMap(l.node, s) {
			return l
		}
	}
	return nil
}

// apart gives the items of a subquery other names where they hide a qualifier of the
// columns that move into it; false if that is not sure.
func (e *edit) apart(in *level, moved list) bool {
	for _, i := range in.items {
		hides := false
		visit(moved, func(n node) bool {
			q, _, _ := column(n)
			hides = hides || q != "" && q == i.name
			return true
		})
		if !hides {
			continue
		}
		if i.range_ == nil || holdsLevel(in) {
			return false
		}
		was := i.name
		i.name = e.fresh("list")
		i.range_["alias"] = node{"aliasname": i.name}
		for _, field := range [...]string{"targetList", "whereClause", "fromClause"} {
			if in.has(field) {
				in.node[field] = replace(in.node[field], func(n node) (any, bool) {
					q, name, ok := column(n)
					if ok && (q == was || q == "" && len(in.items) == 1) {
						return ref(i.name, name), true
					}
					return nil, false
				})
			}
		}
	}
	return true
}

// holdsLevel reports whether a level has subqueries.
func holdsLevel(l *level) bool { return holds(map[string]any(l.node), "SubLink", "RangeSubselect") }

// neverNull reports whether an output of a level is never NULL: by the schema, or
// because a condition leaves NULL out.
func (l *level) neverNull(v any) bool {
	if t, arg := cast(v); t != "" {
		return l.neverNull(arg)
	}
	if body(v, "A_Const") != nil && body(v, "A_Const")["isnull"] == nil {
		return true
	}
	of, name := l.owner(v)
	return of.notNull(name) || l.filtersNull(v)
}

// filtersNull reports whether WHERE leaves out rows in which a column is NULL.
func (l *level) filtersNull(v any) bool {
	for _, term := range l.where() {
		if t := body(term, "NullTest"); t.str("nulltesttype") == "IS_NOT_NULL" && same(t["arg"], v) {
			return true
		}
		x := body(term, "A_Expr")
		switch x.str("kind") {
		case "AEXPR_OP", "AEXPR_IN", "AEXPR_LIKE", "AEXPR_ILIKE", "AEXPR_BETWEEN", "AEXPR_OP_ANY":
			if same(x["lexpr"], v) || x.str("kind") == "AEXPR_OP" && same(x["rexpr"], v) {
				return true
			}
		}
	}
	return false
}

// expression names a column for a sentence: "orders.customer_id".
func expression(l *level, v any) string {
	if of, name := l.owner(v); of != nil {
		if of.range_ != nil {
			return lex.QuoteIdent(of.range_.str("relname")) + "." + lex.QuoteIdent(name)
		}
		return named(of.name + "." + name)
	}
	if _, name, ok := column(v); ok {
		return lex.QuoteIdent(name)
	}
	return "the compared value"
}
