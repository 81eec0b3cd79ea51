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
	notInLoops = rule.NewThreshold("loops", 100, "", "fewer runs cost nothing")
	notInRows  = rule.NewThreshold("rows", 100_000, "rows", "returned by the list in total: a few runs through a long list do cost")
	// notIn is how plans print NOT IN (SELECT ...) that is not hashed: up to 16
	// the SubPlan alone, from 17 on with the comparison.
	notIn = regexp.MustCompile(`NOT \((?:ANY \([^()]*(?:\([^()]*\)[^()]*)*= )?\(?SubPlan `)
)

var notInSubplan = rule.Rule{
	ID:     "not-in-subplan",
	Title:  "NOT IN compares every row with the whole list",
	Sees:   "NOT IN (SELECT ...) that runs as a SubPlan for each row, because the list does not fit into work_mem as a hash table.",
	Why:    "Each row is compared with the list until a match is found: rows times list. If the list has a NULL, no row passes at all.",
	Silent: "The plan hashes the list, or the subquery runs few times.",
	Fix:    "Rewrite NOT IN as NOT EXISTS with the condition inside. That becomes an anti join and handles NULL correctly.",
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
			if !n.Plan.Significant(cost) {
				return
			}
			e := rule.OfNode(n)
			e.Text("Filter", filter, "plan")
			e.Number("runs of the subquery", opt.Of(child.Executions().Or(0)), "", "plan")
			e.Number("rows returned by the subquery", child.RowsTotal, "rows", "plan")
			f := rule.Found{
				Cost: cost,
				Finding: finding.Finding{
					Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
					Title:  redact.Sprintf("%s scans the list of its NOT IN %s times: %s rows compared", n.Ref(), figures.Count(child.Executions().Or(0)), figures.Count(child.RowsTotal.Or(0))),
					Detail: redact.Sprintf("The scan and its subquery took %s. If the list contains a NULL, NOT IN returns no row at all.", cost.Took()),
					Fix:    redact.Plain("Rewrite NOT IN as WHERE NOT EXISTS (SELECT 1 FROM ... WHERE key = outer.key). That becomes an anti join, and NULL values do not remove all rows."),
				},
				Covered: below,
			}
			found(f)
			return
		}
	},
}
