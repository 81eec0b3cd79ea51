package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	foreignFetched = rule.NewThreshold("rows_removed", 100, "rows", "fetched over the network and discarded; how much time that takes decides")
	foreignDiscard = rule.NewThreshold("discard", 0.9, "share", "of the rows fetched")
)

var foreignFilterLocal = rule.Rule{
	ID:     "foreign-filter-local",
	Title:  "Foreign scan filters its rows locally",
	Sees:   "A foreign scan whose local filter removes at least 90% of the rows fetched, and 100 rows or more.",
	Why:    "A condition that is not sent to the remote server saves nothing: every row crosses the network first.",
	Silent: "Few rows are removed; the condition is sent (it is part of the remote query).",
	Fix:    "Use only built-in immutable operators and functions in the condition. For those of an extension, set the server's option extensions. Otherwise create a view on the remote server.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/postgres-fdw.html#POSTGRES-FDW-REMOTE-QUERY-OPTIMIZATION",
	},
	Thresholds: []*rule.Threshold{foreignFetched, foreignDiscard},
	Rank:       rule.RankScan,
	On:         []string{"Foreign Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		low, _, ok := n.Discard()
		cost := n.Plan.CostOf(n.Node)
		if !n.Has("Filter") || !ok || low < foreignDiscard.In(c) || n.RemovedTotal().Or(0) < foreignFetched.In(c) || !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Text("Filter", n.Text("Filter"), "plan")
		e.Text("Remote SQL", n.Text("Remote SQL"), "plan")
		e.Number("rows fetched", n.ScannedTotal(), "rows", "plan")
		fix := "Write the condition with built-in immutable functions and constants (not now(), not a function of your own). If an operator belongs to an extension, name the extension in the server's option extensions. Otherwise put the condition into a view on the remote server."
		verb, from, why := "fetches", "from the remote server", "its condition is not part of the remote query"
		switch {
		case ofFile(n):
			verb, from, why, fix = "reads", "of a file", "a file has no index", fileFix
		case !n.Has("Remote SQL"):
			fix = "Check which conditions the foreign data wrapper sends: a newer version sends more. Compare the column with a constant of its own type, without a function or cast. Otherwise put the condition into a view or a query on the remote server."
		}
		found(rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
			Title:  redact.Sprintf("%s %s %s rows %s and keeps %s", n.Ref(), verb, figures.Count(n.ScannedTotal().Or(0)), from, rowsKept(n)),
			Detail: redact.Sprintf("The scan %s. The filter is applied locally: %s.", cost.Took(), why),
			Fix:    redact.Plain(fix),
		}})
	},
}
