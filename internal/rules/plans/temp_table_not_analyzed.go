package plans

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var tempTableNotAnalyzed = rule.Rule{
	ID:     "temp-table-not-analyzed",
	Title:  "Temporary table has no statistics",
	Sees:   "A scan of a temporary table that returned at least ten times the estimated rows, or at most a tenth, if a node above it takes at least 20% of the time.",
	Why:    "Autovacuum cannot see temporary tables. They have statistics only if the session runs ANALYZE after filling them. Otherwise the planner uses constants.",
	Silent: "The estimate was about right, the error has no effect on the time, or the scan was stopped early.",
	Fix:    "Run ANALYZE after the table is filled, before the query.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-TEMPORARY",
	},
	Thresholds: []*rule.Threshold{estimateFactor, estimateRows, estimateShare},
	Rank:       rule.RankShape,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		factor, ok := estimateError(n.Node)
		if n.Relation == "" || !ok || factor < estimateFactor.In(c) || !n.Temporary() || max(n.RowsTotal.Or(0), n.ExpectedTotal.Or(0)) < estimateRows.In(c) || notComparable(n) {
			return
		}
		affected, cost := affectedBy(n)
		if affected == nil {
			return
		}
		e := rule.OfNode(n)
		e.Text("Filter", n.Text("Filter"), "plan")
		e.Number("factor", opt.Of(factor), "times", "plan")
		fix, _ := estimateFix(n) // in the application: the table is filled there
		f := rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Concern, Severity: max(n.Plan.Severity(cost)-1, finding.Nit), Evidence: e,
			Title:  redact.Sprintf("%s, a temporary table: %s", n.Ref(), n.EstimatedAndActual()),
			Detail: redact.Sprintf("%s above it was planned with this estimate and %s.", n.Plan.Node(affected).Ref(), cost.Took()),
			Fix:    fix,
		}}
		if g := guessed(n); g != nil {
			f.Tag = finding.Confirmed
			f.Detail = redact.Append(f.Detail, "The estimate is %s", g.say())
		} else {
			f.Decide("Is ANALYZE missing after the table is filled?", "the code that fills the table", "add ANALYZE there")
		}
		found(f)
	},
}
