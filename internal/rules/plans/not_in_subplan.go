package plans

import (
	"regexp"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	notInLoops = rule.NewThreshold("loops", 100, "", "run a few times, it costs nothing")
	notInRows  = rule.NewThreshold("rows", 100_000, "rows", "handed out by the list in all: a few runs through a long list do cost")
	// notIn is how plans print NOT IN (SELECT ...) that is not hashed: up to 16
	// the SubPlan alone, from 17 on with the comparison.
	notIn = regexp.MustCompile(`NOT \((?:ANY \([^()]*(?:\([^()]*\)[^()]*)*= )?\(?SubPlan `)
)

var notInSubplan = rule.Rule{
	ID:     "not-in-subplan",
	Title:  "NOT IN compares every row with the whole list",
	Sees:   "NOT IN (SELECT ...) that the plan carries out as a SubPlan for each row, since the list does not fit into work_mem as a hash table.",
	Why:    "Each row goes through the list until it finds itself: rows times list. And where the list holds a NULL, no row passes at all.",
	Silent: "The plan hashes the list; it runs few times.",
	Fix:    "NOT EXISTS with the condition inside, which becomes an anti join, and does not stumble over NULL.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/functions-subquery.html#FUNCTIONS-SUBQUERY-NOTIN",
	},
	Thresholds: []*rule.Threshold{notInLoops, notInRows},
	Rank:       rule.RankJoin + 2,
	Subject:    "NOT IN",
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		filter := n.Text("Filter")
		if !notIn.MatchString(filter.Raw()) {
			return
		}
		for _, child := range n.Children {
			if child.Relationship != "SubPlan" || child.Executions().Or(0) < notInLoops.In(c) && child.RowsTotal.Or(0) < notInRows.In(c) {
				continue
			}
			below := append(rule.Subtree(child), n.Node)
			cost := n.Plan.CostOf(below...)
			if !n.Plan.Material(cost) {
				return
			}
			e := rule.OfNode(n)
			e.Text("Filter", filter, "plan")
			e.Number("runs of the subquery", opt.Of(child.Executions().Or(0)), "", "plan")
			e.Number("rows that it handed out", child.RowsTotal, "rows", "plan")
			f := rule.Found{
				Cost: cost,
				Finding: finding.Finding{
					Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
					Title:  redact.Sprintf("%s goes through the list of its NOT IN %s times: %s rows compared", n.Ref(), figures.Count(child.Executions().Or(0)), figures.Count(child.RowsTotal.Or(0))),
					Detail: redact.Sprintf("It took %s. If the list holds one NULL, NOT IN passes no row at all.", cost.Took()),
					Fix:    redact.Plain("WHERE NOT EXISTS (SELECT 1 FROM ... WHERE key = outer.key): an anti join, which also treats NULL as people expect."),
				},
				Covered: below,
			}
			found(f)
			return
		}
	},
}
