package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var functionScanDefaultRows = rule.Rule{
	ID:     "function-scan-default-rows",
	Title:  "The rows of a function were a guess",
	Sees:   "A function in FROM that was expected to give 1,000 or 100 rows, the defaults, and gave ten times more or fewer, where what is above it takes a fifth of the time.",
	Why:    "The planner cannot look into the function: it takes a constant for its rows, and joins by that.",
	Silent: "The guess was about right; it hurts nobody; the scan was stopped early.",
	Fix:    "ROWS in CREATE FUNCTION, for one of your own; else its rows in a temporary table, and ANALYZE, before the join.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-createfunction.html", "https://www.postgresql.org/docs/current/xfunc-optimization.html",
	},
	Thresholds: []*rule.Threshold{estimateFactor, estimateRows, estimateShare},
	Rank:       rule.RankShape,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		factor, ok := estimateError(n.Node)
		if !ok || !guessedFunction(n) || factor < estimateFactor.In(c) || max(n.RowsTotal.Or(0), n.ExpectedTotal.Or(0)) < estimateRows.In(c) || unfairEstimate(n) {
			return
		}
		hurt, cost := hurtBy(n)
		if hurt == nil {
			return
		}
		e := rule.OfNode(n)
		e.Number("factor", opt.Of(factor), "times", "plan")
		found(rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: max(n.Plan.Severity(cost)-1, finding.Nit), Evidence: e,
			Title:  redact.Sprintf("%s gave %s rows: the planner took its default of %s", n.Ref(), figures.Count(n.RowsTotal.Or(0)), figures.Count(n.PlanRows.Or(0))),
			Detail: redact.Sprintf("%s above it was planned by that, and takes %s. No statistics tell the rows of a function.", n.Plan.Node(hurt).Ref(), cost.Took()),
			Fix:    redact.Plain(functionCure),
		}})
	},
}
