package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	estimateClean = rule.NewThreshold("below", 3, "times", "the inputs are estimated that well, so that the error begins here")
)

var rowMisestimate = rule.Rule{
	ID:     "row-misestimate",
	Title:  "The planner expected another number of rows",
	Sees:   "The deepest node whose real rows are ten times more or fewer than expected, where the node or what is above it takes a fifth of the time.",
	Why:    "Joins, sorts and memory are chosen by the expected rows: what is right for ten is wrong for ten thousand.",
	Silent: "Nodes that were stopped early or never ran; an error that hurts nobody; rows of a bitmap's index scan, which count dead entries.",
	Fix: "ANALYZE first. Then by its cause: extended statistics for columns that go together, a higher statistics target for a skewed one, statistics on an expression. " +
		"Where the expected rows are one of the planner's constants, give it something to know.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/planner-stats.html", "https://www.postgresql.org/docs/current/sql-createstatistics.html",
	},
	Thresholds: []*rule.Threshold{estimateFactor, estimateRows, estimateClean, estimateShare, estimateByPath},
	Rank:       rule.RankShape - 1, // what else is wrong at the node explains more than the estimate does
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		factor, ok := estimateError(n.Node)
		if !ok || factor < estimateFactor.In(c) || max(n.RowsTotal.Or(0), n.ExpectedTotal.Or(0)) < estimateRows.In(c) || unfairEstimate(n) || guessedFunction(n) {
			return
		}
		for _, child := range n.Children {
			if child.Is("Bitmap Index Scan", "BitmapAnd", "BitmapOr") {
				continue // their rows are entries, or none
			}
			if f, ok := estimateError(child); ok && f >= estimateClean.In(c) {
				return // it begins further down
			}
		}
		hurt, cost := hurtBy(n)
		if hurt == nil {
			return
		}
		e := rule.OfNode(n)
		e.Text("Filter", n.Text("Filter"), "plan")
		e.Text("Index Cond", n.Text("Index Cond"), "plan")
		e.Number("factor", opt.Of(factor), "times", "plan")
		f := rule.Found{Covered: []*plan.Node{n.Node}, Hurts: hurt, Cost: cost, Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: oneBelow(n.Plan.Severity(cost)), Evidence: e,
			Title:  redact.Sprintf("%s was expected to give %s rows and gave %s", n.Ref(), figures.Count(n.ExpectedTotal.Or(0)), figures.Count(n.RowsTotal.Or(0))),
			Detail: redact.Sprintf("%s above it was planned by that, and takes %s.", n.Plan.Node(hurt).Ref(), cost.Took()),
			Fix:    redact.Plain(estimateCure(n)),
		}}
		if hurt == n.Node {
			f.Detail = redact.Sprintf("The index was chosen for the few, and so was what is done with them above; it took %s.", cost.Took())
		}
		if g := guessed(n); g != nil {
			f.Detail = redact.Sprintf("%s The expected rows are %s", f.Detail, g.say())
		}
		f.Asks = asksStatistics(n)
		for _, up := range nearby(n) {
			if _, build := wrongWayRound(n.Plan.Case, up); build != nil {
				f.Covered = append(f.Covered, up)
			}
		}
		found(f)
	},
}

// oneBelow is the severity of a cause whose harm is another finding's too; what
// is worth a finding there is worth one here.
func oneBelow(s finding.Severity) finding.Severity { return max(s-1, min(s, finding.Low)) }
