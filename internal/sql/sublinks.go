package sql

import "slices"

// where reads WHERE. EXISTS, NOT EXISTS and IN (SELECT) become joins, as in the
// server's planner (pull_up_sublinks in prepjointree.c).
func (q *Query) where(n Node) {
	parts := ands(n, nil)
	q.Where = slices.Grow(q.Where, len(parts))
	for _, one := range parts {
		j, ok := semiJoin(one)
		if !ok {
			q.Where = q.conditions(one, q.Where)
			continue
		}
		q.Joins, q.Parts = append(q.Joins, j), append(q.Parts, j.Part)
		from := len(q.Where)
		q.Where = conjuncts(one, q.Where)
		for i := range q.Where[from:] {
			q.Where[from+i].Joined = true
		}
	}
}

// ands splits a condition at its ANDs.
func ands(n Node, into []Node) []Node {
	switch {
	case n.Kind == "":
	case n.Kind == "BoolExpr" && n.Get("boolop").String() == "AND_EXPR":
		for _, a := range n.List("args") {
			into = ands(a, into)
		}
	default:
		into = append(into, n)
	}
	return into
}

// conditions adds the conjuncts of a condition, with their sub-selects, to a list.
func (q *Query) conditions(n Node, into []Cond) []Cond {
	for _, one := range ands(n, nil) {
		first := len(into)
		into = conjuncts(one, into)
		if one.Kind == "SubLink" {
			into[first].Subs = q.sublink(one.Result, false)
		} else {
			into[first].Subs = q.sublinks(one.Result, one.negated())
		}
	}
	return into
}

func (n Node) negated() bool {
	return n.Kind == "BoolExpr" && n.Get("boolop").String() == "NOT_EXPR"
}

// semiJoin returns the join that a conjunct with a sub-select stands for.
func semiJoin(n Node) (Join, bool) {
	kind := Semi
	if n.negated() {
		if args := n.List("args"); len(args) == 1 {
			n, kind = args[0], Anti
		}
	}
	if n.Kind != "SubLink" {
		return Join{}, false
	}
	s := n.Child("subselect")
	j := Join{Kind: kind}
	if s.Kind != "SelectStmt" {
		return j, false
	}
	switch n.Get("subLinkType").String() {
	case "EXISTS_SUBLINK":
	case "ANY_SUBLINK":
		compared := []Node{n.Child("testexpr")}
		if compared[0].Kind == "RowExpr" {
			compared = compared[0].List("args")
		}
		if op := n.Strs("operName"); j.Kind == Anti || len(op) > 0 && op[0] != "=" {
			return j, false
		}
		for _, side := range compared {
			c, ok := side.column()
			if !ok {
				return j, false
			}
			j.In = append(j.In, c)
		}
	default:
		return j, false
	}
	j.Part = selectQuery(s)
	return j, len(j.In) == 0 || len(j.In) == len(j.Part.Output)
}

// subKinds maps the server's SubLinkType.
var subKinds = map[string]SubKind{"EXISTS_SUBLINK": Exists, "ANY_SUBLINK": Any, "ALL_SUBLINK": All, "ARRAY_SUBLINK": Array}

// sublinks adds each sub-select below a value to the parts. negated is true
// inside of NOT.
func (q *Query) sublinks(r Result, negated bool) []Sub {
	if !r.holds("SubLink") {
		return nil
	}
	var subs []Sub
	list := r.IsArray()
	r.ForEach(func(k string, v Result) bool {
		switch {
		case !list && k == "SubLink":
			subs = append(subs, q.sublink(v, negated)...)
		case !list && k == "BoolExpr":
			subs = append(subs, q.sublinks(v, v.Get("boolop").String() == "NOT_EXPR")...)
		case v.IsObject() || v.IsArray():
			subs = append(subs, q.sublinks(v, negated && (list || k == "args"))...)
		}
		return true
	})
	return subs
}

func (q *Query) sublink(v Result, negated bool) []Sub {
	subs := q.sublinks(v.Get("testexpr"), false)
	if s := unwrap(v.Get("subselect")); s.Kind == "SelectStmt" {
		part := selectQuery(s)
		part.NotIn = isNotIn(v, negated)
		q.Parts = append(q.Parts, part)
		subs = append(subs, Sub{subKinds[v.Get("subLinkType").String()], part})
	}
	return subs
}

func partsOf(subs []Sub) []*Query {
	var list []*Query
	for _, s := range subs {
		list = append(list, s.Part)
	}
	return list
}

func isNotIn(sublink Result, negated bool) bool {
	op := Node{Result: sublink}.Strs("operName")
	switch sublink.Get("subLinkType").String() {
	case "ANY_SUBLINK":
		return negated && len(op) == 0
	case "ALL_SUBLINK":
		return len(op) == 1 && op[0] == "<>"
	}
	return false
}
