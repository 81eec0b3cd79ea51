package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	windowRows = rule.NewThreshold("rows", 100_000, "rows", "for which the window function is computed")
	windowKept = rule.NewThreshold("kept", 0.01, "share", "of the rows, after the condition on the result")
)

var windowAggThenFilter = rule.Rule{
	ID:     "windowagg-then-filter",
	Title:  "Window function computed for all rows to keep a few",
	Sees:   "A subquery with a window function over at least 100,000 rows, of which the outer condition keeps at most 1%.",
	Why:    "All rows are read, sorted and numbered before the condition is checked: the first row of each group costs as much as all rows.",
	Silent: "Many rows are kept, there are few rows, or the server stops the window function itself (Run Condition, 15 and later).",
	Fix:    "Use a LATERAL subquery with ORDER BY and LIMIT per group, or DISTINCT ON, with an index on the group's columns followed by the order's.",
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
		computed, kept := window.RowsTotal.Or(0), n.RowsTotal.Or(0)
		if window.Type != "WindowAgg" || computed < windowRows.In(c) || kept > windowKept.In(c)*computed {
			return
		}
		covers := []*plan.Node{n.Node, window}
		for below := window; len(below.Children) == 1 && below.Children[0].Is("WindowAgg", "Sort", "Incremental Sort"); {
			below = below.Children[0]
			covers = append(covers, below)
		}
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Text("Filter", n.Text("Filter"), "plan")
		found(rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Low), Evidence: e,
				Title:    redact.Sprintf("%s keeps %s of the %s rows that %s computed", n.Ref(), figures.Count(kept), figures.Count(computed), n.Plan.Node(window).Ref()),
				Detail:   redact.Sprintf("Sorting, numbering and filtering took %s.", cost.Took()),
				Question: redact.Plain("Does the condition select the first rows of each group?"),
				Settles:  redact.Plain("the query's text"),
				Default:  redact.Plain("leave the query as it is"),
				Fix:      redact.Plain("Select the groups and JOIN LATERAL (SELECT ... ORDER BY ... LIMIT 1), with an index on the group's columns followed by the order's. For one row per group, DISTINCT ON is shorter."),
			},
			Covered: covers,
		})
	},
}
