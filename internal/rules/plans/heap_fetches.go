package plans

import (
	"time"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var (
	heapFetched = rule.NewThreshold("fetches", 1_000, "rows", "fewer are read in about a millisecond")
	deadFetches = rule.NewThreshold("fetches_a_row", 2, "times", "an entry is fetched once for its row: more are dead versions")
	heapCost    = rule.NewThreshold("cost_per_row", 1, "cost", "of a row of a plan that was not executed: entries alone cost a fiftieth of that, so the planner counts on the table's pages")
	heapRows    = rule.NewThreshold("rows_expected", 10_000, "rows", "of such a plan")
	heapShare   = rule.NewThreshold("share", 0.1, "share", "of the rows that the scan returned: below it most of it is index-only")
)

var heapFetches = rule.Rule{
	ID:     "heap-fetches",
	Title:  "An index-only scan that goes to the table",
	Sees:   "An index-only scan that fetched many of its rows from the heap, because the visibility map does not say that their pages are visible to all; in a plan that was not executed, one whose cost says that it will.",
	Why:    "Each fetch reads a page of the table: the scan does the work of an ordinary index scan.",
	Silent: "Few rows, or a small part of them; it takes too little of the time to matter.",
	Fix:    "VACUUM the table, which sets the visibility map; then find out why autovacuum had not.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-index-only-scans.html",
	},
	Thresholds: []*rule.Threshold{heapFetched, heapShare, deadFetches, heapCost, heapRows},
	Rank:       rule.RankScan,
	Estimates:  true,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !n.Plan.Analyzed {
			if f, ok := expectedFetches(n); ok {
				found(f)
			}
			return
		}
		fetches := n.Number("Heap Fetches").Or(0)
		if n.Type != "Index Only Scan" || fetches < heapFetched.In(c) || fetches < heapShare.In(c)*n.RowsTotal.Or(0) {
			return
		}
		cost := n.Plan.CostOf(n.Node)
		if !n.Plan.Material(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("Heap Fetches", opt.Of(fetches), "rows", "plan")
		e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
		f := rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.Severity(cost),
			Title:  redact.Sprintf("%s went to the table %s times for %s rows", n.Ref(), figures.Count(fetches), figures.Count(n.RowsTotal.Or(0))),
			Detail: redact.Sprintf("It took %s.", cost.Took()),
			Fix:    redact.Sprintf("VACUUM %s; it takes SHARE UPDATE EXCLUSIVE, reads and writes go on.", n.RelationName()),
		}}
		if fetches > deadFetches.In(c)*n.RowsTotal.Or(0) {
			f.Detail = redact.Sprintf("%s It fetched far more than it returned: most were versions that nobody sees any more.", f.Detail)
			f.Fix = redact.Sprintf("VACUUM %s. Where that does not help, something keeps the old versions: look for an old transaction, an idle replication slot, or a standby with hot_standby_feedback.", n.RelationName())
		}
		if t := n.Table(); t != nil {
			if visible, pages, ok := opt.Two(t.AllVisible, t.Pages); ok && pages > 0 {
				e.Number("pages that are all-visible", opt.Of(visible/pages), "share", "pg_class")
			}
			e.Number("n_dead_tup", t.Dead, "rows", "pg_stat_user_tables")
			e.Number("n_ins_since_vacuum", t.InsSinceVacuum, "rows", "pg_stat_user_tables")
			f.Detail = redact.Sprintf("%s %s", f.Detail, vacuumed(c, t.LastVacuum.Or(time.Time{}), t.LastAutovacuum.Or(time.Time{}), c.Snapshot.ExportedAt.Or(time.Time{})))
		} else {
			f.Detail = redact.Sprintf("%s When the table was last vacuumed is not in the input (pg_stat_user_tables).", f.Detail)
		}
		f.Evidence = e
		found(f)
	},
}

// expectedFetches is the same of a plan that was not executed: the planner
// knows from the visibility map how much of the table it will have to read.
func expectedFetches(n *rule.Node) (rule.Found, bool) {
	rows, total, ok := opt.Two(n.PlanRows, n.TotalCost)
	if n.Type != "Index Only Scan" || !ok || rows < heapRows.In(n.Plan.Case) || total < heapCost.In(n.Plan.Case)*rows || n.Catalog() || rule.Sargable(n.Filter()) && n.Answered() {
		return rule.Found{}, false
	}
	e := rule.OfNode(n)
	e.Number("rows expected", n.PlanRows, "rows", "plan")
	e.Number("cost", n.TotalCost, "cost", "plan")
	return rule.Found{Finding: finding.Finding{
		Tag: finding.Concern, Severity: finding.Low, Evidence: e,
		Title: redact.Sprintf("%s is expected to go to the table for its %s rows", n.Ref(), figures.Count(rows)),
		Detail: redact.Sprintf("It costs %s, which is %s a row: by the visibility map most pages of the table are not known to be visible to all, as after a load or a restore that no VACUUM followed. "+
			"Judgment needed: whether that is what takes the time. EXPLAIN (ANALYZE) settles it (Heap Fetches).", figures.Count(total), figures.Count(total/rows)),
		Fix: redact.Sprintf("VACUUM (ANALYZE) %s; it takes SHARE UPDATE EXCLUSIVE, reads and writes go on.", n.RelationName()),
	}}, true
}

// vacuumed says when a table was last vacuumed.
func vacuumed(c *rule.Case, by, auto, at time.Time) string {
	last := by
	if auto.After(last) {
		last = auto
	}
	switch {
	case last.IsZero():
		return "No vacuum of it is on record."
	case at.After(last):
		return "It was vacuumed " + figures.Days(at.Sub(last).Hours()/24) + " before the export; what was written since is not visible to all, and an old transaction may have kept it so."
	}
	return "It was vacuumed at " + last.UTC().Format("2006-01-02 15:04 UTC") + "."
}
