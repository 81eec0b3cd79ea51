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
	rescanTimes = rule.NewThreshold("times", 5, "times", "the rows of the inner side: each is read again for every outer row with its key")
	rescanRows  = rule.NewThreshold("rows", 1_000_000, "rows", "read in total; fewer take less than 0.1 s")
	rescanShare = rule.NewThreshold("share", 0.3, "share", "of the execution, spent in the join and in reading these rows")
)

var mergeJoinRescan = rule.Rule{
	ID:     "merge-join-rescan",
	Title:  "Merge join rescans its inner rows",
	Sees:   "A merge join whose Materialize or Sort on the inner side returned at least five times the rows that it was given, and at least 1 M.",
	Why:    "If a key occurs several times on both sides, the join goes back to the key's first inner row for each outer row. The cost is the number of pairs, not of rows.",
	Silent: "The key is unique on one side, there are few rows, or another rule explains what the pairs are for (join-fanout, join-filter-loss).",
	Fix:    "Add the missing join condition. If a Join Filter removes the pairs, rewrite the condition as a range or a LATERAL lookup. Otherwise aggregate one side to one row per key.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/planner-optimizer.html",
	},
	Thresholds: []*rule.Threshold{rescanTimes, rescanRows, rescanShare},
	Rank:       rule.RankShape - 3, // a finding on the pairs explains more
	On:         []string{"Merge Join"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if len(n.Children) != 2 {
			return
		}
		inner := n.Children[1]
		if !inner.Is("Materialize", "Sort") || len(inner.Children) != 1 || inner.Loops != inner.Children[0].Loops {
			return // read again because the join is, not within one run of it
		}
		inRows, read := inner.Children[0].RowsTotal.Or(0), inner.RowsTotal.Or(0)
		if read < rescanRows.In(c) || read < rescanTimes.In(c)*inRows {
			return
		}
		covers := []*plan.Node{n.Node, inner}
		cost := n.Plan.CostOf(covers...)
		if cost.Share.Or(0) < rescanShare.In(c) || !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Text("Merge Cond", n.Text("Merge Cond"), "plan")
		e.Text("Join Filter", n.Text("Join Filter"), "plan")
		e.Number("rows of the inner side", opt.Of(inRows), "rows", "plan")
		e.Number("rows read from the inner side", opt.Of(read), "rows", "plan")
		f := rule.Found{
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: finding.Low, Evidence: e,
				Title:    redact.Sprintf("%s reads the %s rows of its inner side %s times on average", n.Ref(), figures.Count(inRows), figures.Count(read/max(inRows, 1))),
				Detail:   redact.Sprintf("The join and these reads %s. Keys occur several times on both sides, so each row of one side is joined with each of the other.", cost.Took()),
				Question: redact.Plain("Are these pairs unintended?"),
				Settles:  redact.Plain("a count of rows per join key on both sides"),
				Default:  redact.Plain("leave the query as it is"),
				Fix:      redact.Plain("Check whether a join condition is missing. Then aggregate one side to one row per key before the join, or use EXISTS if only a match matters."),
			},
			Covered: covers,
		}
		if !n.Text("Join Filter").Empty() {
			f.Fix = redact.Plain("Rewrite the condition that removes the pairs (Join Filter) as an index lookup: LATERAL with ORDER BY and LIMIT 1 to find the last row before, or a range column with a GiST index for containment.")
		}
		if scan := rule.CostliestScan(rule.Subtree(inner)); scan != nil {
			f.Where.Relation = n.Plan.Node(scan).RelationName()
		}
		found(f)
	},
}
