package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
)

// What the planner takes for the rows of a function that says nothing of them:
// ROWS of CREATE FUNCTION, and what most of the server's own are declared with.
const declaredRows, builtinRows = 1000, 100

const functionCure = "A function of your own: ALTER FUNCTION ... ROWS with the number that is usual. One of the server's: put its rows into a temporary table, ANALYZE it, and join that."

var functionScanDefaultRows = Rule{
	ID:     "function-scan-default-rows",
	Title:  "The rows of a function were a guess",
	Sees:   "A function in FROM that was expected to give 1,000 or 100 rows, the defaults, and gave ten times more or fewer, where what is above it takes a fifth of the time.",
	Why:    "The planner cannot look into the function: it takes a constant for its rows, and joins by that.",
	Silent: "The guess was about right; it hurts nobody; the scan was stopped early.",
	Fix:    "ROWS in CREATE FUNCTION, for one of your own; else its rows in a temporary table, and ANALYZE, before the join.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-createfunction.html", "https://www.postgresql.org/docs/current/xfunc-optimization.html",
	},
	Thresholds: []*Threshold{estimateFactor, estimateRows, estimateShare},
	Rank:       rankShape,
	Node: func(c *Case, n *Node, found func(Found)) {
		factor, ok := estimateError(n.Node)
		if !ok || !n.guessedFunction() || factor < estimateFactor.In(c) || max(n.RowsTotal.Or(0), n.ExpectedTotal.Or(0)) < estimateRows.In(c) || n.unfairEstimate() {
			return
		}
		hurt, cost := n.hurtBy()
		if hurt == nil {
			return
		}
		e := ofNode(n)
		e.number("factor", opt.Of(factor), "times", "plan")
		found(Found{cost: cost, Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: max(n.Plan.severity(cost)-1, finding.Nit), Evidence: e,
			Title:  redact.Sprintf("%s gave %s rows: the planner took its default of %s", n.name(), figures.Count(n.RowsTotal.Or(0)), figures.Count(n.PlanRows.Or(0))),
			Detail: redact.Sprintf("%s above it was planned by that, and takes %s. No statistics tell the rows of a function.", n.Plan.node(hurt).name(), cost.took()),
			Fix:    redact.Plain(functionCure),
		}})
	},
}

// guessedFunction reports whether the node is a function whose rows the planner
// took a default for.
func (n *Node) guessedFunction() bool {
	expected := n.PlanRows.Or(0)
	return n.Is("Function Scan", "Table Function Scan") && (expected == declaredRows || expected == builtinRows) && !n.Has("Filter")
}
