package rules

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	estimateFactor = NewThreshold("factor", 10, "times", "an error by which plans change")
	estimateRows   = NewThreshold("rows", 1_000, "rows", "expected or real: of fewer it does not matter how many")
	estimateClean  = NewThreshold("below", 3, "times", "the inputs are estimated that well, so that the error begins here")
	estimateShare  = NewThreshold("share", 0.2, "share", "of the time, at the node or up to three levels above: whom the error hurts")
	estimateByPath = NewThreshold("factor_of_index", 100, "times", "as many rows as an index scan was chosen for: another way to them might have been cheaper")
)

var rowMisestimate = Rule{
	ID:     "row-misestimate",
	Title:  "The planner expected another number of rows",
	Sees:   "The deepest node whose real rows are ten times more or fewer than expected, where the node or what is above it takes a fifth of the time.",
	Why:    "Joins, sorts and memory are chosen by the expected rows: what is right for ten is wrong for ten thousand.",
	Silent: "Nodes that were stopped early or never ran; an error that hurts nobody; rows of a bitmap's index scan, which count dead entries.",
	Fix: "ANALYZE first. Then by its cause: extended statistics for columns that go together, a higher statistics target for a skewed one, statistics on an expression. " +
		"Where the expected rows are one of the planner's constants, give it something to know.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/planner-stats.html", "https://www.postgresql.org/docs/current/sql-createstatistics.html",
	},
	Thresholds: []*Threshold{estimateFactor, estimateRows, estimateClean, estimateShare, estimateByPath},
	Rank:       rankShape - 1, // what else is wrong at the node explains more than the estimate does
	Node: func(c *Case, n *Node, found func(Found)) {
		factor, ok := estimateError(n.Node)
		if !ok || factor < estimateFactor.In(c) || max(n.RowsTotal.Or(0), n.ExpectedTotal.Or(0)) < estimateRows.In(c) || n.unfairEstimate() || n.guessedFunction() {
			return
		}
		for _, child := range n.Children {
			if child.Is("Bitmap Index Scan", "BitmapAnd", "BitmapOr") {
				continue // their rows are entries, or none
			}
			if f, ok := estimateError(child); ok && f >= estimateClean.In(c) {
				return // it begins further down
			}
		}
		hurt, cost := n.hurtBy()
		if hurt == nil {
			return
		}
		e := ofNode(n)
		e.text("Filter", n.Text("Filter"), "plan")
		e.text("Index Cond", n.Text("Index Cond"), "plan")
		e.number("factor", opt.Of(factor), "times", "plan")
		f := Found{covers: []*plan.Node{n.Node}, hurts: hurt, cost: cost, Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: oneBelow(n.Plan.severity(cost)), Evidence: e,
			Title:  redact.Sprintf("%s was expected to give %s rows and gave %s", n.name(), figures.Count(n.ExpectedTotal.Or(0)), figures.Count(n.RowsTotal.Or(0))),
			Detail: redact.Sprintf("%s above it was planned by that, and takes %s.", n.Plan.node(hurt).name(), cost.took()),
			Fix:    redact.Plain(n.estimateCure()),
		}}
		if hurt == n.Node {
			f.Detail = redact.Sprintf("The index was chosen for the few, and so was what is done with them above; it took %s.", cost.took())
		}
		if g := n.guessed(); g != nil {
			f.Detail = redact.Sprintf("%s The expected rows are %s", f.Detail, g.say())
		}
		f.Asks = n.asksStatistics()
		for _, up := range n.nearby() {
			if _, build := wrongWayRound(n.Plan.c, up); build != nil {
				f.covers = append(f.covers, up)
			}
		}
		found(f)
	},
}

// oneBelow is the severity of a cause whose harm is another finding's too; what
// is worth a finding there is worth one here.
func oneBelow(s finding.Severity) finding.Severity { return max(s-1, min(s, finding.Low)) }

// estimateError is by how much the expected rows are off, in either direction.
func estimateError(n *plan.Node) (float64, bool) {
	rows, expected, ok := both(n.RowsTotal, n.ExpectedTotal)
	if !ok || n.Loops.Or(0) == 0 {
		return 0, false
	}
	rows, expected = math.Max(rows, 1), math.Max(expected, 1)
	return math.Max(rows/expected, expected/rows), true
}

// unfairEstimate reports whether the node's real rows are no measure of the
// estimate.
func (n *Node) unfairEstimate() bool {
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
func (n *Node) hurtBy() (*plan.Node, cost) {
	child := n.Node
	for _, up := range n.nearby() {
		if cost := n.Plan.costOf(suffers(up, child)...); plannedByRows(up) && cost.share.Or(0) >= estimateShare.In(n.Plan.c) && n.Plan.material(cost) {
			return up, cost
		}
		child = up
	}
	if cost := n.Plan.costOf(n.Node); n.Is("Index Scan", "Bitmap Heap Scan") && cost.share.Or(0) >= estimateShare.In(n.Plan.c) && n.Plan.material(cost) &&
		n.RowsTotal.Or(0) >= estimateByPath.In(n.Plan.c)*max(n.ExpectedTotal.Or(0), 1) && n.RowsTotal.Or(0) >= estimateRows.In(n.Plan.c)*10 {
		return n.Node, cost
	}
	return nil, cost{}
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
		list = append(list, subtree(up.Children[1])...)
	}
	return list
}

// nearby are the nodes above, up to three levels.
func (n *Node) nearby() []*plan.Node {
	var list []*plan.Node
	for up := range n.Ancestors() {
		if list = append(list, up); len(list) == 3 {
			break
		}
	}
	return list
}

// estimateCure is what to do, by what the node's condition shows.
func (n *Node) estimateCure() string {
	g := n.guessed()
	switch {
	case n.Relation != "" && n.temporary():
		return "ANALYZE " + n.RelationName() + " after it is filled: autovacuum never does it for a temporary table."
	case n.guessedFunction():
		return functionCure
	case g != nil:
		return g.cure
	}
	for _, c := range indexadvisor.Conditions(n.Node) {
		if c.Left.Name == "" && len(c.ExprColumns) > 0 {
			return "ANALYZE " + n.RelationName() + "; the condition is on an expression, of which there are no statistics: CREATE STATISTICS on it (14 and later), or an index on it."
		}
	}
	if n.Relation == "" {
		return "Look at the join's columns: whether they are analysed, of one type, and whether a foreign key says how they belong together."
	}
	if columns := n.comparedColumns(); len(columns) > 1 && n.RowsTotal.Or(0) > n.ExpectedTotal.Or(0) {
		return "ANALYZE " + n.RelationName() + "; where that does not help, the columns go together: CREATE STATISTICS " + workload.QuoteIdent(n.Relation+"_together") + " (dependencies, mcv) ON " +
			strings.Join(columns, ", ") + " FROM " + n.RelationName() + ", and ANALYZE once more."
	}
	return "ANALYZE " + n.RelationName() + "; where that does not help, a higher statistics target for the column (ALTER TABLE ... SET STATISTICS 1000)."
}

// comparedColumns are the columns of the table that a scan's conditions compare
// with values, those that its index answers included.
func (n *Node) comparedColumns() []string {
	var list []string
	for _, c := range indexadvisor.Conditions(n.Node) {
		name := workload.QuoteIdent(c.Left.Name)
		if c.Left.Name != "" && c.Value < sql.Runtime && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}
