package plans

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

// The row counts that the planner assumes for functions without an estimate of
// their own: the default of CREATE FUNCTION, and that of most built-in functions.
const declaredRows, builtinRows = 1000, 100

const functionFix = "If the function is your own, set its usual row count (ALTER FUNCTION ... ROWS). If it is built in, put its rows into a temporary table, run ANALYZE on that table, and join it."

// guessedFunction reports whether the node is a function whose row estimate is a
// default.
func guessedFunction(n *rule.Node) bool {
	expected := n.PlanRows.Or(0)
	return n.Is("Function Scan", "Table Function Scan") && (expected == declaredRows || expected == builtinRows) && !n.Has("Filter")
}

// deepestError returns the lowest node below top whose estimate is off by at least
// estimateFactor, following the child with the largest error.
func deepestError(c *rule.Case, top *plan.Node) *plan.Node {
	for {
		var worst *plan.Node
		most := estimateFactor.In(c)
		for _, child := range top.Children {
			if child.Is("Bitmap Index Scan", "BitmapAnd", "BitmapOr", "WorkTable Scan") {
				continue // index entries, or none, or a constant of the planner
			}
			if f, ok := estimateError(child); ok && f >= most {
				worst, most = child, f
			}
		}
		if worst == nil {
			return top
		}
		top = worst
	}
}

var (
	estimateFactor = rule.NewThreshold("factor", 10, "times", "an error of this size changes plans")
	estimateRows   = rule.NewThreshold("rows", 1_000, "rows", "expected or actual; with fewer the number hardly matters")
	estimateShare  = rule.NewThreshold("share", 0.2, "share", "of the execution time, at the node or up to three levels above")
	estimateByPath = rule.NewThreshold("factor_of_index", 100, "times", "as many rows as the index scan was chosen for; another path might have been cheaper")
)

// estimateError returns the factor by which the expected rows are off, in either
// direction.
func estimateError(n *plan.Node) (float64, bool) {
	rows, expected, ok := opt.Two(n.RowsNear(n.ExpectedTotal.Or(0)), n.ExpectedTotal)
	if !ok || n.Loops.Or(0) == 0 {
		return 0, false
	}
	if n.Loops.Or(0) > 1 && n.PlanRows.Or(0) <= 1 && rows < expected {
		return 0, false // the planner expects at least one row of each run
	}
	rows, expected = math.Max(rows, 1), math.Max(expected, 1)
	return math.Max(rows/expected, expected/rows), true
}

// notComparable reports whether the node's actual rows cannot be compared with
// the estimate.
func notComparable(n *rule.Node) bool {
	if n.StoppedEarly() || n.Is("Bitmap Index Scan", "BitmapAnd", "BitmapOr", "Limit", "Memoize", "Hash", "Materialize", "Gather", "Gather Merge", "Sort", "Incremental Sort", "ModifyTable", "LockRows", "Append", "Merge Append", "Result", "WorkTable Scan") {
		return true
	}
	for up := range n.Ancestors() {
		if up.Is("Merge Join", "Append", "Merge Append") {
			return true // stopped by the shorter side, or pruned at run time
		}
	}
	return false
}

// affectedBy returns the node that the wrong estimate affects: this one or one of
// three above it, if it takes enough of the time.
func affectedBy(n *rule.Node) (*plan.Node, rule.Cost) {
	child := n.Node
	for _, up := range nearby(n) {
		if cost := n.Plan.CostOf(costDependents(up, child)...); plannedByRows(up) && cost.Share.Or(0) >= estimateShare.In(n.Plan.Case) && n.Plan.Significant(cost) {
			return up, cost
		}
		child = up
	}
	if cost := n.Plan.CostOf(n.Node); n.Is("Index Scan", "Bitmap Heap Scan") && cost.Share.Or(0) >= estimateShare.In(n.Plan.Case) && n.Plan.Significant(cost) &&
		n.RowsTotal.Or(0) >= estimateByPath.In(n.Plan.Case)*max(n.ExpectedTotal.Or(0), 1) && n.RowsTotal.Or(0) >= estimateRows.In(n.Plan.Case)*10 {
		return n.Node, cost
	}
	return nil, rule.Cost{}
}

