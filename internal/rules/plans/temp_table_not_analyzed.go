package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var tempTableNotAnalyzed = rule.Rule{
	ID:     "temp-table-not-analyzed",
	Title:  "A temporary table has no statistics",
	Sees:   "A scan of a temporary table that gave ten times the rows expected, or a tenth, where what is above it takes a fifth of the time.",
	Why:    "Autovacuum cannot see the tables of a session: a temporary table has statistics only if the session runs ANALYZE after filling it. Without them the planner takes constants.",
	Silent: "The estimate was about right; it hurts nobody; the scan was stopped early.",
	Fix:    "ANALYZE after the table is filled, before the query.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-TEMPORARY",
	},
	Thresholds: []*rule.Threshold{estimateFactor, estimateRows, estimateShare},
	Rank:       rule.RankShape,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		factor, ok := estimateError(n.Node)
		if n.Relation == "" || !n.Temporary() || !ok || factor < estimateFactor.In(c) || max(n.RowsTotal.Or(0), n.ExpectedTotal.Or(0)) < estimateRows.In(c) || unfairEstimate(n) {
			return
		}
		hurt, cost := hurtBy(n)
		if hurt == nil {
			return
		}
		e := rule.OfNode(n)
		e.Text("Filter", n.Text("Filter"), "plan")
		e.Number("factor", opt.Of(factor), "times", "plan")
		f := rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Concern, Severity: max(n.Plan.Severity(cost)-1, finding.Nit), Evidence: e,
			Title:  redact.Sprintf("%s, a temporary table, was expected to give %s rows and gave %s", n.Ref(), figures.Count(n.ExpectedTotal.Or(0)), figures.Count(n.RowsTotal.Or(0))),
			Detail: redact.Sprintf("%s above it was planned by that, and takes %s.", n.Plan.Node(hurt).Ref(), cost.Took()),
			Fix:    redact.Plain(estimateCure(n)),
		}}
		if g := guessed(n); g != nil {
			f.Tag = finding.Confirmed
			f.Detail = redact.Sprintf("%s The expected rows are %s", f.Detail, g.say())
		} else {
			f.Detail = redact.Sprintf("%s Judgment needed: whether it was analysed after it was filled. The code that fills it settles it; without it, add ANALYZE there.", f.Detail)
		}
		found(f)
	},
}
