package rewrite

import "slices"

// InlineCTE lets the conditions on a CTE reach the tables in it.
var InlineCTE = &Rewrite{Name: "a CTE that conditions reach", moves: true, change: func(e *edit) bool {
	done := false
	if e.at.Joined {
		return false
	}
	for _, l := range e.levels {
		with := l.node.node("withClause")
		if with.has("recursive") {
			continue
		}
		for _, c := range with.list("ctes") {
			cte := body(c, "CommonTableExpr")
			name, refs := cte.str("ctename"), 0
			if e.at.CTE != "" && e.at.CTE != name {
				continue
			}
			s := body(cte["ctequery"], "SelectStmt")
			if s == nil || s.has("lockingClause") || !steady(cte["ctequery"]) || holds(cte["ctequery"], "InsertStmt", "UpdateStmt", "DeleteStmt") {
				continue
			}
			visit(e.stmt, func(n node) bool {
				if r := body(n, "RangeVar"); r.str("relname") == name && r.str("schemaname") == "" {
					refs++
				}
				return true
			})
			switch was := cte.str("ctematerialized"); {
			case refs == 1 && was == "CTEMaterializeAlways":
				cte["ctematerialized"] = "CTEMaterializeDefault"
				done = true
			case refs > 1 && was != "CTEMaterializeNever":
				cte["ctematerialized"] = "CTEMaterializeNever"
				done = true
				e.note(name + " is then computed for each of its " + plural(refs) + " uses.")
			}
		}
	}
	return done
}}

func plural(n int) string {
	words := [...]string{2: "two", 3: "three", 4: "four", 5: "five"}
	if n < len(words) {
		return words[n]
	}
	return "many"
}

// FilterInside repeats the condition of a join inside a subquery with window functions
// or groups, which then computes only those that are asked for.
var FilterInside = &Rewrite{Name: "the condition inside the subquery", moves: true, change: func(e *edit) bool {
	for _, l := range slices.Clone(e.levels) {
		for _, i := range l.items {
			sub := body(body(i.node, "RangeSubselect")["subquery"], "SelectStmt")
			if e.at.Joined {
				sub = e.cteRead(i)
			}
			if sub != nil && !i.outside && e.filterInside(l, i, e.levelOf(sub)) {
				return true
			}
		}
	}
	return false
}}

// cteRead returns the SELECT of the CTE that the finding is about if an item is its only use;
// nil otherwise.
func (e *edit) cteRead(i *item) node {
	name, refs := e.at.CTE, 0
	if r := body(i.node, "RangeVar"); r.str("relname") != name || r.str("schemaname") != "" {
		return nil
	}
	visit(e.stmt, func(n node) bool {
		if r := body(n, "RangeVar"); r.str("relname") == name && r.str("schemaname") == "" {
			refs++
		}
		return true
	})
	for _, l := range e.levels {
		with := l.node.node("withClause")
		for _, c := range with.list("ctes") {
			if cte := body(c, "CommonTableExpr"); cte.str("ctename") == name && refs == 1 && !with.has("recursive") {
				return body(cte["ctequery"], "SelectStmt")
			}
		}
	}
	return nil
}

