package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	conflictShare = rule.NewThreshold("conflicts", 0.5, "share", "of the rows offered: most look-ups are for rows that exist")
	conflictTime  = rule.NewThreshold("share", 0.2, "share", "of the execution, spent in the INSERT itself")
)

var upsertConflicts = rule.Rule{
	ID:     "upsert-conflicts",
	Title:  "Most rows of ON CONFLICT exist already",
	Sees:   "An INSERT ... ON CONFLICT that takes at least 20% of the time, and at least half of its rows are in conflict.",
	Why:    "Each offered row is looked up in the unique index before anything is written. DO UPDATE also writes a new version of each row, changed or not.",
	Silent: "Most rows are new, or the INSERT itself takes little of the time.",
	Fix:    "Offer fewer rows: remove duplicates (DISTINCT) and rows that exist already (NOT EXISTS). With DO UPDATE offer only rows that differ.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT",
	},
	Thresholds: []*rule.Threshold{conflictShare, conflictTime},
	Rank:       rule.RankRead + 2,
	On:         []string{"ModifyTable"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		conflicts, inserted, ok := opt.Two(n.Number("Conflicting Tuples"), n.Number("Tuples Inserted"))
		offered := conflicts + inserted
		if !ok || offered == 0 {
			return
		}
		spent := n.SelfMs
		if n.Text("Conflict Resolution").Raw() == "NOTHING" { // which computes nothing more for the rows
			spent = opt.Of(spent.Or(rule.OutsideInput(n.Node).Or(0)))
		}
		cost := n.Plan.CostOfMs(max(spent.Or(0)-n.Plan.ElsewhereMs(), 0))
		if conflicts < conflictShare.In(c)*offered || cost.Share.Or(0) < conflictTime.In(c) || !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("Conflicting Tuples", opt.Of(conflicts), "rows", "plan")
		e.Number("Tuples Inserted", opt.Of(inserted), "rows", "plan")
		e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
		f := rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.Severity(cost), Evidence: e,
			Title: redact.Sprintf("%s: %s of the %s rows offered exist already (%s conflicts)",
				n.Ref(), figures.Share(conflicts/offered), figures.Count(offered), figures.Count(conflicts)),
			Detail: redact.Sprintf("Looking rows up and writing them %s. Each row is looked up in the unique index before it is written.", cost.Took()),
			Fix:    redact.Plain("Remove duplicates (DISTINCT) and rows that exist already (NOT EXISTS, which is one anti join) before the INSERT. Offer the rows in key order, so that neighbors are on the same index pages."),
		}}
		if n.Text("Conflict Resolution").Raw() == "UPDATE" {
			f.Fix = redact.Plain("Offer only rows that differ from the existing ones: join the target table and compare (IS DISTINCT FROM). Without that, an unchanged row is written again too. Offer the rows in key order, so that neighbors are on the same index pages.")
		}
		found(f)
	},
}
