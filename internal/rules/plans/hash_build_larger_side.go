package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var hashBuildLargerSide = rule.Rule{
	ID:     "hash-build-larger-side",
	Title:  "Hash join builds its hash table from the larger side",
	Sees:   "A hash table with at least ten times the rows that are looked up in it, although the planner expected it to be the smaller side.",
	Why:    "Inserting a row into a hash table costs several times as much as looking one up, and the table has to fit in memory, so it should hold the smaller side.",
	Silent: "The planner knew which side is larger (some joins can hash only one side); one side was stopped early; another finding names the wrong estimate (row-misestimate).",
	Fix:    "Correct the estimate with ANALYZE or extended statistics.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/planner-optimizer.html", "https://www.postgresql.org/docs/current/planner-stats.html",
	},
	Thresholds: []*rule.Threshold{buildTimes, buildRows},
	Rank:       rule.RankShape - 2, // the wrong estimate explains it
	On:         []string{"Hash Join"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		probe, build := hashedLargerSide(c, n.Node)
		if build == nil {
			return
		}
		cost := n.Plan.CostOf(n.Node, build)
		if !n.Plan.Significant(cost) {
			return
		}
		wrong := n.Plan.Node(deepestError(c, n.Node))
		if wrong.Node == n.Node {
			wrong = n.Plan.Node(worseEstimate(probe, build))
		}
		e := rule.OfNode(n)
		e.Number("rows hashed", build.RowsTotal, "rows", "plan")
		e.Number("expected rows hashed", build.ExpectedTotal, "rows", "plan")
		e.Number("rows looked up", probe.RowsTotal, "rows", "plan")
		e.Number("expected rows looked up", probe.ExpectedTotal, "rows", "plan")
		e.Number("Peak Memory Usage", build.Number("Peak Memory Usage"), "kB", "plan")
		fix, remedies := estimateFix(wrong)
		found(rule.Found{
			Cost: cost, Remedies: remedies,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
				Title:  redact.Sprintf("%s hashes %s rows and looks up only %s", n.Ref(), figures.Count(build.RowsTotal.Or(0)), figures.Count(probe.RowsTotal.Or(0))),
				Detail: redact.Sprintf("Hashing and joining %s. The planner expected the hashed side to be the smaller one.", cost.Took()),
				More:   redact.Sprintf("The estimate is furthest off at %s: %s.", wrong.Ref(), wrong.EstimatedAndActual()),
				Fix:    fix,
				Where:  finding.Where{Relation: wrong.RelationName()},
			},
			Covered: []*plan.Node{n.Node},
		})
	},
}

// worseEstimate returns the scan or join below two nodes, through those that only
// pass rows on, whose estimate is further off.
func worseEstimate(a, b *plan.Node) *plan.Node {
	a, b = rule.Under(a, "Hash", "Materialize", "Sort", "Gather"), rule.Under(b, "Hash", "Materialize", "Sort", "Gather")
	x, _ := estimateError(a)
	y, _ := estimateError(b)
	if x > y {
		return a
	}
	return b
}
