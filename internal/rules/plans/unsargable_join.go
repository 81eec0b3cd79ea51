package plans

import (
	"cmp"
	"math"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// Joins that cannot use an index: a table is read whole for a few rows of the other
// side, because the join compares an expression of its column.

var unsargableLookup = rule.NewThreshold("lookup_cost", 8.5, "cost", "per lookup: an index page and a table page at random_page_cost 4; if twice that per row of the other side exceeds the cost of the scan, the scan is right")

// joinedByExpression is the finding on a scan of whose rows almost none match in a join
// by an expression of its columns; with the condition, which has that expression on its
// left.
func joinedByExpression(n *rule.Node) (f rule.Found, e rule.Evidence, cond sql.Cond, ok bool) {
	p := n.Plan
	read := opt.Both(n.ScannedPerExec(), n.Executions(), func(rows, times float64) float64 { return rows * times })
	if !p.Analyzed && !n.Has("Filter") && p.Account().Whole >= lateCost.In(p.Case) {
		read = n.ExpectedTotal
	}
	if n.Type != "Seq Scan" || n.Catalog() || n.Small() || n.StoppedEarly() || read.Or(0)/max(n.Executions().Or(1), 1) < unsargableRows.In(p.Case) {
		return
	}
	if low, _, has := n.Discard(); has && low > 0.5 {
		return // the filter is what needs an index
	}
	covers, side := []*plan.Node{n.Node}, n.Node
	for side.Parent != nil && side.Parent.Is("Hash", "Sort", "Materialize", "Gather", "Gather Merge") {
		side = side.Parent
		covers = append(covers, side)
	}
	join := side.Parent
	if join == nil || !join.Is("Hash Join", "Merge Join", "Nested Loop") || len(join.Children) != 2 || keepsAll(join, side) {
		return
	}
	other := join.Children[0]
	if other == side {
		other = join.Children[1]
	}
	times := rowsGiven(rule.Under(other, "Hash", "Sort", "Materialize")).Or(0)
	if rowsGiven(join).Or(0) > (1-unsargableDiscard.In(p.Case))*rowsGiven(n.Node).Or(0) || 2*unsargableLookup.In(p.Case)*times > n.TotalCost.Or(0)*n.Executions().Or(1) {
		return
	}
	cond, ok = expressionIn(n, join)
	if !ok {
		return
	}
	if other.Is("Materialize", "Hash", "Sort") {
		covers = append(covers, other) // they return its few rows again and again
	}
	covers = append(covers, join)
	cost := n.Plan.CostOf(covers...)
	if !n.Plan.Significant(cost) {
		return f, e, cond, false
	}
	e = rule.OfNode(n)
	e.Text("expression", cond.Expr, "plan")
	e.Number("rows scanned", read, "rows", "plan")
	e.Number("rows of the other side", opt.Of(times), "rows", "plan")
	e.Number("rows of the join", rowsGiven(join), "rows", "plan")
	f = rule.Found{Covered: covers, Cost: cost, Finding: finding.Finding{
		Tag: finding.Confirmed, Severity: n.Plan.Severity(cost),
		Title: redact.Sprintf("%s reads %s rows for %s of the other side of %s: the join is by an expression, %s", n.Ref(),
			figures.Count(read.Or(0)), rule.Counted(times, "row"), n.Plan.Node(join).Ref(), cond.Expr),
		Detail: redact.Sprintf("The scan and the join %s.", cost.Took()),
	}}
	return f, e, cond, true
}

// keepsAll reports whether a join returns all rows of a side, matching or not: they are
// read in any case.
func keepsAll(join, side *plan.Node) bool {
	first := join.Children[0] == side
	switch join.JoinType {
	case "Full":
		return true
	case "Left", "Anti":
		return first
	case "Right", "Right Anti":
		return !first
	}
	return false
}

// expressionIn returns the equality of a join that has an expression of the scan's own
// columns on one side, and none of them on the other.
func expressionIn(n *rule.Node, join *plan.Node) (sql.Cond, bool) {
	own := func(c sql.Column) bool { return c.Table != "" && (c.Table == n.Alias || c.Table == n.Relation) }
	for _, property := range [...]string{"Hash Cond", "Merge Cond", "Join Filter"} {
		text := join.Text(property).Raw()
		for _, text := range [...]string{text, swapped(text)} {
			conds, err := sql.ParseCond(text)
			if err != nil || len(conds) != 1 {
				continue // the lookup may be by another condition
			}
			c := conds[0]
			switch {
			case c.Op != sql.Eq || c.Value != sql.Runtime:
			case c.Relabel != "" && own(c.Left) && !own(c.Other) && isConverted(n, join, c.Left.Name):
				return c.Converted(), true
			case !c.Expr.Empty() && len(c.ExprColumns) == 1 && own(c.ExprColumns[0]) && !own(c.Other) && len(c.Others) == 0 && (byFunction(c) || castsColumn(c)):
				return c, true
			}
		}
	}
	return sql.Cond{}, false
}

// swapped returns an equality, as a plan prints it, with its sides exchanged; empty if
// it is none.
func swapped(text string) string {
	inner, ok := strings.CutPrefix(text, "(")
	inner, closed := strings.CutSuffix(inner, ")")
	depth := 0
	for i := 0; ok && closed && i < len(inner); i++ {
		switch inner[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '\'', '"':
			return "" // quoted text is not parsed
		}
		if left, right := inner[:i], inner[i:]; depth == 0 && strings.HasPrefix(right, " = ") {
			return "(" + right[len(" = "):] + " = " + left + ")"
		}
	}
	return ""
}

// isConverted reports whether a cast of the column to text changes the value. Plans show
// such a cast for varchar columns as well. The catalog decides, or whether the query
// itself has the cast. Without both the plan may tell: a converted column has no
// statistics, and a varchar is seldom compared with a text.
func isConverted(n *rule.Node, join *plan.Node, column string) bool {
	if col := columnOf(n, column); col != nil {
		return immutableText[selectivity.BaseType(col.Type)] || !strings.Contains(col.Type, "char") && col.Type != "text" && col.Type != "name" && col.Type != "citext"
	}
	if n.Plan.Query != nil {
		return castsInQuery(n.Plan, column)
	}
	return guessedJoin(join) || strings.Count(joinCond(join), "::") == 1
}

// columnOf returns a column of the scan's table; nil if its type is not known.
func columnOf(n *rule.Node, name string) *workload.Column {
	if t := n.Table(); t != nil {
		if col := t.Column(name); col != nil && col.Type != "" {
			return col
		}
	}
	return nil
}

// joinCond returns the condition by which a join finds its pairs.
func joinCond(join *plan.Node) string {
	return cmp.Or(join.Text("Hash Cond").Raw(), join.Text("Merge Cond").Raw(), join.Text("Join Filter").Raw())
}

// guessedJoin reports whether the rows of a join are estimated as the planner does without
// statistics of both sides: it assumes 200 different values (DEFAULT_NUM_DISTINCT).
func guessedJoin(join *plan.Node) bool {
	pairs := 1.0
	for _, side := range join.Children {
		pairs *= side.PlanRows.Or(0) * side.ParallelDivisor()
	}
	expected := join.PlanRows.Or(0) * join.ParallelDivisor()
	return pairs >= 200*50 && math.Abs(200*expected/pairs-1) <= 0.02 // of fewer rows, rounding has a larger effect
}

// immutableText are the types whose cast to text can be indexed: the cast depends on no
// setting.
var immutableText = map[string]bool{"smallint": true, "integer": true, "bigint": true, "numeric": true, "uuid": true, "boolean": true, "character": true}

// immutableCast are the types to which every cast can be indexed.
var immutableCast = map[string]bool{"smallint": true, "integer": true, "bigint": true, "numeric": true, "uuid": true}

// joinedByCast adds the advice for a cast: the column of the other side can be cast
// instead, so that an index on this one can be used.
func joinedByCast(f *rule.Found, n *rule.Node, cond sql.Cond) {
	column := cond.ExprColumns[0].Name
	own := "the type of " + column
	kept := immutableCast[cond.Cast] || cond.Cast == "text"
	if col := columnOf(n, column); col != nil {
		own = col.Type
		kept = immutableCast[cond.Cast] || cond.Cast == "text" && immutableText[selectivity.BaseType(col.Type)]
	}
	f.Detail = redact.Append(f.Detail, "The column %s is cast to %s for the comparison, so an index on it cannot be used.", column, cond.Cast)
	f.Fix = redact.Sprintf("Cast the other side to %s if its values allow that: an index on %s can then be used to look up %s rows. Better, give both columns the same type.", own, column, n.Relation)
	if kept {
		ix := indexOn(n, cond)
		f.Fix = redact.Append(f.Fix, "Otherwise the index on the cast serves the join. Run ANALYZE after creating it.")
		f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: ix, Method: "defaults"}}}
	}
}

// joinedByFunction adds the advice for a function.
func joinedByFunction(f *rule.Found, n *rule.Node, cond sql.Cond) {
	f.Detail = redact.Append(f.Detail, "An index on the bare column cannot serve this join.")
	if !immutable[cond.Func] && !rule.OfDocument(cond) {
		f.Fix = redact.Plain("Apply the inverse function to the other side, so that the column is bare. Or, if the function is immutable, store its result in a generated column with an index.")
		return
	}
	ix := indexOn(n, cond)
	f.Fix = redact.Plain("Run ANALYZE after creating the index: an index on an expression has statistics of its own.")
	f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: ix, Method: "defaults"}}}
}
