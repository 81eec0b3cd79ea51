package plans

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	modifyShare   = rule.NewThreshold("share", 0.5, "share", "of the execution, spent in the write itself")
	modifyMs      = rule.NewThreshold("ms", 100, "ms", "less is not significant")
	modifyRows    = rule.NewThreshold("rows", 1_000, "rows", "written; with fewer, most blocks are the first reads of the indexes")
	modifyBlocks  = rule.NewThreshold("blocks_per_row", 20, "blocks", "touched per row; the table takes one or two, an index three or four")
	modifyRowMs   = rule.NewThreshold("ms_per_row", 10, "ms", "with a few B-trees a row takes hundredths of 1 ms, so one index alone must be expensive")
	modifyIndexes = rule.NewThreshold("indexes", 6, "indexes", "of the table: each gets an entry for every row written")
	modifyWidth   = rule.NewThreshold("row_width", 2_000, "bytes", "wider values are stored in TOAST, whose blocks belong to no index")
)

var modifyIndexHeavy = rule.Rule{
	ID:     "modify-index-heavy",
	Title:  "Write spends its time on indexes",
	Sees:   "An INSERT or UPDATE that spends at least half of its time, and at least 100 ms, on writing rows, and touches at least 20 blocks per row; or one that takes 10 ms per row and touches hundreds of blocks.",
	Why:    "Each index gets an entry for each new row version, in another place. A full-text or JSON index gets one entry per word or key.",
	Silent: "The rows are wide and stored in TOAST, the time is in triggers (slow-trigger) or in a lock wait (lock-wait-suspected), or there are few blocks per row.",
	Fix:    "Drop unused indexes. Write in larger batches. For a GIN index check its pending list (fastupdate, gin_pending_list_limit).",
	Sources: []string{
		"https://www.postgresql.org/docs/current/populate.html#POPULATE-RM-INDEXES", "https://www.postgresql.org/docs/current/gin.html#GIN-FAST-UPDATE",
	},
	Thresholds: []*rule.Threshold{modifyShare, modifyMs, modifyRows, modifyBlocks, modifyRowMs, modifyIndexes, modifyWidth},
	Rank:       rule.RankRead + 1,
	On:         []string{"ModifyTable"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Operation == "Delete" || n.Has("Remote SQL") || n.Input() == nil {
			return
		}
		rows := n.Input().RowsTotal.Or(0)
		spent := n.SelfMs.Or(0) - n.Plan.ElsewhereMs()
		cost := n.Plan.CostOfMs(spent)
		blocks, ok := n.SelfBlocks().Get()
		if !ok || rows == 0 || spent < modifyMs.In(c) || cost.Share.Or(0) < modifyShare.In(c) {
			return
		}
		each, eachMs := blocks/rows, spent/rows
		slow := eachMs >= modifyRowMs.In(c) && each >= 10*modifyBlocks.In(c)
		many := rows >= modifyRows.In(c) && each >= modifyBlocks.In(c) && n.Input().PlanWidth.Or(0) < modifyWidth.In(c)
		if !slow && !many {
			return
		}
		t := n.Table()
		limit := finding.Low // the cause is not known
		if t != nil && (slow && hasWordIndex(t) || len(t.Indexes) >= int(modifyIndexes.In(c))) {
			limit = finding.Medium
		}
		e := rule.OfNode(n)
		e.Number("rows written", opt.Of(rows), "rows", "plan")
		e.Number("blocks", opt.Of(blocks), "blocks", "plan")
		e.Number("blocks per row", opt.Of(each), "blocks", "plan")
		e.Number("time per row", opt.Of(eachMs), "ms", "plan")
		f := rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), limit),
			Title: redact.Sprintf("%s touches %s blocks and takes %s per row, for %s rows", n.Ref(), figures.Count(each), figures.Ms(eachMs), figures.Count(rows)),
		}}
		f.Detail = redact.Sprintf("Writing %s. The table takes one or two blocks per row; the others belong to its indexes or to TOAST.", cost.Took())
		f.Fix = redact.Plain("Drop unused indexes, then write in larger batches. Check fastupdate and gin_pending_list_limit of GIN indexes: entries are merged in bulk when the pending list is full.")
		if t == nil || len(t.Indexes) == 0 {
			f.Question = redact.Plain("Which indexes of the table are unused?")
			f.Settles = redact.Plain("\\d of the table and pg_stat_user_indexes")
		} else {
			e.Number("indexes", opt.Of(float64(len(t.Indexes))), "indexes", "pg_index")
			e.Number("HOT updates", opt.Both(t.HotUpdated, t.Updated, func(hot, all float64) float64 { return hot / max(all, 1) }), "share", "pg_stat_user_tables")
			f.Question = redact.Sprintf("Which of the %s of the table are unused?", figures.Plural(len(t.Indexes), "index"))
			f.Settles = redact.Plain("pg_stat_user_indexes of every server that reads the table, replicas included")
			if unread := unread(t); unread != "" {
				f.More = redact.Sprintf("Not scanned since the last statistics reset: %s.", unread)
			}
		}
		f.Default = redact.Plain("drop no index")
		f.Evidence = e
		found(f)
	},
}

// hasWordIndex reports whether one of the table's indexes has several entries per
// row.
func hasWordIndex(t *workload.Table) bool {
	return slices.ContainsFunc(t.Indexes, func(ix *workload.Index) bool { return ix.Def.Method == "gin" || ix.Def.Method == "gist" })
}

// unread names the indexes without a scan since the last statistics reset.
func unread(t *workload.Table) string {
	var names []string
	for _, ix := range t.Indexes {
		if scans, ok := ix.SinceReset().Scans.Get(); ok && scans == 0 && !ix.Unique.Or(false) {
			names = append(names, ix.Name)
		}
	}
	return strings.Join(names, ", ")
}
