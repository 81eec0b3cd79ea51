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
	Title:  "Function row estimate is the planner's default",
	Sees:   "A function in FROM that was expected to return 1,000 or 100 rows (the defaults) and returned at least ten times more or fewer, if a node above it takes at least 20% of the time.",
	Why:    "The planner does not know how many rows the function returns. It assumes a constant and plans the joins above with it.",
	Silent: "The estimate was about right; no node above takes much time; the scan was stopped early.",
	Fix:    "Set ROWS in CREATE FUNCTION if the function is your own. Otherwise put its rows into a temporary table and run ANALYZE on it before the join.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-createfunction.html", "https://www.postgresql.org/docs/current/xfunc-optimization.html",
	},
	Thresholds: []*rule.Threshold{estimateFactor, estimateRows, estimateShare},
	Rank:       rule.RankShape,
	On:         []string{"Function Scan", "Table Function Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		factor, ok := estimateError(n.Node)
		if !ok || !guessedFunction(n) || factor < estimateFactor.In(c) || max(n.RowsTotal.Or(0), n.ExpectedTotal.Or(0)) < estimateRows.In(c) || notComparable(n) {
			return
		}
		affected, cost := affectedBy(n)
		if affected == nil {
			return
		}
		e := rule.OfNode(n)
		e.Number("factor", opt.Of(factor), "times", "plan")
		found(rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: max(n.Plan.Severity(cost)-1, finding.Nit), Evidence: e,
			Title:  redact.Sprintf("%s returned %s rows; the planner assumed its default of %s", n.Ref(), figures.Count(n.RowsTotal.Or(0)), figures.Count(n.PlanRows.Or(0))),
			Detail: redact.Sprintf("%s above was planned with this estimate and %s. There are no statistics on the rows of a function.", n.Plan.Node(affected).Ref(), cost.Took()),
			Fix:    redact.Plain(functionFix),
		}})
	},
}
