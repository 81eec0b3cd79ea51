package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	windowRows = rule.NewThreshold("rows", 100_000, "rows", "that the window function is worked out for")
	windowKept = rule.NewThreshold("kept", 0.01, "share", "of them that pass the condition on its result")
)

var windowAggThenFilter = rule.Rule{
	ID:     "windowagg-then-filter",
	Title:  "A window function is worked out for all rows, to keep a few",
	Sees:   "A subquery with a window function over 100,000 rows or more, of which the condition outside keeps one in a hundred or fewer.",
	Why:    "The rows are all read, sorted and numbered before the condition can be asked: the first row of each group costs as much as all rows.",
	Silent: "Many rows are kept; few rows; the server stops the window function itself (Run Condition, 15 and later).",
	Fix:    "Per group a LATERAL subquery with ORDER BY and LIMIT, or DISTINCT ON, with an index on the group's columns and then the order's.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-LATERAL", "https://www.postgresql.org/docs/current/sql-select.html#SQL-DISTINCT",
	},
	Thresholds: []*rule.Threshold{windowRows, windowKept},
	Rank:       rule.RankShape - 3,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Subquery Scan" || !n.Has("Filter") || len(n.Children) != 1 || n.StoppedEarly() {
			return
		}
		window := rule.Under(n.Children[0], "Sort", "Incremental Sort", "Gather", "Gather Merge")
		made, kept := window.RowsTotal.Or(0), n.RowsTotal.Or(0)
		if window.Type != "WindowAgg" || made < windowRows.In(c) || kept > windowKept.In(c)*made {
			return
		}
		covers := []*plan.Node{n.Node, window}
		for below := window; len(below.Children) == 1 && below.Children[0].Is("WindowAgg", "Sort", "Incremental Sort"); {
			below = below.Children[0]
			covers = append(covers, below)
		}
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Material(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Text("Filter", n.Text("Filter"), "plan")
		found(rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Low), Evidence: e,
				Title: redact.Sprintf("%s keeps %s of the %s rows that %s worked through", n.Ref(), figures.Count(kept), figures.Count(made), n.Plan.Node(window).Ref()),
				Detail: redact.Sprintf("Sorting, numbering and filtering took %s. Judgment needed: whether the condition asks for the first rows of each group. The query's text settles it; without it, leave the query.",
					cost.Took()),
				Fix: redact.Plain("If so: the groups, and for each JOIN LATERAL (SELECT ... ORDER BY ... LIMIT 1), with an index on the group's columns, then the order's. For one row a group DISTINCT ON is shorter."),
			},
			Covered: covers,
		})
	},
}
