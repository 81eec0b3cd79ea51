package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	buildTimes = NewThreshold("times", 10, "times", "the rows of the side that looks them up")
	buildRows  = NewThreshold("rows", 10_000, "rows", "put into the hash table; fewer take a millisecond")
)

var hashBuildLargerSide = Rule{
	ID:     "hash-build-larger-side",
	Title:  "A hash join hashes its larger side",
	Sees:   "A hash table of ten times the rows that are looked up in it, where the planner expected it to be the smaller side.",
	Why:    "Putting a row into a hash table costs several times what looking one up does, and the table has to fit into memory: it should be made of the smaller side.",
	Silent: "The planner knew which side is larger: of some joins only one side can be hashed; one side was stopped early; a wrong estimate is named where it begins (row-misestimate).",
	Fix:    "The estimate: ANALYZE, extended statistics.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/planner-optimizer.html", "https://www.postgresql.org/docs/current/planner-stats.html",
	},
	Thresholds: []*Threshold{buildTimes, buildRows},
	Rank:       rankShape - 2, // the estimate explains it, where that is named
	Node: func(c *Case, n *Node, found func(Found)) {
		probe, build := wrongWayRound(c, n.Node)
		if build == nil {
			return
		}
		cost := n.Plan.costOf(n.Node, build)
		if !n.Plan.material(cost) {
			return
		}
		wrong := n.Plan.node(deepestError(c, n.Node))
		if wrong.Node == n.Node {
			wrong = n.Plan.node(worseEstimate(probe, build))
		}
		e := ofNode(n)
		e.number("rows hashed", build.RowsTotal, "rows", "plan")
		e.number("rows hashed, expected", build.ExpectedTotal, "rows", "plan")
		e.number("rows looked up", probe.RowsTotal, "rows", "plan")
		e.number("rows looked up, expected", probe.ExpectedTotal, "rows", "plan")
		e.number("Peak Memory Usage", build.Number("Peak Memory Usage"), "kB", "plan")
		found(Found{
			cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: min(n.Plan.severity(cost), finding.Medium), Evidence: e,
				Title: redact.Sprintf("%s hashes %s rows to look up %s", n.name(), figures.Count(build.RowsTotal.Or(0)), figures.Count(probe.RowsTotal.Or(0))),
				Detail: redact.Sprintf("Hashing and joining took %s. The planner took the hashed side for the smaller one; the estimate is most wrong at %s: %s rows expected, %s came.",
					cost.took(), wrong.name(), figures.Count(wrong.ExpectedTotal.Or(0)), figures.Count(wrong.RowsTotal.Or(0))),
				Fix:   redact.Plain(wrong.estimateCure()),
				Where: finding.Where{Relation: wrong.RelationName()},
			},
			covers: []*plan.Node{n.Node},
		})
	},
}

// wrongWayRound gives the sides of a hash join that hashed the larger one
// because the planner took it for the smaller; nil of any other node.
func wrongWayRound(c *Case, n *plan.Node) (probe, build *plan.Node) {
	if n.Type != "Hash Join" || len(n.Children) < 2 || n.StoppedEarly() {
		return nil, nil
	}
	probe, build = n.Children[0], n.Children[1]
	looked, asked, ok1 := both(probe.RowsTotal, probe.ExpectedTotal)
	hashed, expected, ok2 := both(build.RowsTotal, build.ExpectedTotal)
	if build.Type != "Hash" || !ok1 || !ok2 || probe.Loops.Or(0) == 0 || hashed < buildRows.In(c) || hashed < buildTimes.In(c)*max(looked, 1) || expected > asked {
		return nil, nil
	}
	return probe, build
}

// worseEstimate is the scan or join, of those below two nodes that only pass
// rows on, whose estimate is further off.
func worseEstimate(a, b *plan.Node) *plan.Node {
	a, b = under(a, "Hash", "Materialize", "Sort", "Gather"), under(b, "Hash", "Materialize", "Sort", "Gather")
	x, _ := estimateError(a)
	y, _ := estimateError(b)
	if x > y {
		return a
	}
	return b
}
