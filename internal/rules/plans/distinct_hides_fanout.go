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
	fanoutRows  = rule.NewThreshold("rows", 100_000, "rows", "read by the DISTINCT")
	fanoutTimes = rule.NewThreshold("times", 10, "times", "the rows that the DISTINCT returns")
)

var distinctHidesFanout = rule.Rule{
	ID:     "distinct-hides-fanout",
	Title:  "DISTINCT hides a join that multiplies rows",
	Sees:   "A DISTINCT, or a GROUP BY without an aggregate, directly above a join. It removes at least 90% of 100,000 rows or more, and all its columns are from one side of the join.",
	Why:    "The join returns one row per match, and the DISTINCT removes all but one. The query only needs to know whether there is a match.",
	Silent: "Columns of both sides are selected; an aggregate counts or sums the rows; few rows.",
	Fix:    "Use EXISTS (or IN) instead of the join: the search stops at the first match, and no DISTINCT is needed.",
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
		if !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("input rows", opt.Of(in), "rows", "plan")
		e.Number("output rows", opt.Of(out), "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
				Title:    redact.Sprintf("%s reduces the %s rows of a join to %s, all columns from %s", n.Ref(), figures.Count(in), figures.Count(out), side),
				Detail:   redact.Sprintf("The join and the DISTINCT took %s.", cost.Took()),
				Question: redact.Plain("Does the join only test whether there is a match?"),
				Settles:  redact.Plain("the query's text"),
				Default:  redact.Plain("leave the query as it is"),
				Fix:      redact.Plain("Replace the join with EXISTS and remove the DISTINCT."),
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