func (e *edit) filterInside(l *level, sub *item, in *level) bool {
	if in == nil || in.str("op") != "SETOP_NONE" || in.has("limitCount") || in.has("limitOffset") || in.has("distinctClause") || in.has("lockingClause") || in.has("groupingSets") || l.kind != "SelectStmt" || len(l.items) < 2 {
		return false
	}
	others := slices.DeleteFunc(slices.Clone(l.items), func(i *item) bool { return i == sub })
	mine, rest, ok := l.split(others)
	if !ok || len(mine.terms) == 0 {
		return false // no condition that could be repeated
	}
	var pairs [][2]any // the column inside, and what it is equal to
	for _, term := range rest.terms {
		op, left, right := operator(term)
		if op != "=" {
			continue
		}
		if of, _ := l.owner(left); of != sub {
			left, right = right, left
		}
		of, name := l.owner(left)
		if items, sure := l.refersTo(right); of != sub || !sure || len(items) == 0 || slices.Contains(items, sub) {
			continue
		}
		for _, out := range in.outputs() {
			_, as, plain := column(out["val"])
			if n := out.str("name"); n != "" {
				as = n
			}
			if plain && as == name && in.dividedBy(out["val"]) {
				pairs = append(pairs, [2]any{out["val"], right})
			}
		}
	}
	if len(pairs) == 0 {
		return false
	}
	pair := pairs[0]
	// Only the items that the compared column and its conditions need.
	chosen := map[*item]bool{}
	items, _ := l.refersTo(pair[1])
	for _, i := range items {
		chosen[i] = true
	}
	var terms list
	for grown := true; grown; {
		grown = false
		for _, t := range mine.terms {
			of, _ := l.refersTo(t)
			if slices.ContainsFunc(of, func(i *item) bool { return chosen[i] }) {
				for _, i := range of {
					grown = grown || !chosen[i]
					chosen[i] = true
				}
			}
		}
	}
	for _, t := range mine.terms {
		of, _ := l.refersTo(t)
		if !steady(t) {
			return false
		}
		if slices.ContainsFunc(of, func(i *item) bool { return chosen[i] }) {
			terms = append(terms, clone(t))
		}
	}
	var from list
	for _, i := range mine.items {
		if chosen[i] {
			from = append(from, clone(i.node))
		}
	}
	if len(terms) == 0 {
		return false
	}
	list1 := node{"targetList": list{node{"ResTarget": node{"val": clone(pair[1])}}}, "fromClause": from, "whereClause": all(terms), "limitOption": "LIMIT_OPTION_DEFAULT", "op": "SETOP_NONE"}
	in.setWhere(append(in.where(), node{"SubLink": node{"subLinkType": "ANY_SUBLINK", "testexpr": clone(pair[0]), "subselect": node{"SelectStmt": list1}}}))
	return true
}

// dividedBy reports whether a column is one of those that divide the rows of a level
// into what its window functions and groups are computed for.
func (l *level) dividedBy(column any) bool {
	has := func(of list) bool {
		return slices.ContainsFunc(of, func(v any) bool {
			if i, ok := integerOf(v); ok && i >= 1 && i <= len(l.outputs()) {
				v = l.outputs()[i-1]["val"]
			}
			a, n1 := l.owner(v)
			b, n2 := l.owner(column)
			return same(v, column) || a != nil && a == b && n1 == n2
		})
	}
	divided := false
	if l.has("groupClause") {
		if !has(l.list("groupClause")) {
			return false
		}
		divided = true
	} else if l.has("havingClause") {
		return false
	}
	windows := map[string]node{}
	for _, w := range l.list("windowClause") {
		windows[body(w, "WindowDef").str("name")] = body(w, "WindowDef")
	}
	fine := true
	visit(l.node["targetList"], func(n node) bool {
		if n["SubLink"] != nil {
			return false
		}
		if f := body(n, "FuncCall"); f.has("over") {
			w := f.node("over")
			if name := w.str("name"); name != "" {
				w = windows[name]
			}
			divided = true
			fine = fine && w != nil && !w.has("refname") && has(w.list("partitionClause"))
		}
		return true
	})
	return fine && divided
}

// TopPerGroup writes the first rows of each group, picked by row_number, as a LATERAL
// subquery with LIMIT.
var TopPerGroup = &Rewrite{Name: "LATERAL with LIMIT instead of row_number", moves: true, change: func(e *edit) bool {
	for _, l := range slices.Clone(e.levels) {
		for _, i := range l.items {
			if sub := body(body(i.node, "RangeSubselect")["subquery"], "SelectStmt"); sub != nil && !i.outside && len(l.items) > 1 && e.topPerGroup(l, i, e.levelOf(sub)) {
				return true
			}
		}
	}
	return false
}}

