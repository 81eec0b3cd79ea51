package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	joinFanoutRows = rule.NewThreshold("rows", 1_000_000, "rows", "returned by the join; fewer take less than a tenth of a second")
)

var joinFanout = rule.Rule{
	ID:     "join-fanout",
	Title:  "Join multiplies its rows",
	Sees:   "A hash or merge join that returns at least ten times the rows of its larger side, and a million or more, which an aggregate above reduces to 10% or less, or which the query returns.",
	Why:    "If the join key is unique on neither side, each row is paired with every match. Sums and counts then include a row several times, and all pairs are computed only to be discarded.",
	Silent: "The key of one side is unique; a join without a condition (cartesian-join), or a DISTINCT above the join (distinct-hides-fanout).",
	Fix:    "Aggregate one side before the join, use EXISTS if only a match matters, or add the missing join condition.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-JOIN",
	},
	Thresholds: []*rule.Threshold{joinFanoutTimes, joinFanoutRows},
	Rank:       rule.RankShape,
	Forms:      []*rewrite.Rewrite{rewrite.AggregateFirst},
	On:         []string{"Hash Join", "Merge Join"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if len(n.Children) != 2 || n.JoinType == "Semi" || n.JoinType == "Anti" || n.StoppedEarly() {
			return
		}
		first, second := inputRows(n.Children[0]), inputRows(n.Children[1])
		larger, returned := max(first, second), n.RowsTotal.Or(0)
		if returned < joinFanoutRows.In(c) || returned < joinFanoutTimes.In(c)*larger {
			return
		}
		through, aggregate := aggregateAbove(n)
		if aggregate == nil {
			if f, ok := allReturned(n, first, second); ok {
				found(f)
			}
			return
		}
		if _, certain, one := keysOfOneSide(aggregate, through); one && certain || aggregate.Type == "Unique" {
			return // distinct-hides-fanout reports it
		}
		covers := append([]*plan.Node{n.Node}, through...)
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("rows of one side", opt.Of(first), "rows", "plan")
		e.Number("rows of the other side", opt.Of(second), "rows", "plan")
		e.Number("rows after the aggregate", aggregate.RowsTotal, "rows", "plan")
		for _, property := range [...]string{"Hash Cond", "Merge Cond", "Join Filter"} {
			e.Text(property, n.Text(property), "plan")
		}
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
				Title: redact.Sprintf("%s makes %s rows from inputs of %s and %s rows; %s reduces them to %s", n.Ref(), figures.Count(returned),
					figures.Count(first), figures.Count(second), aggregate.Ref(), figures.Count(aggregate.RowsTotal.Or(0))),
				Detail: redact.Sprintf("The join and the aggregate %s. The join key is unique on neither side, so a row is counted once per match.", cost.Took()),
				Fix:    redact.Plain("Check first that no join condition is missing and that rows should be counted once per match. Then aggregate one side before the join, or use EXISTS if only a match matters."),
			},
			Covered: []*plan.Node{n.Node},
		}
		if scan := rule.CostliestScan(rule.Subtree(n.Node)); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		found(f)
	},
}

// aggregateAbove returns the aggregate above a join that leaves a tenth of its rows or
// less, and the nodes up to and including it; nil if there is none.
func aggregateAbove(n *rule.Node) ([]*plan.Node, *rule.Node) {
	var through []*plan.Node
	for up := range n.Ancestors() {
		through = append(through, up)
		switch {
		case up.Is("Aggregate", "Unique"):
			if up.RowsTotal.Or(0) <= n.RowsTotal.Or(0)/joinFanoutTimes.In(n.Plan.Case) {
				return through, n.Plan.Node(up)
			}
		case !up.Is("Sort", "Incremental Sort", "Gather", "Gather Merge", "Result", "Subquery Scan"):
			return nil, nil
		}
	}
	return nil, nil
}

// allReturned is the finding on a join whose rows are the result: each row of one side with
// each match of the other.
func allReturned(n *rule.Node, first, second float64) (rule.Found, bool) {
	returned := n.RowsTotal.Or(0)
	if n.Plan.Root.RowsTotal.Or(0) < returned/2 {
		return rule.Found{}, false // something above reduces them
	}
	cost := n.Plan.CostOf(n.Node)
	if !n.Plan.Significant(cost) {
		return rule.Found{}, false
	}
	e := rule.OfNode(n)
	e.Number("rows of one side", opt.Of(first), "rows", "plan")
	e.Number("rows of the other side", opt.Of(second), "rows", "plan")
	e.Number("row width", n.PlanWidth, "bytes", "plan")
	f := rule.Found{Cost: cost, Covered: []*plan.Node{n.Node}, Finding: finding.Finding{
		Tag: finding.Confirmed, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
		Title:  redact.Sprintf("%s makes %s rows from inputs of %s and %s rows, and the query returns them", n.Ref(), figures.Count(returned), figures.Count(first), figures.Count(second)),
		Detail: redact.Sprintf("The join %s. The join key is unique on neither side, so each row is repeated for every match.", cost.Took()),
		Fix:    redact.Plain("Check first that no join condition is missing. If the tables are two lists of one parent, fetch each list with a query of its own, or aggregate one of them (json_agg) before the join. No index avoids the work."),
	}}
	if width, ok := n.PlanWidth.Get(); ok {
		f.Detail = redact.Append(f.Detail, "At %s each, that is %s for the client.", figures.Plural(width, "byte"), figures.Bytes(width*returned))
	}
	return f, true
}
