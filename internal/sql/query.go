package sql

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgverdict/pgverdict/internal/redact"
)

// statement reads one statement of the parse tree.
func statement(n Node) *Query {
	switch n.Kind {
	case "ExplainStmt":
		q := statement(n.Child("query"))
		q.Explained = true
		return q
	case "PrepareStmt", "DeclareCursorStmt", "CreateTableAsStmt", "CopyStmt":
		if inner := n.Child("query"); inner.Kind != "" {
			q := statement(inner)
			q.Whole = n.Kind != "PrepareStmt"
			return q
		}
		return &Query{}
	case "SelectStmt":
		return selectQuery(n)
	case "InsertStmt":
		q := &Query{Kind: Insert}
		q.write(n)
		if s := n.Child("selectStmt"); s.Kind == "SelectStmt" {
			q.Arms = append(q.Arms, selectQuery(s))
			q.Parts = append(q.Parts, q.Arms[0])
		}
		if on := n.Get("onConflictClause"); on.Get("action").String() == "ONCONFLICT_UPDATE" {
			q.assign(Node{Result: on}.List("targetList"))
		}
		return q.finish(n)
	case "UpdateStmt":
		q := &Query{Kind: Update}
		q.write(n)
		q.assign(n.List("targetList"))
		q.from(n.List("fromClause"))
		q.where(n.Child("whereClause"))
		return q.finish(n)
	case "DeleteStmt":
		q := &Query{Kind: Delete}
		q.write(n)
		q.from(n.List("usingClause"))
		q.where(n.Child("whereClause"))
		return q.finish(n)
	case "MergeStmt":
		q := &Query{Kind: Merge}
		q.write(n)
		q.from([]Node{n.Child("sourceRelation")})
		q.where(n.Child("joinCondition"))
		for _, w := range n.List("mergeWhenClauses") {
			if w.Get("matchKind").String() == "MERGE_WHEN_NOT_MATCHED_BY_SOURCE" {
				q.unsupported("WHEN NOT MATCHED BY SOURCE") // it reads the whole target
			}
			if w.Get("commandType").String() == "CMD_UPDATE" {
				q.assign(w.List("targetList"))
			}
		}
		return q.finish(n)
	}
	return &Query{}
}

func selectQuery(n Node) *Query {
	q := &Query{Kind: Select}
	q.Limit, q.Offset = n.Get("limitCount").Exists(), n.Get("limitOffset").Exists()
	q.LimitTo, _ = strconv.Atoi(constant(n.Child("limitCount")))
	targets := n.List("targetList")
	for _, s := range n.List("sortClause") {
		q.Sort = append(q.Sort, sortKey(s, targets))
	}
	if op := n.Get("op").String(); op != "" && op != "SETOP_NONE" {
		q.SetOp = SetOp{strings.Clone(strings.TrimPrefix(op, "SETOP_")), n.Get("all").Bool()}
		for _, arm := range []string{"larg", "rarg"} {
			q.arm(selectQuery(Node{"SelectStmt", n.Get(arm)}))
		}
		q.Output = q.Arms[0].Output
		q.Parts = slices.Clone(q.Arms)
		return q.finish(n)
	}
	q.Rows = len(n.List("valuesLists"))
	q.from(n.List("fromClause"))
	q.where(n.Child("whereClause"))
	q.Distinct = n.Get("distinctClause").Exists()
	for _, lock := range n.List("lockingClause") {
		q.Locks = true
		q.Waits = q.Waits || lock.Get("waitPolicy").String() == "LockWaitBlock"
		q.LocksAll = q.LocksAll || !lock.Get("lockedRels").Exists()
	}
	q.Count = len(targets) == 1 && isCount(targets[0].Child("val"))
	q.Output = slices.Grow(q.Output, len(targets))
	for _, t := range targets {
		q.output(t)
	}
	if len(q.MinMax) < q.Aggregates {
		q.MinMax = nil
	}
	q.windows(n)
	for _, t := range targets {
		q.aggregated(t.Result)
	}
	q.aggregated(n.Get("havingClause"))
	q.Having = q.conditions(n.Child("havingClause"), nil)
	q.DistinctOn = keysOf(n, "distinctClause", targets)
	q.Group = keysOf(n, "groupClause", targets)
	if slices.ContainsFunc(n.List("groupClause"), func(g Node) bool { return g.Kind == "GroupingSet" }) {
		q.unsupported("grouping sets")
	}
	return q.finish(n)
}

