package rewrite

// FoundFirst finds all rows before it sorts them, so that the planner cannot walk an index
// in the order of a LIMIT and look for rows that match.
var FoundFirst = &Rewrite{Name: "all rows found before they are sorted", moves: true, change: func(e *edit) bool {
	if len(e.levels) == 0 {
		return false
	}
	l := e.levels[0]
	if l.kind != "SelectStmt" || !l.has("sortClause") || !l.has("limitCount") || !l.grown("limitCount", "limitOffset") || !steady(l.node) {
		return false
	}
	var order list
	for _, s := range l.list("sortClause") {
		by := clone(body(s, "SortBy")).(node)
		k, ok := l.sortKey(by)
		if !ok {
			return false
		}
		name, ok := l.output(k)
		if !ok {
			return false
		}
		by["node"] = ref(name)
		order = append(order, node{"SortBy": by})
	}
	found := e.fresh("found")
	inner := clone(l.node).(node)
	for _, field := range [...]string{"sortClause", "limitCount", "limitOffset"} {
		delete(inner, field)
	}
	inner["limitOption"] = "LIMIT_OPTION_DEFAULT"
	cte := node{"ctename": found, "ctematerialized": "CTEMaterializeAlways", "ctequery": node{"SelectStmt": inner}}
	l.node["withClause"] = node{"ctes": list{node{"CommonTableExpr": cte}}}
	l.node["targetList"] = list{node{"ResTarget": node{"val": node{"ColumnRef": node{"fields": list{node{"A_Star": node{}}}}}}}}
	l.node["fromClause"] = list{node{"RangeVar": node{"relname": found, "inh": true, "relpersistence": "p"}}}
	l.node["sortClause"] = order
	delete(l.node, "whereClause")
	return true
}}

// output returns the name of the one output of a level that is the column of a sort key.
func (l *level) output(k sortKey) (name string, ok bool) {
	found := 0
	for _, out := range l.outputs() {
		qualifier, column, plain := column(out["val"])
		as := out.str("name")
		if as == "" {
			as = column
		}
		switch of, _ := l.owner(out["val"]); {
		case holds(out["val"], "A_Star"):
			fields := body(out["val"], "ColumnRef").strs("fields")
			if len(l.items) > 1 && (len(fields) != 1 || fields[0] != k.of.name) {
				return "", false // what it names is not known
			}
			name, found = k.name, found+1
		case plain && of == k.of && column == k.name:
			name, found = as, found+1
		case as == k.name || !plain && as == "" || qualifier == "" && of == nil:
			return "", false // it may have the name too
		}
	}
	return name, found == 1
}
