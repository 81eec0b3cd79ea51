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
	deadEntries = rule.NewThreshold("entries", 10_000, "entries", "of a bitmap's index scan; fewer are gone through in a few milliseconds")
	deadPerRow  = rule.NewThreshold("entries_per_row", 10, "entries", "for each row that a snapshot sees")
)

var deadIndexEntries = rule.Rule{
	ID:    "dead-index-entries",
	Title: "An index leads to dead rows",
	Sees: "A bitmap scan without a filter or a recheck that drops rows, whose index gave ten entries or more for each row that the table had; " +
		"or a lookup of a few rows that touched a hundred blocks, although the planner knows that the condition leads the index.",
	Why:    "An entry stays in the index until VACUUM takes it out with the row's dead versions. Tables that change state all day, such as queues, fill with them, and an old transaction keeps them all.",
	Silent: "Few entries; a filter, lossy pages or a recheck that explain them; a scan that was stopped early.",
	Fix:    "VACUUM the table. Where that does not help, end what keeps the old versions: an old transaction, an idle replication slot, a standby with hot_standby_feedback. Then let autovacuum come more often to this table.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html", "https://www.postgresql.org/docs/current/routine-reindex.html",
	},
	Thresholds: []*rule.Threshold{deadEntries, deadPerRow, deadBlocks, deadLookupRows, deadPlanned},
	Rank:       rule.RankScan,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Catalog() || n.StoppedEarly() || !n.Text("Filter").Empty() {
			return
		}
		covers := append([]*plan.Node{n.Node}, rule.BitmapParts(n)...)
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Material(cost) {
			return
		}
		e := rule.OfNode(n)
		f := rule.Found{Covered: covers, Cost: cost, Finding: finding.Finding{Severity: n.Plan.Severity(cost)}}
		rows := n.RowsTotal.Or(0)
		if entries, index, ok := bitmapEntries(n); ok {
			if entries < deadEntries.In(c) || entries < deadPerRow.In(c)*max(rows, 1) {
				return
			}
			e.Number("entries of the index", opt.Of(entries), "entries", "plan")
			f.Tag = finding.Confirmed
			f.Title = redact.Sprintf("%s: %s gave %s entries, and the table has %s rows for them", n.Ref(), index, figures.Count(entries), figures.Count(rows))
			f.Detail = redact.Sprintf("It took %s. Nothing was filtered away: the other entries lead to versions of rows that are dead, or not there for this transaction.", cost.Took())
		} else if blocks, ok := deadLookup(n); ok {
			e.Number("blocks of a lookup", opt.Of(blocks), "blocks", "plan")
			e.Number("cost of a lookup", n.TotalCost, "cost", "plan")
			f.Tag = finding.Concern
			f.Title = redact.Sprintf("%s touches %s blocks for each of %s", n.Ref(), figures.Count(blocks), lookups(n))
			f.Detail = redact.Sprintf("It took %s. The planner expected a few blocks, so the condition leads the index; dead versions of the rows are what makes a lookup so long. "+
				"Judgment needed: whether they are dead rows of now. n_dead_tup in pg_stat_user_tables settles it; without it, VACUUM does no harm.", cost.Took())
		} else {
			return
		}
		f.Fix = redact.Sprintf("No new index. VACUUM %s; it takes SHARE UPDATE EXCLUSIVE, reads and writes go on. Where that does not help, something keeps the old versions: "+
			"look for an old transaction (pg_stat_activity.xact_start), an idle replication slot, or a standby with hot_standby_feedback.", n.RelationName())
		if t := n.Table(); t != nil {
			e.Number("n_dead_tup", t.Dead, "rows", "pg_stat_user_tables")
		}
		f.Evidence = e
		found(f)
	},
}

// bitmapEntries is how many entries the one index of a bitmap scan gave, where
// each of them must have been a row: nothing dropped any.
func bitmapEntries(n *rule.Node) (entries float64, index string, ok bool) {
	b, ok := bitmapOf(n)
	if !ok || b.removed > 0 || b.lossy > 0 || b.exact == 0 || len(n.Children) != 1 || n.Children[0].Type != "Bitmap Index Scan" {
		return 0, "", false
	}
	entries, ok = n.Children[0].RowsTotal.Get()
	return entries, n.Children[0].Index, ok
}

// lookups are the runs of an index scan, in words.
func lookups(n *rule.Node) string {
	rows := figures.Count(n.RowsTotal.Or(0)) + " rows"
	if loops := n.Loops.Or(1); loops > 1 {
		return figures.Count(loops) + " lookups, which find " + rows
	}
	return rows
}
