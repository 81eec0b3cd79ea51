package review

import (
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/plan"
)

// nodeAction says what a node does, with the rows that it takes and gives: "reads
// 6.01 M rows and returns 28". Of a plan that was not executed the rows are the
// planner's.
func nodeAction(n *plan.Node) string {
	gives := rowsKnown(n)
	takes := opt.Float{}
	if len(n.Children) > 0 {
		takes = rowsKnown(n.Children[0])
	}
	switch {
	case n.Is("Sort", "Incremental Sort"):
		if !takes.Known() {
			takes = rowsKnown(n)
		}
		return "sorts " + rowsSaid(takes)
	case n.Is("Aggregate", "Group", "Unique", "SetOp", "WindowAgg") && takes.Known():
		return "turns " + rowsSaid(takes) + " into " + figures.Count(gives.Or(0))
	case n.Is("Hash Join", "Merge Join", "Nested Loop") && len(n.Children) >= 2:
		return fmt.Sprintf("joins %s with %s and returns %s", rowsSaid(takes), rowsSaid(rowsKnown(n.Children[1])), figures.Count(gives.Or(0)))
	case n.Is("Hash", "Materialize", "Memoize") && takes.Known():
		return "keeps " + rowsSaid(takes)
	case n.Is("Gather", "Gather Merge"):
		return "collects " + rowsSaid(gives) + " from its workers"
	case n.Type == "ModifyTable" && takes.Known():
		return "writes " + rowsSaid(takes)
	}
	read := n.ScannedTotal()
	if !n.Loops.Known() || n.Relation == "" || read.Or(0) <= gives.Or(0) {
		return "returns " + rowsSaid(gives)
	}
	return "reads " + rowsSaid(read) + " and returns " + figures.Count(gives.Or(0))
}

func rowsKnown(n *plan.Node) opt.Float {
	if n.RowsTotal.Known() {
		return n.RowsTotal
	}
	return n.PlanRows
}

// rowsSaid is a number of rows: "1 row", "6.01 M rows".
func rowsSaid(rows opt.Float) string {
	v, ok := rows.Get()
	switch {
	case !ok:
		return "an unknown number of rows"
	case v == 1:
		return "1 row"
	}
	return figures.Count(v) + " rows"
}
