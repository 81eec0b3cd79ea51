package sql

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/pgverdict/pgverdict/internal/redact"
)

// statement reads one statement of the tree.
func statement(n node) *Query {
	switch n.kind {
	case "ExplainStmt":
		q := statement(n.child("query"))
		q.Explained = true
		return q
	case "PrepareStmt", "DeclareCursorStmt", "CreateTableAsStmt", "CopyStmt":
		if inner := n.child("query"); inner.kind != "" {
			q := statement(inner)
			q.Whole = n.kind != "PrepareStmt"
			return q
		}
		return &Query{}
	case "SelectStmt":
		return selectQuery(n)
	case "InsertStmt":
		q := &Query{Kind: Insert}
		q.write(n)
		if s := n.child("selectStmt"); s.kind == "SelectStmt" {
			q.Parts = append(q.Parts, selectQuery(s))
		}
		if on := n.Get("onConflictClause"); on.Get("action").String() == "ONCONFLICT_UPDATE" {
			q.assign(node{Result: on}.list("targetList"))
		}
		return q.finish(n)
	case "UpdateStmt":
		q := &Query{Kind: Update}
		q.write(n)
		q.assign(n.list("targetList"))
		q.from(n.list("fromClause"))
		q.where(n.child("whereClause"))
		return q.finish(n)
	case "DeleteStmt":
		q := &Query{Kind: Delete}
		q.write(n)
		q.from(n.list("usingClause"))
		q.where(n.child("whereClause"))
		return q.finish(n)
	case "MergeStmt":
		q := &Query{Kind: Merge}
		q.write(n)
		q.from([]node{n.child("sourceRelation")})
		q.where(n.child("joinCondition"))
		for _, w := range n.list("mergeWhenClauses") {
			if w.Get("commandType").String() == "CMD_UPDATE" {
				q.assign(w.list("targetList"))
			}
		}
		return q.finish(n)
	}
	return &Query{}
}

func selectQuery(n node) *Query {
	q := &Query{Kind: Select}
	if op := n.Get("op").String(); op != "" && op != "SETOP_NONE" {
		for _, arm := range []string{"larg", "rarg"} {
			q.Parts = append(q.Parts, selectQuery(node{"SelectStmt", n.Get(arm)}))
		}
		q.Limit, q.Offset = n.Get("limitCount").Exists(), n.Get("limitOffset").Exists()
		return q.finish(n)
	}
	q.from(n.list("fromClause"))
	q.where(n.child("whereClause"))
	targets := n.list("targetList")
	q.Distinct = n.Get("distinctClause").Exists()
	q.Limit, q.Offset = n.Get("limitCount").Exists(), n.Get("limitOffset").Exists()
	for _, lock := range n.list("lockingClause") {
		q.beyond("row locks (FOR UPDATE, FOR SHARE)")
		q.Waits = q.Waits || lock.Get("waitPolicy").String() == "LockWaitBlock"
		q.LocksAll = q.LocksAll || !lock.Get("lockedRels").Exists()
	}
	q.LimitTo, _ = strconv.Atoi(constant(n.child("limitCount")))
	q.Count = len(targets) == 1 && isCount(targets[0].child("val"))
	for _, t := range targets {
		v := t.child("val")
		q.Sums += calls(t.Result, isAggregate)
		if calls(t.Result, isWindow) > 0 {
			q.beyond("a window function")
		}
		out := v.output()
		q.Star = q.Star || out.Name == "*"
		q.Output = append(q.Output, out)
	}
	for _, s := range n.list("sortClause") {
		q.Sort = append(q.Sort, sortKey(s, targets))
	}
	if n.Get("havingClause").Exists() {
		q.beyond("HAVING")
	}
	if n.Get("distinctClause.0.ColumnRef").Exists() {
		q.beyond("DISTINCT ON")
	}
	for _, g := range n.list("groupClause") {
		q.Group = append(q.Group, keyOf(resolve(g, targets)))
	}
	return q.finish(n)
}

