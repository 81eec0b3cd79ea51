package plans

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	cartesianPairs = rule.NewThreshold("pairs", 100_000, "rows", "so many are usually the result of a forgotten condition")
	cartesianKept  = rule.NewThreshold("kept", 0.5, "share", "of the pairs, by an OR with branches on one table alone")
)

var cartesianJoin = rule.Rule{
	ID:     "cartesian-join",
	Title:  "Join without a condition",
	Sees:   "A nested loop that pairs every row of one side with every row of the other: it has no join condition, and its row count is the product of both sides. Or its condition is an OR of which a branch compares nothing of one side with the other, and keeps at least half of the pairs.",
	Why:    "The rows multiply. Every node above the join (sort, aggregate, DISTINCT) processes all of them.",
	Silent: "One side has a single row; the inner side is looked up by a value of the outer side; fewer than 100,000 pairs.",
	Fix:    "Add the missing join condition. If every pair is intended, reduce the rows of both sides first.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-JOIN",
	},
	Thresholds: []*rule.Threshold{cartesianPairs, cartesianKept},
	Rank:       rule.RankShape,
	Estimates:  true,
	On:         []string{"Nested Loop"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if len(n.Children) < 2 || n.JoinType == "Semi" || n.JoinType == "Anti" {
			return
		}
		if n.Has("Join Filter") {
			pairsByOr(c, n, found)
			return
		}
		outer, chain := outerAndInner(n)
		inner := chain[0]
		loops, each, pairs, outerRows := inner.Executions().Or(0), inner.Rows, n.RowsTotal.Or(0), outer.RowsTotal
		if !n.Plan.Analyzed {
			loops, each, pairs, outerRows = outer.PlanRows.Or(0), inner.PlanRows, n.PlanRows.Or(0), outer.PlanRows
		}
		if loops <= 1 || each.Or(0) <= 1 || pairs < cartesianPairs.In(c) || math.Abs(pairs-loops*each.Or(0)) > loops || dependsOnOuter(n, inner) {
			return
		}
		covers := []*plan.Node{n.Node, inner}
		cost := n.Plan.CostOf(covers...)
		above := aboveCost(n)
		if !n.Plan.Significant(cost) && !n.Plan.Significant(above) {
			return
		}
		e := rule.OfNode(n)
		e.Number("outer rows", outerRows, "rows", "plan")
		e.Number("inner rows", each, "rows", "plan")
		f := rule.Found{
			Cost: above,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(above), Evidence: e,
				Title:  redact.Sprintf("%s pairs each of %s rows with each of %s rows: %s pairs, no join condition", n.Ref(), figures.Count(outerRows.Or(0)), figures.Count(each.Or(0)), figures.Count(pairs)),
				Detail: redact.Sprintf("The join and the nodes above it, which process its pairs, %s.", above.Took()),
				Fix:    redact.Plain("Check the query for a missing join condition. If every pair is intended, reduce both sides first."),
			},
			Covered: covers,
		}
		if !n.Plan.Analyzed {
			f.Detail = redact.Plain("The planner expects so many rows, and every node above the join has to process them.")
			f.Decide("Is every pair intended?", "the query's text", "add the missing join condition")
		}
		if scan := rule.CostliestScan(rule.Subtree(inner)); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		writesPairs(&f, n)
		found(f)
	},
}

// writesPairs says what a statement that writes to one side does by the pairs: nothing ties
// the rows that it writes to those of the other side.
func writesPairs(f *rule.Found, n *rule.Node) {
	up := n.Parent
	for up != nil && up.Is("Result", "Subquery Scan") {
		up = up.Parent
	}
	if up == nil || up.Type != "ModifyTable" || up.Operation != "Update" && up.Operation != "Delete" {
		return
	}
	written, again := false, false // the table, alone on one side, and a second time
	for _, side := range n.Children {
		var scans []*plan.Node
		for _, m := range rule.Subtree(side) {
			if m.Relation != "" {
				scans = append(scans, m)
			}
		}
		switch of := len(scans) == 1 && scans[0].Relation == up.Relation; {
		case of && !written && (up.Alias == "" || scans[0].Alias == up.Alias):
			written = true
		case of:
			again = true
		}
	}
	if !written {
		return
	}
	f.Where.Relation = n.Plan.Node(up).RelationName()
	does := "sets each row of %s that it finds from an arbitrary one of the other side"
	if up.Operation == "Delete" {
		does = "deletes each row of %s that it finds if there is any row on the other side"
	}
	f.Detail = redact.Append(f.Detail, "No condition ties the rows that are written to those of the other side: the statement "+does+".", up.Relation)
	f.Fix = redact.Sprintf("Do not run the statement as it is. Add a condition to its WHERE that compares a key of %s with the other side.", up.Relation)
	if again {
		f.Fix = redact.Append(f.Fix, "The other side is %s itself: if its own columns are meant, leave the second one out.", up.Relation)
	}
	if !f.Question.Empty() {
		f.Default = redact.Plain("do not run it before the condition is there")
	}
}

