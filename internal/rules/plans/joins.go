package plans

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

// keysOfOneSide returns the only table that the keys of a DISTINCT are from.
func keysOfOneSide(n *rule.Node, through []*plan.Node) (string, bool) {
	side := ""
	for _, x := range through {
		if x.Type == "Aggregate" && x != n.Node && x.Text("Partial Mode").Raw() != "Partial" {
			return "", false
		}
		var keys []string
		for _, k := range append(x.List("Group Key"), x.List("Sort Key")...) {
			keys = append(keys, k.Raw())
		}
		for _, k := range sql.ParseKeys(keys) {
			if k.Column.Name == "" || k.Column.Table == "" || side != "" && k.Column.Table != side {
				return "", false
			}
			side = k.Column.Table
		}
	}
	// The output shows whether the aggregate counts or sums; without an output,
	// the query's DISTINCT shows that it does not.
	if n.Type == "Aggregate" {
		for _, o := range n.List("Output") {
			if strings.Contains(o.Raw(), "(") {
				return "", false
			}
		}
		if len(n.List("Output")) == 0 && (n.Plan.Query == nil || !n.Plan.Query.Distinct) {
			return "", false
		}
	}
	return side, side != ""
}

var (
	buildTimes = rule.NewThreshold("times", 10, "times", "the rows that are looked up in it")
	buildRows  = rule.NewThreshold("rows", 10_000, "rows", "put into the hash table; fewer take a millisecond")
)

// hashedLargerSide returns the sides of a hash join that hashed the larger one
// because the planner expected it to be the smaller; nil for any other node.
func hashedLargerSide(c *rule.Case, n *plan.Node) (probe, build *plan.Node) {
	if n.Type != "Hash Join" || len(n.Children) < 2 || n.StoppedEarly() {
		return nil, nil
	}
	probe, build = n.Children[0], n.Children[1]
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