// finish adds what every statement may have: CTEs, sub-selects, columns.
func (q *Query) finish(n node) *Query {
	for _, cte := range (node{Result: n.Get("withClause")}).list("ctes") {
		q.Parts = append(q.Parts, statement(cte.child("ctequery")))
	}
	joined := q.partners(n.child("whereClause"))
	q.dropCTEs(n)
	for _, field := range []string{"targetList", "whereClause", "sortClause", "groupClause", "havingClause", "returningList", "joinCondition", "valuesLists"} {
		q.subselects(n.Get(field), false, joined)
	}
	for _, field := range []string{"targetList", "groupClause", "havingClause", "sortClause", "returningList"} {
		q.Carried = columnsIn(node{Result: n.Get(field)}.wrapped(), q.Carried)
	}
	for _, field := range []string{"targetList", "fromClause", "whereClause", "groupClause", "havingClause", "sortClause", "returningList", "usingClause", "joinCondition"} {
		q.Columns = columnsIn(node{Result: n.Get(field)}.wrapped(), q.Columns)
	}
	return q
}

// wrapped makes a list field's value walkable by columnsIn.
func (n node) wrapped() node {
	if n.IsArray() {
		return node{"List", n.Result}
	}
	return only(n.Result)
}

// dropCTEs takes the names that WITH defines out of the tables.
func (q *Query) dropCTEs(n node) {
	names := map[string]bool{}
	for _, cte := range (node{Result: n.Get("withClause")}).list("ctes") {
		names[cte.Get("ctename").String()] = true
	}
	if len(names) == 0 {
		return
	}
	q.drop(names)
}

func (q *Query) drop(names map[string]bool) {
	kept := q.Tables[:0]
	now := make([]int, len(q.Tables)) // where a table stands then; -1: gone
	for i, t := range q.Tables {
		now[i] = -1
		if t.Schema != "" || !names[t.Name] {
			now[i] = len(kept)
			kept = append(kept, t)
		}
	}
	q.Tables = kept
	for i := range q.Joins {
		for _, side := range []*[]int{&q.Joins[i].Left, &q.Joins[i].Right} {
			moved := (*side)[:0]
			for _, at := range *side {
				if now[at] >= 0 {
					moved = append(moved, now[at])
				}
			}
			*side = moved
		}
	}
	for _, p := range q.Parts {
		p.drop(names)
	}
}

// subselects makes each sub-select below a value a part of its own, but for
// those that are parts already; negated says that the value stands behind NOT.
func (q *Query) subselects(r gjson.Result, negated bool, joined map[int64]bool) {
	list := r.IsArray()
	r.ForEach(func(k, v gjson.Result) bool {
		switch {
		case !list && k.String() == "SubLink":
			if s := only(v.Get("subselect")); s.kind == "SelectStmt" && !joined[v.Get("location").Int()] {
				part := selectQuery(s)
				part.NotIn = isNotIn(v, negated)
				q.Parts = append(q.Parts, part)
			}
			q.subselects(v.Get("testexpr"), false, joined)
		case !list && k.String() == "BoolExpr":
			q.subselects(v, v.Get("boolop").String() == "NOT_EXPR", joined)
		case v.IsObject() || v.IsArray():
			q.subselects(v, negated && (list || k.String() == "args"), joined)
		}
		return true
	})
}

func isNotIn(sublink gjson.Result, negated bool) bool {
	op := node{Result: sublink}.strs("operName")
	switch sublink.Get("subLinkType").String() {
	case "ANY_SUBLINK":
		return negated && len(op) == 0
	case "ALL_SUBLINK":
		return len(op) == 1 && op[0] == "<>"
	}
	return false
}

