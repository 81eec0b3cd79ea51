package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	joinFanoutTimes = rule.NewThreshold("times", 10, "times", "the rows of the larger side: many on each side have the same key")
	joinFanoutRows  = rule.NewThreshold("rows", 1_000_000, "rows", "made by the join; fewer are made in a tenth of a second")
)

var joinFanout = rule.Rule{
	ID:     "join-fanout",
	Title:  "A join multiplies its rows, and an aggregate folds them again",
	Sees:   "A hash or merge join that makes ten times the rows of its larger side, a million or more, of which an aggregate above leaves a tenth or less.",
	Why:    "Keys that are not unique on either side pair each row with each: sums and counts over them count a row several times, and all pairs are made and thrown away.",
	Silent: "The rows are returned; one side's key is unique; a join without a condition (cartesian-join), or a DISTINCT over the join (distinct-hides-fanout).",
	Fix:    "Aggregate one side before the join, EXISTS where only a match is asked for, or the join condition that is missing.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-JOIN",
	},
	Thresholds: []*rule.Threshold{joinFanoutTimes, joinFanoutRows},
	Rank:       rule.RankShape,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !n.Is("Hash Join", "Merge Join") || len(n.Children) != 2 || n.JoinType == "Semi" || n.JoinType == "Anti" || n.StoppedEarly() {
			return
		}
		first, second := inputRows(n.Children[0]), inputRows(n.Children[1])
		larger, made := max(first, second), n.RowsTotal.Or(0)
		if made < joinFanoutRows.In(c) || made < joinFanoutTimes.In(c)*larger {
			return
		}
		through, folds := foldedBy(n, made)
		if folds == nil {
			return
		}
		if _, one := keysOfOneSide(folds, through); one || folds.Type == "Unique" {
			return // distinct-hides-fanout speaks of that
		}
		covers := append([]*plan.Node{n.Node}, through...)
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Material(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("rows of one side", opt.Of(first), "rows", "plan")
		e.Number("rows of the other side", opt.Of(second), "rows", "plan")
		e.Number("rows that are left", folds.RowsTotal, "rows", "plan")
		for _, property := range [...]string{"Hash Cond", "Merge Cond", "Join Filter"} {
			e.Text(property, n.Text(property), "plan")
		}
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
				Title: redact.Sprintf("%s makes %s rows of %s and %s, of which %s leaves %s", n.Ref(), figures.Count(made),
					figures.Count(first), figures.Count(second), folds.Ref(), figures.Count(folds.RowsTotal.Or(0))),
				Detail: redact.Sprintf("The join and what folds its rows took %s. Its key is unique on neither side, so a row is counted once for each match.", cost.Took()),
				Fix:    redact.Plain("See first that no join condition is missing and that the sums are meant so. Then aggregate one side before the join, or ask with EXISTS where only a match matters."),
			},
			Covered: []*plan.Node{n.Node},
		}
		if scan := rule.CostliestScan(rule.Subtree(n.Node)); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		found(f)
	},
}

// inputRows is how many different rows a join's side gave: below what keeps
// them, since a merge join reads those with the same key again.
func inputRows(side *plan.Node) float64 {
	return rule.Under(side, "Materialize", "Sort", "Incremental Sort", "Hash").RowsTotal.Or(0)
}

// foldedBy is the aggregate above a join that leaves a tenth of its rows or
// less, and the nodes on the way to it, itself included; nil if the rows go
// elsewhere.
func foldedBy(n *rule.Node, made float64) ([]*plan.Node, *rule.Node) {
	var through []*plan.Node
	for up := range n.Ancestors() {
		through = append(through, up)
		switch {
		case up.Is("Aggregate", "Unique"):
			if up.RowsTotal.Or(0) <= made/joinFanoutTimes.In(n.Plan.Case) {
				return through, n.Plan.Node(up)
			}
		case !up.Is("Sort", "Incremental Sort", "Gather", "Gather Merge", "Result", "Subquery Scan"):
			return nil, nil
		}
	}
	return nil, nil
}