func (e *edit) topPerGroup(l *level, sub *item, in *level) bool {
	if in == nil || l.kind != "SelectStmt" || len(in.items) == 0 || l.star() {
		return false
	}
	// The numbered output, and nothing else computed over other rows.
	number, as := node(nil), ""
	calls := 0
	for _, out := range in.outputs() {
		f := body(out["val"], "FuncCall")
		if f.has("over") {
			calls++
			if names := f.strs("funcname"); len(names) > 0 && names[len(names)-1] == "row_number" {
				number, as = f.node("over"), out.str("name")
				if as == "" {
					as = "row_number"
				}
			}
		} else if aggregates(out["val"]) {
			return false
		}
	}
	if number == nil || calls != 1 || number.str("name") != "" || !number.has("orderClause") || len(number.list("partitionClause")) == 0 {
		return false
	}
	for _, field := range [...]string{"distinctClause", "groupClause", "havingClause", "windowClause", "limitCount", "limitOffset", "lockingClause", "withClause", "sortClause"} {
		if in.has(field) {
			return false
		}
	}
	others := slices.DeleteFunc(slices.Clone(l.items), func(i *item) bool { return i == sub })
	mine, rest, ok := l.split(others)
	if !ok {
		return false
	}
	limit := 0
	var equal [][2]any
	var keep list
	found := map[int]bool{}
	for _, term := range rest.terms {
		op, left, right := operator(term)
		if of, _ := l.owner(left); of != sub {
			if of, _ := l.owner(right); of == sub {
				op, left, right = mirrored[op], right, left
			}
		}
		of, name := l.owner(left)
		if of == sub && name == as {
			n, literal := integerOf(right)
			switch {
			case !literal || limit > 0:
				return false
			case op == "<=", op == "=" && n == 1:
				limit = n
			case op == "<":
				limit = n - 1
			default:
				return false
			}
			continue
		}
		at := -1
		if op == "=" && of == sub {
			for _, out := range in.outputs() {
				_, col, plain := column(out["val"])
				if n := out.str("name"); n != "" {
					col = n
				}
				if !plain || col != name {
					continue
				}
				for k, p := range number.list("partitionClause") {
					a, n1 := in.owner(p)
					b, n2 := in.owner(out["val"])
					if same(p, out["val"]) || a != nil && a == b && n1 == n2 {
						at = k
					}
				}
			}
			if items, sure := l.refersTo(right); !sure || len(items) == 0 || slices.Contains(items, sub) {
				at = -1
			}
		}
		if at >= 0 {
			moved, sure := l.qualified(right)
			if !sure || in.touches(moved) {
				return false
			}
			found[at] = true
			equal = append(equal, [2]any{number.list("partitionClause")[at], moved})
			continue
		}
		keep = append(keep, term)
	}
	if limit < 1 || len(found) != len(number.list("partitionClause")) {
		return false
	}
	for _, pair := range equal {
		of, name := in.owner(pair[0])
		if of == nil && len(in.items) > 1 || name == "" {
			return false
		}
		in.setWhere(append(in.where(), compared("=", clone(pair[0]), pair[1])))
	}
	in.node["sortClause"] = clone(number["orderClause"])
	delete(number, "partitionClause")
	in.node["limitCount"] = node{"A_Const": node{"ival": node{"ival": limit}}}
	in.node["limitOption"] = "LIMIT_OPTION_COUNT"
	body(sub.node, "RangeSubselect")["lateral"] = true
	from := mine.from[0]
	for _, i := range mine.from[1:] {
		from = crossed(from, i)
	}
	l.node["fromClause"] = list{crossed(from, sub.node)}
	l.setWhere(append(mine.terms, keep...))
	return true
}

func crossed(left, right any) node {
	return node{"JoinExpr": node{"jointype": "JOIN_INNER", "larg": left, "rarg": right}}
}