// pairsByOr is the finding on a join whose OR has branches that compare nothing of one
// side with the other: these keep every pair.
func pairsByOr(c *rule.Case, n *rule.Node, found func(rule.Found)) {
	conds, err := sql.ParseCond(n.Text("Join Filter").Raw())
	if err != nil || len(conds) == 0 {
		return
	}
	branches, free, joined := 0, 0, ""
	for _, or := range conds {
		if or.Op != sql.Or {
			return
		}
		for _, branch := range or.Any {
			branches++
			switch equality, crosses := comparesSides(branch); {
			case !crosses:
				free++
			case equality != "":
				joined = equality
			}
		}
	}
	compared, kept := pairs(n)
	outer, chain := outerAndInner(n)
	above := aboveCost(n)
	if free == 0 || outer.RowsTotal.Or(0) <= 1 || chain[0].Rows.Or(0) <= 1 || kept < cartesianKept.In(c)*compared || !n.Plan.Significant(above) {
		return
	}
	e := rule.OfNode(n)
	e.Text("Join Filter", n.Text("Join Filter"), "plan")
	e.Number("pairs", opt.Of(compared), "rows", "plan")
	f := rule.Found{
		Cost: above,
		Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: min(n.Plan.Severity(above), finding.Medium), Evidence: e,
			Title: redact.Sprintf("%s keeps %s of %s pairs: %s of the %s branches of its OR compare nothing of one table with the other", n.Ref(),
				figures.Count(kept), figures.Count(compared), figures.Count(float64(free)), figures.Count(float64(branches))),
			Detail: redact.Sprintf("The join and the nodes above it, which process its pairs, %s.", above.Took()),
			Fix:    redact.Plain("Check the parentheses of the query: AND binds tighter than OR. Put the join condition beside the OR, not into one of its branches: (... OR ...) AND the join condition."),
		},
		Covered: []*plan.Node{n.Node, chain[0]},
	}
	if joined != "" {
		f.Fix = redact.Sprintf("Check the parentheses of the query: AND binds tighter than OR. If %s shall hold for every row, write (... OR ...) AND %[1]s.", joined)
	}
	if scan := rule.CostliestScan(rule.Subtree(chain[0])); scan != nil {
		f.Where.Relation = n.Plan.Node(scan).RelationName()
	}
	found(f)
}

// comparesSides reports whether a branch compares columns of both sides of a join, or
// may do so, and by which equality.
func comparesSides(branch []sql.Cond) (equality string, crosses bool) {
	for _, c := range branch {
		switch {
		case c.Op == sql.Eq && c.Left.Name != "" && c.Other.Name != "" && c.Left.Table != c.Other.Table:
			return c.Left.Table + "." + c.Left.Name + " = " + c.Other.Table + "." + c.Other.Name, true
		case c.Value >= sql.Runtime || c.Op == sql.Or || c.Op == sql.Unknown || c.Left.Name == "":
			crosses = true
		}
	}
	return "", crosses
}

// dependsOnOuter reports whether the inner side depends on a value of the outer
// one: a lookup, or a LATERAL subquery.
func dependsOnOuter(n *rule.Node, inner *plan.Node) bool {
	for _, below := range rule.Subtree(inner) {
		if below.Is("Memoize", "Function Scan", "Values Scan", "Table Function Scan") {
			return true
		}
		for _, property := range [...]string{"Index Cond", "Filter", "Recheck Cond", "One-Time Filter"} {
			conds, err := sql.ParseCond(below.Text(property).Raw())
			if err != nil {
				return true
			}
			for _, c := range conds {
				if c.Value == sql.Runtime || c.Op == sql.Or || c.Op == sql.Unknown {
					return true
				}
			}
		}
	}
	return false
}

// aboveCost returns the cost of this node and of those above, which process its
// rows.
func aboveCost(n *rule.Node) rule.Cost {
	var above []*plan.Node
	for up := range n.Ancestors() {
		above = append(above, up)
	}
	return n.Plan.CostOf(append(above, n.Node)...)
}
