package plans

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rewrite"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var (
	distinctKept  = rule.NewThreshold("kept", 0.999, "share", "of the rows that the DISTINCT reads")
	distinctShare = rule.NewThreshold("share", 0.2, "share", "of the execution time, spent on the DISTINCT and its sort")
)

var distinctRemovesNothing = rule.Rule{
	ID:     "distinct-removes-nothing",
	Title:  "DISTINCT removes no rows",
	Sees:   "A DISTINCT, or a GROUP BY without an aggregate, that returns at least 99.9% of the rows that it reads, and takes 20% of the time together with its sort.",
	Why:    "All rows are sorted or hashed by all columns to find duplicates. A key among the columns makes every row different.",
	Silent: "An aggregate counts or sums the rows; it is a UNION (union-dedup); the plan was not executed; little time.",
	Fix:    "Remove the DISTINCT if a key among the columns makes every row different.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/queries-select-lists.html#QUERIES-DISTINCT",
	},
	Thresholds: []*rule.Threshold{distinctKept, distinctShare},
	Rank:       rule.RankRewrite,
	Forms:      []*rewrite.Rewrite{rewrite.NoDistinct},
	On:         []string{"Unique", "Aggregate", "Group"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if len(n.Children) != 1 || n.StoppedEarly() || !findsDuplicates(n) {
			return
		}
		covers, in := []*plan.Node{n.Node}, n.Children[0]
		for in.Is("Sort", "Incremental Sort", "Gather", "Gather Merge") && len(in.Children) == 1 {
			covers = append(covers, in)
			in = in.Children[0]
		}
		if in.Is("Append", "Merge Append") {
			return // union-dedup
		}
		read, returned, ok := opt.Two(n.Children[0].RowsTotal, n.RowsTotal)
		cost := n.Plan.CostOf(covers...)
		if !ok || returned < distinctKept.In(c)*read || n.Plan.Account().Share(usedBy(n.Plan, covers)) < distinctShare.In(c) || !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("input rows", opt.Of(read), "rows", "plan")
		e.Number("output rows", opt.Of(returned), "rows", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
				Title:  redact.Sprintf("%s removes %s of %s rows", n.Ref(), removedOf(read-returned), figures.Count(read)),
				Detail: redact.Sprintf("The DISTINCT and its sort %s.", cost.Took()),
				Fix:    redact.Plain("If not, remove the DISTINCT: the result is the same."),
			},
			Covered: covers,
		}
		f.Decide("Can two rows be equal in all columns of the DISTINCT?", "a primary key or a unique constraint of each joined table among these columns: then no two are equal", "leave the query as it is")
		found(f)
	},
}

// findsDuplicates reports whether a node only removes duplicates: it is a DISTINCT, or a
// GROUP BY that the plan's output or the query's text shows to compute nothing.
func findsDuplicates(n *rule.Node) bool {
	switch out := n.List("Output"); {
	case n.Is("Unique", "Group"):
		return true
	case n.Type != "Aggregate" || n.Strategy == "Plain" || n.Has("Grouping Sets") || n.Text("Partial Mode").Raw() == "Partial" || n.Has("Filter"):
		return false
	case len(out) > 0:
		return !slices.ContainsFunc(out, func(o redact.Text) bool { return strings.Contains(o.Raw(), "(") })
	case n.Plan.Query != nil && n.Parent == nil:
		return n.Plan.Query.Distinct || len(n.Plan.Query.Group) > 0 && n.Plan.Query.Aggregates == 0
	}
	return false
}

// removedOf says how many rows a DISTINCT removed.
func removedOf(rows float64) string {
	if rows < 1 {
		return "none"
	}
	return figures.Count(rows)
}