// arm adds an arm to a set operation. The arms of a UNION inside a UNION are
// added instead of it if the result is the same (plan_union_children).
func (q *Query) arm(of *Query) {
	if q.SetOp.Name == "UNION" && of.SetOp.Name == "UNION" && (of.SetOp.All || !q.SetOp.All) && len(of.Sort)+len(of.With) == 0 && !of.Limit && !of.Offset {
		q.Arms = append(q.Arms, of.Arms...)
		return
	}
	q.Arms = append(q.Arms, of)
}

// output reads an entry of the SELECT list.
func (q *Query) output(target Node) {
	v := target.Child("val")
	callsOf(target.Result, isAggregate, func(call Result) {
		q.Aggregates++
		if end, ok := minMaxOf(Node{"FuncCall", call}); ok {
			q.MinMax = append(q.MinMax, end)
		}
	})
	out := v.output()
	out.As = cmp.Or(target.Get("name").kept(), out.As)
	q.Star = q.Star || out.Name == "*"
	q.Output = append(q.Output, out)
}

// minMaxOf reads a call of min or max.
func minMaxOf(n Node) (MinMax, bool) {
	args := n.List("args")
	name := lastName(n.Result)
	if n.Kind != "FuncCall" || isWindow(n.Result) || name != "min" && name != "max" || len(args) != 1 || n.Get("agg_filter").Exists() {
		return MinMax{}, false
	}
	c, ok := args[0].column()
	return MinMax{c, name == "max"}, ok
}

// windows groups the calls of window functions by their windows.
func (q *Query) windows(n Node) {
	if !n.Get("targetList").holds("over") {
		return
	}
	named := map[string]Node{}
	for _, w := range n.List("windowClause") {
		named[w.Get("name").String()] = w
	}
	for _, over := range overClauses(n.Get("targetList"), nil) {
		of, ok := named[over.Get("name").String()]
		if !ok {
			of = over
		}
		w := Window{Partition: keysOf(of, "partitionClause", nil), Calls: 1}
		for _, s := range of.List("orderClause") {
			w.Order = append(w.Order, sortKey(s, nil))
		}
		if at := slices.IndexFunc(q.Windows, w.like); at >= 0 {
			q.Windows[at].Calls++
		} else {
			q.Windows = append(q.Windows, w)
		}
	}
}

// like reports whether two windows have the same partitions and order.
func (w Window) like(o Window) bool {
	return slices.EqualFunc(w.Partition, o.Partition, Key.like) && slices.EqualFunc(w.Order, o.Order, Key.like)
}

func (k Key) like(o Key) bool {
	return k.Column == o.Column && k.Expr.Raw() == o.Expr.Raw() && k.Desc == o.Desc && k.NullsFirst == o.NullsFirst
}

// overClauses collects the OVER clauses outside of sub-selects.
func overClauses(r Result, into []Node) []Node {
	r.ForEach(func(k string, v Result) bool {
		switch {
		case k == "SubLink":
		case k == "over":
			into = append(into, Node{"WindowDef", v})
		case v.IsObject() || v.IsArray():
			into = overClauses(v, into)
		}
		return true
	})
	return into
}

// keysOf reads a list of grouping expressions.
func keysOf(n Node, field string, targets []Node) []Key {
	var keys []Key
	for _, g := range n.List(field) {
		if g.Kind != "" {
			keys = append(keys, keyOf(resolve(g, targets)))
		}
	}
	return keys
}

// finish reads what every kind of statement can have: CTEs, sub-selects,
// columns.
func (q *Query) finish(n Node) *Query {
	for _, t := range n.List("returningList") {
		out := t.Child("val").output()
		out.As = cmp.Or(t.Get("name").kept(), out.As)
		q.Output = append(q.Output, out)
	}
	for _, field := range []string{"targetList", "sortClause", "groupClause", "returningList", "valuesLists"} {
		q.Subs = append(q.Subs, q.sublinks(n.Get(field), false)...)
	}
	q.columns(n)
	q.with(Node{Result: n.Get("withClause")})
	q.Tables = q.tables()
	return q
}

// columnFields are the fields with columns of a level, and which of them a join has to
// return.
var columnFields = [...]struct {
	name    string
	carried bool
}{
	{"targetList", true}, {"fromClause", false}, {"whereClause", false}, {"groupClause", true}, {"havingClause", true}, {"sortClause", true},
	{"returningList", true}, {"usingClause", false}, {"joinCondition", false}, {"windowClause", true},
}

