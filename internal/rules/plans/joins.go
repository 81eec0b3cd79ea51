package plans

import (
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var joinFanoutTimes = rule.NewThreshold("times", 10, "times", "the rows of the larger side: many rows on each side have the same key")

// keysOfOneSide returns the only table that the keys of a DISTINCT are from. It is
// certain that nothing is counted or summed if the plan's output or the query's text
// shows that. Without either it is assumed, if the rows become no wider.
func keysOfOneSide(n *rule.Node, through []*plan.Node) (side string, certain, ok bool) {
	for _, x := range through {
		if x.Type == "Aggregate" && x != n.Node && x.Text("Partial Mode").Raw() != "Partial" || x.Has("Grouping Sets") {
			return "", false, false
		}
		for _, k := range sql.ParseKeys(raw(append(x.List("Group Key"), x.List("Sort Key")...))) {
			if k.Column.Name == "" || k.Column.Table == "" || side != "" && k.Column.Table != side {
				return "", false, false
			}
			side = k.Column.Table
		}
	}
	if side == "" || n.Type != "Aggregate" {
		return side, true, side != ""
	}
	out := n.List("Output")
	switch q := n.Plan.Query; {
	case len(out) > 0:
		computes := slices.ContainsFunc(out, func(o redact.Text) bool { return strings.Contains(o.Raw(), "(") })
		return side, true, !computes
	case q != nil:
		return side, true, q.Distinct || len(q.Group) > 0 && q.Aggregates == 0 && len(q.Having) == 0
	}
	return side, false, onlyColumnsOf(n, through[len(through)-1].Children[0], side)
}

// onlyColumnsOf reports whether, by the widths of the rows, a join passes on columns of
// one side alone and an aggregate above it adds none: the scan of that side has the
// column of the join as well, unless that is one of the keys.
func onlyColumnsOf(n *rule.Node, join *plan.Node, side string) bool {
	scan := scanOf(join, side)
	if scan == nil || n.PlanWidth.Or(math.Inf(1)) > join.PlanWidth.Or(0) {
		return false
	}
	keys := columnNames(sql.ParseKeys(raw(n.List("Group Key"))))
	for _, property := range [...]string{"Hash Cond", "Merge Cond", "Join Filter"} {
		for _, c := range conditions.Own(scan, conditions.Parse(join, property)) {
			if slices.Contains(keys, c.Left.Name) {
				return join.PlanWidth.Or(0) <= scan.PlanWidth.Or(0)
			}
		}
	}
	return join.PlanWidth.Or(0) < scan.PlanWidth.Or(0)
}

// scanOf returns the scan below a join that has a name; nil if there is none.
func scanOf(join *plan.Node, name string) *plan.Node {
	for _, below := range rule.Subtree(join) {
		if below.Relation != "" && (below.Alias == name || below.Relation == name) {
			return below
		}
	}
	return nil
}

var (
	buildTimes = rule.NewThreshold("times", 10, "times", "the rows that are looked up in it")
	buildRows  = rule.NewThreshold("rows", 10_000, "rows", "put into the hash table; fewer take a millisecond")
)

// hashedLargerSide returns the sides of a hash join that hashed the larger one
// because the planner expected it to be the smaller; nil for any other node.
func hashedLargerSide(c *rule.Case, n *plan.Node) (probe, build *plan.Node) {
	inputs := rule.InputsOf(n)
	if n.Type != "Hash Join" || len(inputs) < 2 || n.StoppedEarly() {
		return nil, nil
	}
	probe, build = inputs[0], inputs[1]
	looked, expectedProbe, ok1 := opt.Two(probe.RowsTotal, probe.ExpectedTotal)
	hashed, expected, ok2 := opt.Two(build.RowsTotal, build.ExpectedTotal)
	if build.Type != "Hash" || !ok1 || !ok2 || probe.Loops.Or(0) == 0 || hashed < buildRows.In(c) || hashed < buildTimes.In(c)*max(looked, 1) || expected > expectedProbe {
		return nil, nil
	}
	return probe, build
}

var pairsShare = rule.NewThreshold("share", 0.99, "share", "of all pairs")

// outerAndInner returns the outer side, and the inner side down to the scan that
// runs repeatedly, through nodes that only pass rows on.
func outerAndInner(n *rule.Node) (*plan.Node, []*plan.Node) {
	sides := make([]*plan.Node, 0, 2)
	for _, c := range n.Children {
		if c.Relationship == "Outer" || c.Relationship == "Inner" {
			sides = append(sides, c)
		}
	}
	if len(sides) != 2 {
		return n.Children[0], n.Children[1:2]
	}
	chain := []*plan.Node{sides[1]}
	for top := sides[1]; top.Is("Materialize", "Memoize", "Limit", "Sort", "Aggregate", "Unique", "Subquery Scan", "Result") && len(top.Children) == 1; {
		top = top.Children[0]
		chain = append(chain, top)
	}
	return sides[0], chain
}

// isLateral reports whether the inner side of a nested loop, with the nodes below it, is a
// subquery that names columns of the outer side: only a nested loop can join it.
func isLateral(p *rule.Plan, chain []*plan.Node) bool {
	scan := rule.CostliestScan(rule.Subtree(chain[0]))
	return scan != nil && usesOuter(p.Node(scan)) && slices.ContainsFunc(chain, func(n *plan.Node) bool {
		return n.Is("Aggregate", "Group", "Unique", "WindowAgg", "Limit", "Sort", "Incremental Sort")
	})
}

// usesOuter reports whether the scan already looks its rows up by a value of the
// outer side.
func usesOuter(inner *rule.Node) bool {
	for _, part := range append(rule.BitmapParts(inner), inner.Node) {
		text := part.Text("Index Cond")
		if text.Empty() {
			continue
		}
		conds, err := sql.ParseCond(text.Raw())
		if err != nil {
			return true
		}
		for _, c := range conds {
			if c.Value == sql.Runtime {
				return true
			}
		}
	}
	return false
}

// joinsByEquality reports whether a scan, or the join above it, compares a column of the
// scan's table with a value of another table.
func joinsByEquality(inner *rule.Node, joined []sql.Cond) bool {
	for _, c := range append(inner.Filter(), joined...) {
		if c.Op == sql.Eq && c.Left.Name != "" && c.Value == sql.Runtime {
			return true
		}
	}
	return false
}

// inputRows returns the number of distinct rows of a join's side, counted below
// the node that stores them: a merge join reads rows with the same key again.
func inputRows(side *plan.Node) float64 {
	return rule.Under(side, "Materialize", "Sort", "Incremental Sort", "Hash").RowsTotal.Or(0)
}