// plannedByRows reports whether another estimate of its input could have led to
// another node, or to other memory for it.
func plannedByRows(n *plan.Node) bool {
	return !n.Is("ModifyTable", "LockRows", "Result", "Append", "Subquery Scan", "WindowAgg") && !(n.Type == "Aggregate" && n.Strategy == "Plain")
}

// costDependents returns the nodes whose time depends on the number of rows of a child:
// the parent and, of a nested loop, the inner side.
func costDependents(up, from *plan.Node) []*plan.Node {
	list := []*plan.Node{up}
	if up.Type == "Nested Loop" && len(up.Children) == 2 && up.Children[0] == from {
		list = append(list, rule.Subtree(up.Children[1])...)
	}
	return list
}

// nearby returns the nodes above, up to three levels.
func nearby(n *rule.Node) []*plan.Node {
	var list []*plan.Node
	for up := range n.Ancestors() {
		if list = append(list, up); len(list) == 3 {
			break
		}
	}
	return list
}

// estimateFix returns the fix for a wrong estimate of the node, and the command that it
// begins with.
func estimateFix(n *rule.Node) (redact.Text, []rule.Remedy) {
	g := guessed(n)
	switch {
	case n.Relation != "" && n.Temporary():
		return redact.Sprintf("Run ANALYZE %s after filling the table: autovacuum never analyzes a temporary table.", n.RelationName()), nil
	case guessedFunction(n):
		return redact.Plain(functionFix), nil
	case g != nil:
		return redact.Plain(g.fix), nil
	}
	analyze := n.Upkeep("ANALYZE")
	if n.Relation != "" && n.Catalog() { // it takes no other statistics
		return redact.Sprintf("Run %s. If that does not help, rewrite the query so that it reads fewer rows of the catalog.", analyze), []rule.Remedy{analyze.Remedy()}
	}
	for _, c := range conditions.Of(n.Node) {
		if c.Left.Name == "" && len(c.ExprColumns) > 0 {
			return redact.Sprintf("Run CREATE STATISTICS on the expression in the condition (PostgreSQL 14 and later) or create an index on it, then run %s. An expression has no statistics otherwise.", analyze), nil
		}
	}
	if n.Relation == "" {
		return redact.Plain(computedFix(n.Node)), nil
	}
	fix := redact.Sprintf("Run %s. If that does not help, raise the column's statistics target (ALTER TABLE ... ALTER COLUMN ... SET STATISTICS 1000).", analyze)
	if columns := comparedColumns(n); len(columns) > 1 && n.RowsTotal.Or(0) > n.ExpectedTotal.Or(0) {
		fix = redact.Sprintf("Run %s. If that does not help, the columns are correlated: run CREATE STATISTICS %s (dependencies, mcv) ON %s FROM %s and ANALYZE again.",
			analyze, lex.QuoteIdent(n.Relation+"_together"), strings.Join(columns, ", "), n.RelationName())
	}
	return fix, []rule.Remedy{analyze.Remedy()}
}

// computedFix is the fix for a wrong estimate of rows that come from no table directly.
func computedFix(n *plan.Node) string {
	switch {
	case n.Type == "ProjectSet":
		return "The estimate is that of the function that returns several rows. " + functionFix
	case n.Is("Nested Loop", "Hash Join", "Merge Join"):
		return "Check whether the join's columns are analyzed, have the same type, and have a foreign key between them."
	case n.Is("Aggregate", "Group", "Unique", "SetOp"):
		return "Run ANALYZE on the tables of these columns. If the rows are grouped by several columns of one table, run CREATE STATISTICS (ndistinct) on these: the planner multiplies the numbers of their values."
	case n.Is("CTE Scan", "WorkTable Scan", "Recursive Union"):
		return "A CTE that is computed by itself has no statistics. Write it as a subquery (or AS NOT MATERIALIZED), or put its rows into a temporary table and run ANALYZE on that."
	}
	return "Columns that are computed have no statistics. Put these rows into a temporary table and run ANALYZE on that, or write the condition on columns of a table."
}

// comparedColumns returns the columns of the table that a scan's conditions
// compare with values, index conditions included.
func comparedColumns(n *rule.Node) []string {
	var list []string
	for _, c := range conditions.Of(n.Node) {
		name := lex.QuoteIdent(c.Left.Name)
		if c.Left.Name != "" && c.Value < sql.Runtime && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}
