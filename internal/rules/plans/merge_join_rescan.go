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
	rescanTimes = rule.NewThreshold("times", 5, "times", "the rows that the inner side has: each is read again for every outer row of its key")
	rescanRows  = rule.NewThreshold("rows", 1_000_000, "rows", "read in all; fewer take less than a tenth of a second")
	rescanShare = rule.NewThreshold("share", 0.3, "share", "of the execution, spent in the join and in reading these rows")
)

var mergeJoinRescan = rule.Rule{
	ID:     "merge-join-rescan",
	Title:  "A merge join reads the rows of its inner side over and over",
	Sees:   "A merge join whose Materialize or Sort on the inner side handed out five times the rows that it was given, or more, and a million.",
	Why:    "Where a key stands on both sides several times, the join goes back to the key's first inner row for each outer row: its work is the pairs, not the rows.",
	Silent: "The key is unique on one side; few rows; another rule says what the pairs are made for (join-fanout, join-filter-loss).",
	Fix:    "The join condition that is missing; where a condition is asked of the pairs (Join Filter), the range or LATERAL form of it; else one side aggregated to one row a key.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/planner-optimizer.html",
	},
	Thresholds: []*rule.Threshold{rescanTimes, rescanRows, rescanShare},
	Rank:       rule.RankShape - 3, // what becomes of the pairs says more
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "Merge Join" || len(n.Children) != 2 {
			return
		}
		inner := n.Children[1]
		if !inner.Is("Materialize", "Sort") || len(inner.Children) != 1 || inner.Loops != inner.Children[0].Loops {
			return // read again because the join is, not within one run of it
		}
		given, read := inner.Children[0].RowsTotal.Or(0), inner.RowsTotal.Or(0)
		if read < rescanRows.In(c) || read < rescanTimes.In(c)*given {
			return
		}
		covers := []*plan.Node{n.Node, inner}
		cost := n.Plan.CostOf(covers...)
		if cost.Share.Or(0) < rescanShare.In(c) || !n.Plan.Material(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Text("Merge Cond", n.Text("Merge Cond"), "plan")
		e.Text("Join Filter", n.Text("Join Filter"), "plan")
		e.Number("rows of the inner side", opt.Of(given), "rows", "plan")
		e.Number("rows read of it", opt.Of(read), "rows", "plan")
		f := rule.Found{
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: finding.Low, Evidence: e,
				Title: redact.Sprintf("%s reads the %s rows of its inner side %s times on average", n.Ref(), figures.Count(given), figures.Count(read/max(given, 1))),
				Detail: redact.Sprintf("The join and these reads took %s. A key stands on both sides several times, so that each row of one meets each of the other. "+
					"Judgment needed: whether that is meant. A count by the key on either side settles it; without it, leave the query.", cost.Took()),
				Fix: redact.Plain("See that no join condition is missing. Then aggregate one side to a row a key before the join, or ask with EXISTS where only a match matters."),
			},
			Covered: covers,
		}
		if !n.Text("Join Filter").Empty() {
			f.Fix = redact.Plain("The condition that drops the pairs (Join Filter), written so that it is looked up: LATERAL with ORDER BY and LIMIT 1 for the last row before, a range column with a GiST index for what lies within.")
		}
		if scan := rule.CostliestScan(rule.Subtree(inner)); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		found(f)
	},
}
