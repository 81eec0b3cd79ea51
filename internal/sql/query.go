package sql

import (
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
		q.Waits = q.Waits || lock.Get("waitPolicy").String() == "LockWaitBlock"
		q.LocksAll = q.LocksAll || !lock.Get("lockedRels").Exists()
	}
	q.LimitTo, _ = strconv.Atoi(constant(n.child("limitCount")))
	q.Count = len(targets) == 1 && isCount(targets[0].child("val"))
	for _, t := range targets {
		v := t.child("val")
		q.Sums = q.Sums || hasAggregate(t.Result)
		out := v.output()
		q.Star = q.Star || out.Name == "*"
		q.Output = append(q.Output, out)
	}
	for _, s := range n.list("sortClause") {
		q.Sort = append(q.Sort, sortKey(s, targets))
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
	q.dropCTEs(n)
	for _, field := range []string{"targetList", "whereClause", "sortClause", "groupClause", "havingClause", "returningList", "joinCondition", "valuesLists"} {
		q.subselects(n.Get(field), false)
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
	for _, t := range q.Tables {
		if t.Schema != "" || !names[t.Name] {
			kept = append(kept, t)
		}
	}
	q.Tables = kept
	for _, p := range q.Parts {
		p.drop(names)
	}
}

// subselects makes each sub-select below a value a part of its own; negated
// says that the value stands behind NOT.
func (q *Query) subselects(r gjson.Result, negated bool) {
	list := r.IsArray()
	r.ForEach(func(k, v gjson.Result) bool {
		switch {
		case !list && k.String() == "SubLink":
			if s := only(v.Get("subselect")); s.kind == "SelectStmt" {
				part := selectQuery(s)
				part.NotIn = isNotIn(v, negated)
				q.Parts = append(q.Parts, part)
			}
			q.subselects(v.Get("testexpr"), false)
		case !list && k.String() == "BoolExpr":
			q.subselects(v, v.Get("boolop").String() == "NOT_EXPR")
		case v.IsObject() || v.IsArray():
			q.subselects(v, negated && (list || k.String() == "args"))
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
			q.from([]node{n.child("relation")})
		case "JoinExpr":
			before := len(q.Tables)
			q.from([]node{n.child("larg")})
			middle := len(q.Tables)
			q.from([]node{n.child("rarg")})
			if n.Get("jointype").String() == "JOIN_INNER" {
				q.Where = append(q.Where, conjuncts(n.child("quals"))...)
			}
			q.using(n, before, middle)
			q.subselects(n.Get("quals"), false)
		}
	}
}

// using reads JOIN ... USING (c) as an equality of the two nearest tables.
func (q *Query) using(n node, before, middle int) {
	if middle <= before || len(q.Tables) <= middle {
		return
	}
	left, right := q.Tables[middle-1].Ref(), q.Tables[middle].Ref()
	for _, name := range n.strs("usingClause") {
		q.Where = append(q.Where, Cond{
			Op: Eq, Operator: "=", Value: Runtime,
			Left: Column{left, name}, Other: Column{right, name},
		})
	}
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

// hasAggregate reports whether an output calls an aggregate, outside of
// sub-selects and windows.
func hasAggregate(r gjson.Result) bool {
	found := false
	r.ForEach(func(k, v gjson.Result) bool {
		switch {
		case k.String() == "SubLink":
		case k.String() == "FuncCall" && !v.Get("over").Exists() && aggregates[lastName(v)]:
			found = true
		case v.IsObject() || v.IsArray():
			found = found || hasAggregate(v)
		}
		return !found
	})
	return found
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
