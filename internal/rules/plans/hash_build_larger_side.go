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
	Title:  "A hash join hashes its larger side",
	Sees:   "A hash table of ten times the rows that are looked up in it, where the planner expected it to be the smaller side.",
	Why:    "Putting a row into a hash table costs several times what looking one up does, and the table has to fit into memory: it should be made of the smaller side.",
	Silent: "The planner knew which side is larger: of some joins only one side can be hashed; one side was stopped early; a wrong estimate is named where it begins (row-misestimate).",
	Fix:    "The estimate: ANALYZE, extended statistics.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/planner-optimizer.html", "https://www.postgresql.org/docs/current/planner-stats.html",
	},
	Thresholds: []*rule.Threshold{buildTimes, buildRows},
	Rank:       rule.RankShape - 2, // the estimate explains it, where that is named
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		probe, build := wrongWayRound(c, n.Node)
		if build == nil {
			return
		}
		cost := n.Plan.CostOf(n.Node, build)
		if !n.Plan.Material(cost) {
			return
		}
		wrong := n.Plan.Node(deepestError(c, n.Node))
		if wrong.Node == n.Node {
			wrong = n.Plan.Node(worseEstimate(probe, build))
		}
		e := rule.OfNode(n)
		e.Number("rows hashed", build.RowsTotal, "rows", "plan")
		e.Number("rows hashed, expected", build.ExpectedTotal, "rows", "plan")
		e.Number("rows looked up", probe.RowsTotal, "rows", "plan")
		e.Number("rows looked up, expected", probe.ExpectedTotal, "rows", "plan")
		e.Number("Peak Memory Usage", build.Number("Peak Memory Usage"), "kB", "plan")
		found(rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
				Title: redact.Sprintf("%s hashes %s rows to look up %s", n.Ref(), figures.Count(build.RowsTotal.Or(0)), figures.Count(probe.RowsTotal.Or(0))),
				Detail: redact.Sprintf("Hashing and joining took %s. The planner took the hashed side for the smaller one; the estimate is most wrong at %s: %s rows expected, %s came.",
					cost.Took(), wrong.Ref(), figures.Count(wrong.ExpectedTotal.Or(0)), figures.Count(wrong.RowsTotal.Or(0))),
				Fix:   redact.Plain(estimateCure(wrong)),
				Where: finding.Where{Relation: wrong.RelationName()},
			},
			Covered: []*plan.Node{n.Node},
		})
	},
}

// worseEstimate is the scan or join, of those below two nodes that only pass
// rows on, whose estimate is further off.
func worseEstimate(a, b *plan.Node) *plan.Node {
	a, b = rule.Under(a, "Hash", "Materialize", "Sort", "Gather"), rule.Under(b, "Hash", "Materialize", "Sort", "Gather")
	x, _ := estimateError(a)
	y, _ := estimateError(b)
	if x > y {
		return a
	}
	return b
}