// columns reads the columns of the level.
func (q *Query) columns(n Node) {
	if !n.Exists() {
		return
	}
	list := n.tree.columns
	for _, of := range columnFields {
		list = columnsIn(Node{Result: n.Get(of.name)}, list[:0])
		q.Columns = withColumns(q.Columns, list)
		if of.carried {
			q.Carried = withColumns(q.Carried, list)
		}
	}
	n.tree.columns = list
}

// withColumns adds the columns of a list that are not there.
func withColumns(columns, list []Column) []Column {
	if columns == nil {
		return append(columns, list...)
	}
	for _, c := range list {
		if !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	return columns
}

// write reads the table that a statement changes.
func (q *Query) write(n Node) {
	t := tableOf(n.Get("relation"))
	q.From = append(q.From, Item{Table: t})
	q.Target = t.Ref()
}

// unsupported notes a part of the statement that Query does not describe; the first
// one is kept.
func (q *Query) unsupported(part string) { q.Unsupported = cmp.Or(q.Unsupported, part) }

// assign reads SET.
func (q *Query) assign(targets []Node) {
	for _, t := range targets {
		name := t.Get("name").kept()
		v := t.Child("val")
		delta := false
		if v.Kind == "A_Expr" {
			for _, c := range columnsIn(v, nil) {
				delta = delta || c.Name == name
			}
		}
		q.Set = append(q.Set, Set{Column: name, Delta: delta})
	}
}

func isCount(n Node) bool {
	return n.Kind == "FuncCall" && lastName(n.Result) == "count" &&
		(n.Get("agg_star").Bool() || unwrap(n.Get("args.0")).Kind == "A_Const")
}

// aggregates are the functions that return one row for many.
var aggregates = map[string]bool{
	"count": true, "sum": true, "avg": true, "min": true, "max": true, "array_agg": true, "string_agg": true, "json_agg": true, "jsonb_agg": true,
	"json_object_agg": true, "jsonb_object_agg": true, "bool_and": true, "bool_or": true, "every": true, "stddev": true, "variance": true,
	"stddev_samp": true, "stddev_pop": true, "var_samp": true, "var_pop": true, "percentile_cont": true, "percentile_disc": true, "mode": true,
}

// isAggregate and isWindow report what kind of function a call is.
func isAggregate(call Result) bool { return !isWindow(call) && aggregates[lastName(call)] }
func isWindow(call Result) bool    { return call.Get("over").Exists() }

// callsOf calls do with each call of a kind of function in an output, outside of
// sub-selects.
func callsOf(r Result, kind func(call Result) bool, do func(call Result)) {
	r.ForEach(func(k string, v Result) bool {
		switch {
		case k == "SubLink":
		case k == "FuncCall" && kind(v):
			do(v)
		case v.IsObject() || v.IsArray():
			callsOf(v, kind, do)
		}
		return true
	})
}

func lastName(call Result) string {
	name := ""
	call.Get("funcname").ForEach(func(_ string, part Result) bool {
		name = part.Get("String.sval").kept()
		return true
	})
	return name
}

// resolve follows ORDER BY 1 and ORDER BY alias to the output column.
func resolve(n Node, targets []Node) Node {
	if n.Kind == "A_Const" {
		if i, err := strconv.Atoi(constant(n)); err == nil && i >= 1 && i <= len(targets) {
			return targets[i-1].Child("val")
		}
	}
	if c, ok := n.column(); ok && c.Table == "" {
		for _, t := range targets {
			if t.Get("name").String() == c.Name {
				return t.Child("val")
			}
		}
	}
	return n
}

func sortKey(s Node, targets []Node) Key {
	k := keyOf(resolve(s.Child("node"), targets))
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

// unwritten is the text of an expression of a kind that is not written, such as a CASE.
const unwritten = "(expression)"

func keyOf(n Node) Key {
	if c, ok := n.column(); ok {
		return Key{Column: c}
	}
	if n.Kind == "CollateClause" {
		return keyOf(n.Child("arg"))
	}
	text, ok := render(n)
	if !ok {
		text = unwritten
	}
	return Key{Expr: redact.SQL(text), Columns: columnsIn(n, nil)}
}
