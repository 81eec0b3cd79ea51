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
	deadFetches = rule.NewThreshold("fetches_a_row", 2, "times", "one fetch per row is expected; more are dead row versions")
	heapCost    = rule.NewThreshold("cost_per_row", 1, "cost", "per row of a plan that was not executed; index entries alone cost a fiftieth of that, so the planner expects to read the table's pages")
	heapRows    = rule.NewThreshold("rows_expected", 10_000, "rows", "in such a plan")
	heapShare   = rule.NewThreshold("share", 0.1, "share", "of the rows returned; below that the scan is mostly index-only")
)

var heapFetches = rule.Rule{
	ID:     "heap-fetches",
	Title:  "Index-only scan with many heap fetches",
	Sees:   "An index-only scan that fetched many of its rows from the table, because the visibility map does not mark their pages as all-visible. In a plan that was not executed, an index-only scan whose cost includes such fetches.",
	Why:    "Each fetch reads a page of the table, so the scan costs as much as an ordinary index scan.",
	Silent: "Few fetches, or a small share of the rows; the scan takes too little time to matter.",
	Fix:    "VACUUM the table, which updates the visibility map. Then find out why autovacuum did not.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-index-only-scans.html",
	},
	Thresholds: []*rule.Threshold{heapFetched, heapShare, deadFetches, heapCost, heapRows},
	Rank:       rule.RankScan,
	Estimates:  true,
	On:         []string{"Index Only Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if !n.Plan.Analyzed {
			if f, ok := expectedFetches(n); ok {
				found(f)
			}
			return
		}
		fetches := n.Number("Heap Fetches").Or(0)
		if fetches < heapFetched.In(c) || fetches < heapShare.In(c)*n.RowsTotal.Or(0) {
			return
		}
		cost := n.Plan.CostOf(n.Node)
		if !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		e.Number("Heap Fetches", opt.Of(fetches), "rows", "plan")
		e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
		vacuum := n.Upkeep("VACUUM")
		f := rule.Found{Cost: cost, Remedies: []rule.Remedy{vacuum.Remedy()}, Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: n.Plan.Severity(cost),
			Title:  redact.Sprintf("%s needed %s heap fetches for %s rows", n.Ref(), figures.Count(fetches), figures.Count(n.RowsTotal.Or(0))),
			Detail: redact.Sprintf("The scan %s.", cost.Took()),
			Fix:    redact.Sprintf("Run %s.", vacuum),
		}}
		if n.Relation == "" { // the line of the plan was shortened
			f.Remedies, f.Fix = nil, redact.Sprintf("Run VACUUM on the table of %s.", n.Index)
		}
		if fetches > deadFetches.In(c)*n.RowsTotal.Or(0) {
			f.Detail = redact.Append(f.Detail, "Most fetches were dead row versions: there are far more fetches than rows.")
			f.Fix = redact.Append(f.Fix, keepsVersions)
		}
		if t := n.Table(); t != nil {
			if visible, pages, ok := opt.Two(t.AllVisible, t.Pages); ok && pages > 0 {
				e.Number("all-visible pages", opt.Of(visible/pages), "share", "pg_class")
			}
			e.Number("n_dead_tup", t.Dead, "rows", "pg_stat_user_tables")
			e.Number("n_ins_since_vacuum", t.InsSinceVacuum, "rows", "pg_stat_user_tables")
			f.More = redact.Plain(vacuumed(c, t.LastVacuum.Or(time.Time{}), t.LastAutovacuum.Or(time.Time{}), c.Snapshot.ExportedAt.Or(time.Time{})))
		} else {
			f.More = redact.Plain("The input does not show when the table was last vacuumed (pg_stat_user_tables).")
		}
		f.Evidence = e
		found(f)
	},
}

// expectedFetches finds the same in a plan that was not executed: the planner
// knows from the visibility map how much of the table will be read.
func expectedFetches(n *rule.Node) (rule.Found, bool) {
	rows, total, ok := opt.Two(n.PlanRows, n.TotalCost)
	if n.Type != "Index Only Scan" || !ok || rows < heapRows.In(n.Plan.Case) || total < heapCost.In(n.Plan.Case)*rows || n.Catalog() || rule.Sargable(n.Filter()) && n.IndexFindsFewRows() {
		return rule.Found{}, false
	}
	e := rule.OfNode(n)
	e.Number("rows expected", n.PlanRows, "rows", "plan")
	e.Number("cost", n.TotalCost, "cost", "plan")
	vacuum := n.Upkeep("VACUUM (ANALYZE)")
	return rule.Found{Remedies: []rule.Remedy{vacuum.Remedy()}, Finding: finding.Finding{
		Tag: finding.Concern, Severity: finding.Low, Evidence: e,
		Title:    redact.Sprintf("%s is expected to fetch its %s rows from the table", n.Ref(), figures.Count(rows)),
		Detail:   redact.Sprintf("The estimated cost is %s, or %s per row: most pages of the table are not marked all-visible.", figures.Count(total), figures.Count(total/rows)),
		More:     redact.Plain("This is usual after a load or a restore without VACUUM."),
		Question: redact.Plain("Do these heap fetches take the time?"),
		Settles:  redact.Plain("EXPLAIN (ANALYZE) of the statement (Heap Fetches)"),
		Default:  redact.Plain("run VACUUM, which does no harm"),
		Fix:      redact.Sprintf("Run %s.", vacuum),
	}}, true
}

// vacuumed returns a sentence on when a table was last vacuumed.
func vacuumed(c *rule.Case, by, auto, at time.Time) string {
	last := by
	if auto.After(last) {
		last = auto
	}
	switch {
	case last.IsZero():
		return "No VACUUM of the table is recorded."
	case at.After(last):
		return "The table was last vacuumed " + figures.Days(at.Sub(last).Hours()/24) + " before the export. Pages written since then are not all-visible; an old transaction can also prevent it."
	}
	return "The table was last vacuumed at " + last.UTC().Format("2006-01-02 15:04 UTC") + "."
}
