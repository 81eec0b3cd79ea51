package plans

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// What the planner takes for the rows of a function that says nothing of them:
// ROWS of CREATE FUNCTION, and what most of the server's own are declared with.
const declaredRows, builtinRows = 1000, 100

const functionCure = "A function of your own: ALTER FUNCTION ... ROWS with the number that is usual. One of the server's: put its rows into a temporary table, ANALYZE it, and join that."

// guessedFunction reports whether the node is a function whose rows the planner
// took a default for.
func guessedFunction(n *rule.Node) bool {
	expected := n.PlanRows.Or(0)
	return n.Is("Function Scan", "Table Function Scan") && (expected == declaredRows || expected == builtinRows) && !n.Has("Filter")
}

// deepestError is the lowest node below top at which the estimate is off by as
// much as matters, down the side that is worst.
func deepestError(c *rule.Case, top *plan.Node) *plan.Node {
	for {
		var worst *plan.Node
		most := estimateFactor.In(c)
		for _, child := range top.Children {
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
	estimateFactor = rule.NewThreshold("factor", 10, "times", "an error by which plans change")
	estimateRows   = rule.NewThreshold("rows", 1_000, "rows", "expected or real: of fewer it does not matter how many")
	estimateShare  = rule.NewThreshold("share", 0.2, "share", "of the time, at the node or up to three levels above: whom the error hurts")
	estimateByPath = rule.NewThreshold("factor_of_index", 100, "times", "as many rows as an index scan was chosen for: another way to them might have been cheaper")
)

// estimateError is by how much the expected rows are off, in either direction.
func estimateError(n *plan.Node) (float64, bool) {
	rows, expected, ok := opt.Two(n.RowsTotal, n.ExpectedTotal)
	if !ok || n.Loops.Or(0) == 0 {
		return 0, false
	}
	rows, expected = math.Max(rows, 1), math.Max(expected, 1)
	return math.Max(rows/expected, expected/rows), true
}

// unfairEstimate reports whether the node's real rows are no measure of the
// estimate.
func unfairEstimate(n *rule.Node) bool {
	if n.StoppedEarly() || n.Is("Bitmap Index Scan", "BitmapAnd", "BitmapOr", "Limit", "Memoize", "Hash", "Materialize", "Gather", "Gather Merge", "Sort", "Incremental Sort", "ModifyTable", "LockRows", "Append", "Merge Append", "Result") {
		return true
	}
	for up := range n.Ancestors() {
		if up.Is("Merge Join", "Append", "Merge Append") {
			return true // stopped by the shorter side, or pruned at run time
		}
	}
	return false
}

// hurtBy is the node, this one or one of three above it, that takes enough of
// the time to have suffered from the estimate.
func hurtBy(n *rule.Node) (*plan.Node, rule.Cost) {
	child := n.Node
	for _, up := range nearby(n) {
		if cost := n.Plan.CostOf(suffers(up, child)...); plannedByRows(up) && cost.Share.Or(0) >= estimateShare.In(n.Plan.Case) && n.Plan.Material(cost) {
			return up, cost
		}
		child = up
	}
	if cost := n.Plan.CostOf(n.Node); n.Is("Index Scan", "Bitmap Heap Scan") && cost.Share.Or(0) >= estimateShare.In(n.Plan.Case) && n.Plan.Material(cost) &&
		n.RowsTotal.Or(0) >= estimateByPath.In(n.Plan.Case)*max(n.ExpectedTotal.Or(0), 1) && n.RowsTotal.Or(0) >= estimateRows.In(n.Plan.Case)*10 {
		return n.Node, cost
	}
	return nil, rule.Cost{}
}

// plannedByRows reports whether a node would have been another one, or given
// other memory, had its input been estimated otherwise.
func plannedByRows(n *plan.Node) bool {
	return !n.Is("ModifyTable", "LockRows", "Result", "Append", "Subquery Scan", "WindowAgg") && !(n.Type == "Aggregate" && n.Strategy == "Plain")
}

// suffers are the nodes whose time depends on how many rows come up from a
// child: the parent, and of a nested loop what it runs once for each of them.
func suffers(up, from *plan.Node) []*plan.Node {
	list := []*plan.Node{up}
	if up.Type == "Nested Loop" && len(up.Children) == 2 && up.Children[0] == from {
		list = append(list, rule.Subtree(up.Children[1])...)
	}
	return list
}

// nearby are the nodes above, up to three levels.
func nearby(n *rule.Node) []*plan.Node {
	var list []*plan.Node
	for up := range n.Ancestors() {
		if list = append(list, up); len(list) == 3 {
			break
		}
	}
	return list
}

// estimateCure is what to do, by what the node's condition shows.
func estimateCure(n *rule.Node) string {
	g := guessed(n)
	switch {
	case n.Relation != "" && n.Temporary():
		return "ANALYZE " + n.RelationName() + " after it is filled: autovacuum never does it for a temporary table."
	case guessedFunction(n):
		return functionCure
	case g != nil:
		return g.cure
	}
	for _, c := range conditions.Of(n.Node) {
		if c.Left.Name == "" && len(c.ExprColumns) > 0 {
			return "ANALYZE " + n.RelationName() + "; the condition is on an expression, of which there are no statistics: CREATE STATISTICS on it (14 and later), or an index on it."
		}
	}
	if n.Relation == "" {
		return "Look at the join's columns: whether they are analysed, of one type, and whether a foreign key says how they belong together."
	}
	if columns := comparedColumns(n); len(columns) > 1 && n.RowsTotal.Or(0) > n.ExpectedTotal.Or(0) {
		return "ANALYZE " + n.RelationName() + "; where that does not help, the columns go together: CREATE STATISTICS " + workload.QuoteIdent(n.Relation+"_together") + " (dependencies, mcv) ON " +
			strings.Join(columns, ", ") + " FROM " + n.RelationName() + ", and ANALYZE once more."
	}
	return "ANALYZE " + n.RelationName() + "; where that does not help, a higher statistics target for the column (ALTER TABLE ... SET STATISTICS 1000)."
}

// comparedColumns are the columns of the table that a scan's conditions compare
// with values, those that its index answers included.
func comparedColumns(n *rule.Node) []string {
	var list []string
	for _, c := range conditions.Of(n.Node) {
		name := workload.QuoteIdent(c.Left.Name)
		if c.Left.Name != "" && c.Value < sql.Runtime && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}
