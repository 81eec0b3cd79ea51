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
	fanoutRows  = rule.NewThreshold("rows", 100_000, "rows", "that go into the DISTINCT")
	fanoutTimes = rule.NewThreshold("times", 10, "times", "as many as come out of it")
)

var distinctHidesFanout = rule.Rule{
	ID:     "distinct-hides-fanout",
	Title:  "DISTINCT takes back what a join multiplied",
	Sees:   "A DISTINCT, or a GROUP BY without an aggregate, directly over a join, that drops nine rows in ten of 100,000 or more, where all its columns are of one side.",
	Why:    "The join makes a row for each match, and all but one are thrown away again. What is meant is whether there is a match.",
	Silent: "Columns of both sides are wanted; an aggregate counts or sums the rows; few rows.",
	Fix:    "EXISTS (or IN) instead of the join: the search stops at the first match, and no DISTINCT is needed.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-EXISTS",
	},
	Thresholds: []*rule.Threshold{fanoutRows, fanoutTimes},
	Rank:       rule.RankShape - 2,
	Subject:    "DISTINCT over a join",
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !n.Is("Unique", "Aggregate") || len(n.Children) == 0 {
			return
		}
		join, through := n.Children[0], []*plan.Node{n.Node}
		for join.Is("Sort", "Incremental Sort", "Gather", "Gather Merge", "Unique", "Aggregate") && len(join.Children) == 1 {
			through = append(through, join)
			join = join.Children[0]
		}
		in, out := join.RowsTotal.Or(0), n.RowsTotal.Or(0)
		if !join.Is("Nested Loop", "Hash Join", "Merge Join") || in < fanoutRows.In(c) || in < fanoutTimes.In(c)*max(out, 1) || n.StoppedEarly() || n.Parent != nil && n.Parent.Is("Aggregate", "Unique") {
			return
		}
		side, ok := keysOfOneSide(n, through)
		if !ok {
			return
		}
		cost := n.Plan.CostOf(append(through, join)...)
		if !n.Plan.Material(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("rows that go in", opt.Of(in), "rows", "plan")
		e.Number("rows that come out", opt.Of(out), "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
				Title:  redact.Sprintf("%s makes %s rows of the %s that a join made, all columns from %s", n.Ref(), figures.Count(out), figures.Count(in), side),
				Detail: redact.Sprintf("Join and DISTINCT took %s. Judgment needed: whether the join only asks if there is a match. The query's text settles it; without it, leave it as it is.", cost.Took()),
				Fix:    redact.Plain("EXISTS instead of the join, and no DISTINCT."),
			},
			Covered: through,
		}
		for _, below := range rule.Subtree(join) {
			if below.Relation != "" && (below.Alias == side || below.Relation == side) {
				f.Where.Relation = n.Plan.Node(below).RelationName()
			}
		}
		found(f)
	},
}