// partners makes joins of the conjuncts EXISTS, NOT EXISTS and IN (SELECT):
// the server's planner does the same (prepjointree.c, pull_up_sublinks). It
// says where they stand.
func (q *Query) partners(where node) map[int64]bool {
	joined := map[int64]bool{}
	each := func(n node) {
		kind := Semi
		if args := n.list("args"); n.kind == "BoolExpr" && n.Get("boolop").String() == "NOT_EXPR" && len(args) == 1 {
			n, kind = args[0], Anti
		}
		s := n.child("subselect")
		if n.kind != "SubLink" || s.kind != "SelectStmt" {
			return
		}
		j := Join{Kind: kind}
		switch n.Get("subLinkType").String() {
		case "EXISTS_SUBLINK":
		case "ANY_SUBLINK":
			left, ok := n.child("testexpr").column()
			outputs := s.list("targetList")
			if op := n.strs("operName"); !ok || kind == Anti || len(outputs) != 1 || len(op) > 0 && op[0] != "=" {
				return
			}
			right, ok := outputs[0].child("val").column()
			if !ok {
				return
			}
			j.On = []Cond{{Op: Eq, Operator: "=", Value: Runtime, Left: left, Other: right}}
		default:
			return
		}
		j.Part = selectQuery(s)
		q.Joins, q.Parts = append(q.Joins, j), append(q.Parts, j.Part)
		joined[n.Get("location").Int()] = true
	}
	if where.kind == "BoolExpr" && where.Get("boolop").String() == "AND_EXPR" {
		for _, a := range where.list("args") {
			each(a)
		}
	} else {
		each(where)
	}
	return joined
}

// write reads the table that a statement changes.
func (q *Query) write(n node) {
	t := tableOf(n.Get("relation"))
	q.Tables = append(q.Tables, t)
	q.Target = t.Ref()
}

func tableOf(r gjson.Result) Table {
	return Table{Schema: r.Get("schemaname").String(), Name: r.Get("relname").String(), Alias: r.Get("alias.aliasname").String()}
}

// from reads the relations of a FROM list and the conditions of its joins.
func (q *Query) from(items []node) {
	for _, n := range items {
		switch n.kind {
		case "RangeVar":
			q.Tables = append(q.Tables, tableOf(n.Result))
		case "RangeSubselect":
			if s := n.child("subquery"); s.kind == "SelectStmt" {
				q.Parts = append(q.Parts, selectQuery(s))
			}
		case "RangeTableSample":
			q.beyond("TABLESAMPLE")
			q.from([]node{n.child("relation")})
		case "JoinExpr":
			q.join(n)
		default:
			q.beyond("a function in FROM")
		}
	}
}

// join reads a JOIN of FROM. The conditions of an outer join are its own, with
// those of the inner joins on the side whose rows it may leave out.
func (q *Query) join(n node) {
	kind := n.Get("jointype").String()
	if n.Get("isNatural").Bool() {
		q.beyond("a natural join")
	}
	tables, conds := [3]int{len(q.Tables)}, [3]int{len(q.Where)}
	for i, side := range [2]string{"larg", "rarg"} {
		q.from([]node{n.child(side)})
		tables[i+1], conds[i+1] = len(q.Tables), len(q.Where)
	}
	on := append(conjuncts(n.child("quals")), q.using(n, tables[0], tables[1])...)
	q.subselects(n.Get("quals"), false, nil)
	if kind == "JOIN_INNER" {
		q.Where = append(q.Where, on...)
		return
	}
	j := Join{Kind: Left, Left: span(tables[0], tables[1]), Right: span(tables[1], tables[2])}
	within := [2]int{conds[1], conds[2]}
	switch kind {
	case "JOIN_RIGHT":
		j.Left, j.Right, within = j.Right, j.Left, [2]int{conds[0], conds[1]}
	case "JOIN_FULL":
		j.Kind, within[0] = Full, conds[0]
		q.beyond("a full join")
	}
	j.On = append(on, q.Where[within[0]:within[1]]...)
	q.Where = slices.Delete(q.Where, within[0], within[1])
	q.Joins = append(q.Joins, j)
}

func span(from, to int) []int {
	list := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		list = append(list, i)
	}
	return list
}

