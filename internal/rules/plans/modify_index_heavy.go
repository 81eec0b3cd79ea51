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
	modifyMs      = rule.NewThreshold("ms", 100, "ms", "less is not worth a look")
	modifyRows    = rule.NewThreshold("rows", 1_000, "rows", "written; of fewer the first ones' reading of the indexes is most")
	modifyBlocks  = rule.NewThreshold("blocks_per_row", 20, "blocks", "touched for each row; the table takes one or two, an index three or four")
	modifyRowMs   = rule.NewThreshold("ms_per_row", 10, "ms", "a row takes hundredths of one with a few B-trees: one index alone must be dear")
	modifyIndexes = rule.NewThreshold("indexes", 6, "indexes", "of the table: each gets an entry for every row that is written")
	modifyWidth   = rule.NewThreshold("row_width", 2_000, "bytes", "wider values go to TOAST, whose blocks are of the row and of no index")
)

var modifyIndexHeavy = rule.Rule{
	ID:     "modify-index-heavy",
	Title:  "A write spends its time on indexes",
	Sees:   "An INSERT or UPDATE that takes half of its time, 100 ms or more, to write rows, and touches 20 blocks or more for each; or that takes 10 ms per row and touches hundreds.",
	Why:    "Each index of the table gets an entry for each new row version, at a place of its own. A full-text or JSON index gets one for each word or key.",
	Silent: "The rows are wide and go to TOAST; triggers take the time (slow-trigger), or a wait (lock-wait-suspected); few blocks per row.",
	Fix:    "Drop the indexes that nothing reads; write in larger batches; for a GIN index look at its pending list (fastupdate, gin_pending_list_limit).",
	Sources: []string{
		"https://www.postgresql.org/docs/current/populate.html#POPULATE-RM-INDEXES", "https://www.postgresql.org/docs/current/gin.html#GIN-FAST-UPDATE",
	},
	Thresholds: []*rule.Threshold{modifyShare, modifyMs, modifyRows, modifyBlocks, modifyRowMs, modifyIndexes, modifyWidth},
	Rank:       rule.RankRead + 1,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Type != "ModifyTable" || n.Operation == "Delete" || n.Has("Remote SQL") || n.Input() == nil {
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
		dear := eachMs >= modifyRowMs.In(c) && each >= 10*modifyBlocks.In(c)
		many := rows >= modifyRows.In(c) && each >= modifyBlocks.In(c) && n.Input().PlanWidth.Or(0) < modifyWidth.In(c)
		if !dear && !many {
			return
		}
		t := n.Table()
		limit := finding.Low // what is dear about it is not known
		if t != nil && (dear && hasWordIndex(t) || len(t.Indexes) >= int(modifyIndexes.In(c))) {
			limit = finding.Medium
		}
		e := rule.OfNode(n)
		e.Number("rows written", opt.Of(rows), "rows", "plan")
		e.Number("blocks", opt.Of(blocks), "blocks", "plan")
		e.Number("blocks per row", opt.Of(each), "blocks", "plan")
		e.Number("time per row", opt.Of(eachMs), "ms", "plan")
		f := rule.Found{Cost: cost, Finding: finding.Finding{
			Tag: finding.Concern, Severity: min(n.Plan.Severity(cost), limit),
			Title: redact.Sprintf("%s touches %s blocks and takes %s for each of its %s rows", n.Ref(), figures.Count(each), figures.Ms(eachMs), figures.Count(rows)),
		}}
		f.Detail = redact.Sprintf("Writing took %s. A row of the table takes a block or two; the others are of its indexes, or of wide values out of line.", cost.Took())
		f.Fix = redact.Plain("Drop the indexes that nothing reads; then write in larger batches. A GIN index takes its entries in bulk when its pending list is full: see fastupdate and gin_pending_list_limit.")
		if t == nil || len(t.Indexes) == 0 {
			f.Detail = redact.Sprintf("%s Judgment needed: which of them are needed. \\d of the table and pg_stat_user_indexes settle it; without these, drop none.", f.Detail)
		} else {
			e.Number("indexes", opt.Of(float64(len(t.Indexes))), "indexes", "pg_index")
			e.Number("HOT updates", opt.Both(t.HotUpdated, t.Updated, func(hot, all float64) float64 { return hot / max(all, 1) }), "share", "pg_stat_user_tables")
			f.Detail = redact.Sprintf("%s Judgment needed: which of its %s are needed.%s", f.Detail, figures.Plural(len(t.Indexes), "index"), unread(t))
		}
		f.Evidence = e
		found(f)
	},
}

// hasWordIndex reports whether one of the table's indexes takes several entries
// for a row.
func hasWordIndex(t *workload.Table) bool {
	return slices.ContainsFunc(t.Indexes, func(ix *workload.Index) bool { return ix.Def.Method == "gin" || ix.Def.Method == "gist" })
}

// unread names the indexes that nothing has read by, where that is known.
func unread(t *workload.Table) string {
	var names []string
	for _, ix := range t.Indexes {
		if scans, ok := ix.SinceReset().Scans.Get(); ok && scans == 0 && !ix.Unique.Or(false) {
			names = append(names, ix.Name)
		}
	}
	if len(names) == 0 {
		return " pg_stat_user_indexes, of every server that reads the table, settles it; without it, drop none."
	}
	return " Not scanned since the counters were reset: " + strings.Join(names, ", ") + ". The other servers that read the table settle it; without their counters, drop none."
}
