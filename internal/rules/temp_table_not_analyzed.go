package rules

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
)

var tempTableNotAnalyzed = Rule{
	ID:     "temp-table-not-analyzed",
	Title:  "A temporary table has no statistics",
	Sees:   "A scan of a temporary table that gave ten times the rows expected, or a tenth, where what is above it takes a fifth of the time.",
	Why:    "Autovacuum cannot see the tables of a session: a temporary table has statistics only if the session runs ANALYZE after filling it. Without them the planner takes constants.",
	Silent: "The estimate was about right; it hurts nobody; the scan was stopped early.",
	Fix:    "ANALYZE after the table is filled, before the query.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-TEMPORARY",
	},
	Thresholds: []*Threshold{estimateFactor, estimateRows, estimateShare},
	Rank:       rankShape,
	Node: func(c *Case, n *Node, found func(Found)) {
		factor, ok := estimateError(n.Node)
		if n.Relation == "" || !n.temporary() || !ok || factor < estimateFactor.In(c) || max(n.RowsTotal.Or(0), n.ExpectedTotal.Or(0)) < estimateRows.In(c) || n.unfairEstimate() {
			return
		}
		hurt, cost := n.hurtBy()
		if hurt == nil {
			return
		}
		e := ofNode(n)
		e.text("Filter", n.Text("Filter"), "plan")
		e.number("factor", opt.Of(factor), "times", "plan")
		f := Found{cost: cost, Finding: finding.Finding{
			Tag: finding.Concern, Severity: max(n.Plan.severity(cost)-1, finding.Nit), Evidence: e,
			Title:  redact.Sprintf("%s, a temporary table, was expected to give %s rows and gave %s", n.name(), figures.Count(n.ExpectedTotal.Or(0)), figures.Count(n.RowsTotal.Or(0))),
			Detail: redact.Sprintf("%s above it was planned by that, and takes %s.", n.Plan.node(hurt).name(), cost.took()),
			Fix:    redact.Plain(n.estimateCure()),
		}}
		if g := n.guessed(); g != nil {
			f.Tag = finding.Confirmed
			f.Detail = redact.Sprintf("%s The expected rows are %s", f.Detail, g.say())
		} else {
			f.Detail = redact.Sprintf("%s Judgment needed: whether it was analysed after it was filled. The code that fills it settles it; without it, add ANALYZE there.", f.Detail)
		}
		found(f)
	},
}

// temporary reports whether a table is one of the session's own: only these
// are read through local buffers.
func (n *Node) temporary() bool {
	return strings.HasPrefix(n.Schema, "pg_temp") || n.SelfBuffers.LocalHit.Or(0)+n.SelfBuffers.LocalRead.Or(0) > 0
}
