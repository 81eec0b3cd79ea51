package plans

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	estimateClean = rule.NewThreshold("below", 3, "times", "the inputs are estimated at least this well, so the error begins at this node")
)

var rowMisestimate = rule.Rule{
	ID:     "row-misestimate",
	Title:  "Row estimate is wrong",
	Sees:   "The deepest node whose actual rows are at least ten times more or fewer than estimated, if that node or one above it takes at least 20% of the time.",
	Why:    "Joins, sorts and memory are chosen by estimated rows: what is right for ten rows is wrong for ten thousand.",
	Silent: "The node was stopped early or never ran, the error has no effect on the time, or the rows are those of a bitmap's index scan, which count dead entries.",
	Fix:    "Run ANALYZE first. Then, by cause: extended statistics for correlated columns, a higher statistics target for a skewed column, statistics on an expression. If the estimate is one of the planner's constants, rewrite the condition so that statistics apply.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/planner-stats.html", "https://www.postgresql.org/docs/current/sql-createstatistics.html",
	},
	Thresholds: []*rule.Threshold{estimateFactor, estimateRows, estimateClean, estimateShare, estimateByPath},
	Rank:       rule.RankShape - 1, // another problem of the node explains more than the estimate does
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		factor, ok := estimateError(n.Node)
		if !ok || factor < estimateFactor.In(c) || max(n.RowsTotal.Or(0), n.ExpectedTotal.Or(0)) < estimateRows.In(c) || notComparable(n) || guessedFunction(n) {
			return
		}
		for _, child := range n.Children {
			if child.Is("Bitmap Index Scan", "BitmapAnd", "BitmapOr") {
				continue // their rows are index entries, or none
			}
			if f, ok := estimateError(child); ok && f >= estimateClean.In(c) {
				return // the error begins further down
			}
		}
		affected, cost := affectedBy(n)
		if affected == nil {
			return
		}
		e := rule.OfNode(n)
		e.Text("Filter", n.Text("Filter"), "plan")
		e.Text("Index Cond", n.Text("Index Cond"), "plan")
		e.Number("factor", opt.Of(factor), "times", "plan")
		fix, remedies := estimateFix(n)
		f := rule.Found{Covered: []*plan.Node{n.Node}, Hurts: affected, Cost: cost, Remedies: remedies, Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: oneBelow(n.Plan.Severity(cost)), Evidence: e,
			Title:  redact.Sprintf("%s: %s", n.Ref(), n.EstimatedAndActual()),
			Detail: redact.Sprintf("%s above it was planned with this estimate and %s.", n.Plan.Node(affected).Ref(), cost.Took()),
			Fix:    fix,
		}}
		if affected == n.Node {
			f.Detail = redact.Sprintf("The index and the nodes above it were chosen for this estimate. The scan %s.", cost.Took())
		}
		if g := guessed(n); g != nil {
			f.Detail = redact.Append(f.Detail, "The estimate is %s", g.say())
		}
		f.Asks = asksStatistics(n)
		for _, up := range nearby(n) {
			if _, build := hashedLargerSide(n.Plan.Case, up); build != nil {
				f.Covered = append(f.Covered, up)
			}
		}
		found(f)
	},
}

// oneBelow returns the severity of a cause whose effect is reported by another finding
// as well: a step lower, but at least as high as what makes that a finding.
func oneBelow(s finding.Severity) finding.Severity { return max(s-1, min(s, finding.Low)) }