// beyond notes a part of the statement that the shape leaves out.
func (q *Query) beyond(part string) { q.Beyond = cmp.Or(q.Beyond, part) }

// using reads JOIN ... USING (c) as an equality of the two nearest tables.
func (q *Query) using(n node, before, middle int) []Cond {
	if middle <= before || len(q.Tables) <= middle {
		return nil
	}
	left, right := q.Tables[middle-1].Ref(), q.Tables[middle].Ref()
	var list []Cond
	for _, name := range n.strs("usingClause") {
		list = append(list, Cond{
			Op: Eq, Operator: "=", Value: Runtime,
			Left: Column{left, name}, Other: Column{right, name},
		})
	}
	return list
}

func (q *Query) where(n node) { q.Where = append(q.Where, conjuncts(n)...) }

// assign reads SET.
func (q *Query) assign(targets []node) {
	for _, t := range targets {
		name := t.Get("name").String()
		v := t.child("val")
		delta := false
		if v.kind == "A_Expr" {
			for _, c := range columnsIn(v, nil) {
				delta = delta || c.Name == name
			}
		}
		q.Set = append(q.Set, Set{Column: name, Delta: delta})
	}
}

func isCount(n node) bool {
	return n.kind == "FuncCall" && lastName(n.Result) == "count" &&
		(n.Get("agg_star").Bool() || only(n.Get("args.0")).kind == "A_Const")
}

// aggregates are the functions that make one row of many.
var aggregates = map[string]bool{
	"count": true, "sum": true, "avg": true, "min": true, "max": true, "array_agg": true, "string_agg": true, "json_agg": true, "jsonb_agg": true,
	"json_object_agg": true, "jsonb_object_agg": true, "bool_and": true, "bool_or": true, "every": true, "stddev": true, "variance": true,
	"stddev_samp": true, "stddev_pop": true, "var_samp": true, "var_pop": true, "percentile_cont": true, "percentile_disc": true, "mode": true,
}

// isAggregate and isWindow tell calls of functions apart.
func isAggregate(call gjson.Result) bool { return !isWindow(call) && aggregates[lastName(call)] }
func isWindow(call gjson.Result) bool    { return call.Get("over").Exists() }

// calls counts the functions of a kind that an output calls, outside of
// sub-selects.
func calls(r gjson.Result, kind func(call gjson.Result) bool) int {
	n := 0
	r.ForEach(func(k, v gjson.Result) bool {
		switch {
		case k.String() == "SubLink":
		case k.String() == "FuncCall" && kind(v):
			n++
		case v.IsObject() || v.IsArray():
			n += calls(v, kind)
		}
		return true
	})
	return n
}

func lastName(call gjson.Result) string {
	names := node{Result: call}.strs("funcname")
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1]
}

// resolve follows ORDER BY 1 and ORDER BY alias to the output column.
func resolve(n node, targets []node) node {
	if n.kind == "A_Const" {
		if i, err := strconv.Atoi(constant(n)); err == nil && i >= 1 && i <= len(targets) {
			return targets[i-1].child("val")
		}
	}
	if c, ok := n.column(); ok && c.Table == "" {
		for _, t := range targets {
			if t.Get("name").String() == c.Name {
				return t.child("val")
			}
		}
	}
	return n
}

func sortKey(s node, targets []node) Key {
	k := keyOf(resolve(s.child("node"), targets))
	k.Desc = s.Get("sortby_dir").String() == "SORTBY_DESC"
	switch s.Get("sortby_nulls").String() {
	case "SORTBY_NULLS_FIRST":
		k.NullsFirst = true
	case "SORTBY_NULLS_LAST":
	default:
		k.NullsFirst = k.Desc
	}
	return k
}

func keyOf(n node) Key {
	if c, ok := n.column(); ok {
		return Key{Column: c}
	}
	if n.kind == "CollateClause" {
		return keyOf(n.child("arg"))
	}
	text, ok := render(n)
	if !ok {
		text = "(expression)"
	}
	return Key{Expr: redact.SQL(text)}
}
