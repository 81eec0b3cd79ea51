package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	foreignFetched = rule.NewThreshold("rows_removed", 10_000, "rows", "fetched over the network and thrown away")
	foreignDiscard = rule.NewThreshold("discard", 0.9, "share", "of the rows fetched")
)

var foreignFilterLocal = rule.Rule{
	ID:     "foreign-filter-local",
	Title:  "Rows are fetched from another server to be thrown away here",
	Sees:   "A foreign scan whose filter, which is applied here, drops nine in ten of the rows that were fetched, 10,000 or more.",
	Why:    "A condition that is not sent along saves nothing: every row crosses the network first.",
	Silent: "Few rows are dropped; the condition is sent (it stands in Remote SQL).",
	Fix:    "Conditions by built-in immutable operators and functions only; the extensions option of the server for those of an extension; else a view on the other side.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/postgres-fdw.html#POSTGRES-FDW-REMOTE-QUERY-OPTIMIZATION",
	},
	Thresholds: []*rule.Threshold{foreignFetched, foreignDiscard},
	Rank:       rule.RankScan,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		low, _, ok := n.Discard()
		cost := n.Plan.CostOf(n.Node)
		if n.Type != "Foreign Scan" || !n.Has("Filter") || !ok || low < foreignDiscard.In(c) || n.RemovedTotal().Or(0) < foreignFetched.In(c) || !n.Plan.Material(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Text("Filter", n.Text("Filter"), "plan")
		e.Text("Remote SQL", n.Text("Remote SQL"), "plan")
		e.Number("rows fetched", n.ScannedTotal(), "rows", "plan")
		found(rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
			Title:  redact.Sprintf("%s fetches %s rows from the other server and keeps %s", n.Ref(), figures.Count(n.ScannedTotal().Or(0)), figures.Count(n.RowsTotal.Or(0))),
			Detail: redact.Sprintf("It took %s. The filter is applied here: the condition is not part of what is asked there.", cost.Took()),
			Fix:    redact.Plain("Write the condition with built-in immutable functions and constants (not now(), not a function of your own); name the extension in the server's option extensions where an operator is of one. Else put the condition into a view on the other server."),
		}})
	},
}
