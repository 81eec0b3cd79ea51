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
	deadEntries = rule.NewThreshold("entries", 10_000, "entries", "read by a bitmap index scan; fewer take a few milliseconds")
	deadPerRow  = rule.NewThreshold("entries_per_row", 10, "entries", "per visible row")
)

var deadIndexEntries = rule.Rule{
	ID:    "dead-index-entries",
	Title: "Index scan reads entries of dead rows",
	Sees: "A bitmap scan whose index returned at least ten entries per visible row, although neither a filter nor a recheck removed rows. " +
		"Or a lookup of a few rows that touched 100 blocks or more, although its cost shows that the condition is on the index's leading column.",
	Why:    "An index entry stays until VACUUM removes it with the dead row version. Tables whose rows often change state, such as queues, collect many dead rows, and an old transaction keeps all of them.",
	Silent: "Few entries; a filter, lossy pages or a recheck explain them; the scan was stopped early.",
	Fix:    "VACUUM the table. If that does not help, end what keeps the old row versions: an old transaction, an idle replication slot, or a standby with hot_standby_feedback. Then make autovacuum run more often on this table.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html", "https://www.postgresql.org/docs/current/routine-reindex.html",
	},
	Thresholds: []*rule.Threshold{deadEntries, deadPerRow, deadBlocks, deadLookupRows, deadPlanned},
	Rank:       rule.RankScan,
	On:         []string{"Bitmap Heap Scan", "Index Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Catalog() || n.StoppedEarly() || !n.Text("Filter").Empty() {
			return
		}
		covers := append([]*plan.Node{n.Node}, rule.BitmapParts(n)...)
		cost := n.Plan.CostOf(covers...)
		if !n.Plan.Significant(cost) {
			return
		}
		e := rule.OfNode(n)
		f := rule.Found{Covered: covers, Cost: cost, Finding: finding.Finding{Severity: n.Plan.Severity(cost)}}
		rows := n.RowsTotal.Or(0)
		if entries, index, ok := bitmapEntries(n); ok {
			if entries < deadEntries.In(c) || entries < deadPerRow.In(c)*max(rows, 1) {
				return
			}
			e.Number("index entries", opt.Of(entries), "entries", "plan")
			f.Tag = finding.Confirmed
			f.Title = redact.Sprintf("%s reads %s entries of %s for %s visible rows", n.Ref(), figures.Count(entries), index, figures.Count(rows))
			f.Detail = redact.Sprintf("The scan %s. No filter removed rows: the other entries point to row versions that are dead or not visible to this transaction.", cost.Took())
		} else if blocks, ok := deadLookup(n); ok {
			e.Number("blocks per lookup", opt.Of(blocks), "blocks", "plan")
			e.Number("cost per lookup", n.TotalCost, "cost", "plan")
			f.Tag = finding.Concern
			f.Title = redact.Sprintf("%s touches %s blocks per lookup: %s for %s", n.Ref(), figures.Count(blocks), rule.Counted(n.Loops.Or(1), "lookup"), rule.Counted(rows, "row"))
			f.Detail = redact.Sprintf("The scan %s. The planner expected a few blocks, so the condition is on the index's leading column; dead row versions would explain the rest.", cost.Took())
			f.Decide("Does the table have many dead rows now?", "n_dead_tup in pg_stat_user_tables", "run VACUUM, which does no harm")
		} else {
			return
		}
		vacuum := n.Upkeep("VACUUM")
		f.Fix = redact.Sprintf("Run %s. Do not create an index. %s", vacuum, keepsVersions)
		f.Remedies = append(f.Remedies, vacuum.Remedy())
		if t := n.Table(); t != nil {
			e.Number("n_dead_tup", t.Dead, "rows", "pg_stat_user_tables")
		}
		f.Evidence = e
		found(f)
	},
}

// bitmapEntries returns how many entries the only index of a bitmap scan
// returned, if each must have been a row: nothing removed any.
func bitmapEntries(n *rule.Node) (entries float64, index string, ok bool) {
	b, ok := bitmapOf(n)
	if !ok || b.removed > 0 || b.lossy > 0 || b.exact == 0 || len(n.Children) != 1 || n.Children[0].Type != "Bitmap Index Scan" {
		return 0, "", false
	}
	entries, ok = n.Children[0].RowsTotal.Get()
	return entries, n.Children[0].Index, ok
}
