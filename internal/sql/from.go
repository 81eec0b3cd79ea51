package sql

import (
	"slices"
	"strconv"
)

func tableOf(r Result) Table {
	return Table{Schema: r.Get("schemaname").kept(), Name: r.Get("relname").kept(), Alias: r.Get("alias.aliasname").kept()}
}

// tables returns the items that are tables.
func (q *Query) tables() []Table {
	var list []Table
	for _, item := range q.From {
		if item.isTable() {
			list = append(list, item.Table)
		}
	}
	return list
}

// from reads the items of a FROM list and the conditions of its joins.
func (q *Query) from(items []Node) {
	for _, n := range items {
		item := Item{
			Table: Table{Alias: n.Get("alias.aliasname").kept()}, Lateral: n.Get("lateral").Bool(), Names: Node{Result: n.Get("alias")}.Strs("colnames"),
		}
		switch n.Kind {
		case "RangeVar":
			item.Table = tableOf(n.Result)
		case "RangeSubselect":
			s := n.Child("subquery")
			if s.Kind != "SelectStmt" {
				continue
			}
			item.Part = selectQuery(s)
			q.Parts = append(q.Parts, item.Part)
		case "RangeFunction":
			item.call(n.List("functions"))
			q.Parts = append(q.Parts, partsOf(q.sublinks(n.Get("functions"), false))...)
		case "RangeTableSample":
			q.unsupported("TABLESAMPLE")
			q.from([]Node{n.Child("relation")})
			continue
		case "JoinExpr":
			q.join(n)
			continue
		default:
			q.unsupported("a table function in FROM")
			continue
		}
		q.From = append(q.From, item)
	}
}

// call reads a function in FROM; of several in ROWS FROM the first one.
func (i *Item) call(functions []Node) {
	i.Func = "function"
	if len(functions) == 0 {
		return
	}
	items := functions[0].List("items")
	if len(items) == 0 || items[0].Kind != "FuncCall" {
		return
	}
	f := items[0]
	i.Func, i.Args = lastName(f.Result), columnsIn(f, nil)
	i.Lateral = i.Lateral || len(i.Args) > 0
	switch args := f.List("args"); {
	case i.Func == "unnest" && len(args) > 0:
		i.Rows, _ = array(args[0])
	case i.Func == "generate_series" && len(args) > 1:
		first, err := strconv.Atoi(constant(args[0]))
		last, err2 := strconv.Atoi(constant(args[1]))
		if args[0].Kind == "A_Const" && args[1].Kind == "A_Const" && err == nil && err2 == nil && len(args) == 2 {
			i.Rows = max(last-first+1, 0)
		}
	}
}

// join reads a JOIN. The conditions of an outer join belong to it, with those of
// inner joins on its nullable side.
func (q *Query) join(n Node) {
	kind := n.Get("jointype").String()
	if n.Get("isNatural").Bool() {
		q.unsupported("a natural join")
	}
	items, conds := [3]int{len(q.From)}, [3]int{len(q.Where)}
	for i, side := range [2]string{"larg", "rarg"} {
		q.from([]Node{n.Child(side)})
		items[i+1], conds[i+1] = len(q.From), len(q.Where)
	}
	on := append(q.conditions(n.Child("quals"), nil), q.using(n, items[0], items[1])...)
	if kind == "JOIN_INNER" {
		q.Where = append(q.Where, on...)
		return
	}
	j := Join{Kind: Left, Left: span(items[0], items[1]), Right: span(items[1], items[2])}
	within := [2]int{conds[1], conds[2]}
	switch kind {
	case "JOIN_RIGHT":
		j.Left, j.Right, within = j.Right, j.Left, [2]int{conds[0], conds[1]}
	case "JOIN_FULL":
		j.Kind, within[0] = Full, conds[0]
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

// using reads JOIN ... USING (c) as equalities of the two nearest relations.
func (q *Query) using(n Node, before, middle int) []Cond {
	if middle <= before || len(q.From) <= middle {
		return nil
	}
	left, right := q.From[middle-1].Ref(), q.From[middle].Ref()
	var list []Cond
	for _, name := range n.Strs("usingClause") {
		list = append(list, Cond{
			Op: Eq, Operator: "=", Value: Runtime,
			Left: Column{left, name}, Other: Column{right, name},
		})
	}
	return list
}

// with reads the CTEs and links them to the places that read them: the name of a
// CTE is no table in the CTEs after it, and in WITH RECURSIVE in none.
func (q *Query) with(clause Node) {
	recursive := clause.Get("recursive").Bool()
	inner := q.Parts
	for _, cte := range clause.List("ctes") {
		c := &CTE{Name: cte.Get("ctename").kept(), Part: statement(cte.Child("ctequery"))}
		switch cte.Get("ctematerialized").String() {
		case "CTEMaterializeAlways":
			c.Materialized = true
		case "CTEMaterializeNever":
			c.NotMaterialized = true
		}
		q.With = append(q.With, c)
		q.Parts = append(q.Parts, c.Part)
	}
	for i, c := range q.With {
		for n, other := range q.With {
			if n > i || recursive {
				c.Recursive = other.Part.reads(c) && n == i || c.Recursive
			}
		}
		for _, part := range inner {
			part.reads(c)
		}
		q.readsHere(c)
	}
}

// reads links a CTE to the items of a query that read it, and reports whether
// there are any.
func (q *Query) reads(c *CTE) bool {
	found := q.readsHere(c)
	for _, part := range q.Parts {
		found = part.reads(c) || found
	}
	return found
}

func (q *Query) readsHere(c *CTE) bool {
	found := false
	for i := range q.From {
		if item := &q.From[i]; item.isTable() && item.Schema == "" && item.Name == c.Name && (q.Kind == Select || i > 0) {
			item.Part, item.CTE, found = c.Part, c, true
			c.Refs++
		}
	}
	q.Tables = q.tables()
	return found
}
