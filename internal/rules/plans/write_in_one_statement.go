package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	bulkRows  = rule.NewThreshold("rows", 100_000, "rows", "written by one statement: fewer are written within seconds")
	bulkMs    = rule.NewThreshold("ms", 1_000, "ms", "spent on writing; shorter locks disturb nobody")
	bulkShare = rule.NewThreshold("share", 0.5, "share", "of the execution, spent on writing")
)

var writeInOneStatement = rule.Rule{
	ID:     "write-in-one-statement",
	Title:  "One statement writes very many rows",
	Sees:   "An UPDATE or DELETE of 100,000 rows or more that spends most of its time, and a second or more, on writing them.",
	Why:    "Each updated row is a new version, with new entries in the indexes. All rows stay locked until the end, and VACUUM can reuse nothing of the old versions while the statement runs: the table grows by as much.",
	Silent: "The time is in finding the rows, in triggers or in a lock wait. Fewer rows.",
	Fix:    "Leave out rows that do not change, and write ranges of the key, each in its own transaction.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY", "https://www.postgresql.org/docs/current/storage-hot.html",
	},
	Thresholds: []*rule.Threshold{bulkRows, bulkMs, bulkShare},
	Rank:       rule.RankRead + 1,
	On:         []string{"ModifyTable"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Operation != "Update" && n.Operation != "Delete" || n.Has("Remote SQL") || n.Input() == nil {
			return
		}
		rows := n.Input().RowsTotal.Or(0)
		spent := n.SelfMs.Or(0) - n.Plan.ElsewhereMs()
		cost := n.Plan.CostOfMs(spent)
		if rows < bulkRows.In(c) || spent < bulkMs.In(c) || cost.Share.Or(0) < bulkShare.In(c) {
			return
		}
		e := rule.OfNode(n)
		e.Number("rows written", opt.Of(rows), "rows", "plan")
		e.Number("time per row", opt.Of(spent/rows), "ms", "plan")
		f := rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: min(n.Plan.Severity(cost), finding.Medium), Evidence: e,
			Title:  redact.Sprintf("%s writes %s in one statement, %s each", n.Ref(), figures.Plural(int(rows), "row"), figures.Ms(spent/rows)),
			Detail: redact.Sprintf("Writing %s. The rows stay locked until the end, and until then the table and its indexes only grow.", cost.Took()),
			Fix:    redact.Plain("Leave out the rows that do not change (WHERE column IS DISTINCT FROM the new value). Write the others in ranges of the key, each in a transaction of its own, with time for VACUUM in between."),
		}}
		if n.Operation == "Delete" {
			f.Title = redact.Sprintf("%s deletes %s in one statement, %s each", n.Ref(), figures.Plural(int(rows), "row"), figures.Ms(spent/rows))
			f.Detail = redact.Sprintf("Deleting %s. The rows stay locked until the end.", cost.Took())
			f.Fix = redact.Plain("Delete ranges of the key, each in a transaction of its own, with time for VACUUM in between. If it is done again and again, partition the table by that time and drop whole partitions.")
		}
		found(f)
	},
}
