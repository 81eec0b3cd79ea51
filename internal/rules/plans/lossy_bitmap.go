package plans

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var lossyShare = rule.NewThreshold("lossy_share", 0.05, "share", "of the heap pages; below this the rechecks cost next to nothing")

// A page takes this much of a bitmap's memory with its entry and overhead
// (tidbitmap.c sizes its hash table by work_mem over the entry's size).
const bitmapPageBytes = 64

var lossyBitmap = rule.Rule{
	ID:         "lossy-bitmap",
	Title:      "Lossy bitmap: it did not fit into work_mem",
	Sees:       "A bitmap heap scan that kept whole pages instead of rows.",
	Why:        "Every row of a lossy page is fetched and rechecked, and most are removed. A lossy page proves that work_mem was smaller than the bitmap.",
	Silent:     "Fewer than 5% of the pages are lossy, or the index is a BRIN index, which only knows pages.",
	Fix:        "Raise work_mem for this statement, never as the server default. If the scan also has a filter, or combines indexes, a composite or partial index reads fewer pages.",
	Sources:    []string{"https://www.postgresql.org/docs/current/indexes-bitmap-scans.html"},
	Thresholds: []*rule.Threshold{lossyShare},
	Rank:       rule.RankBitmap,
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		b, ok := bitmapOf(n)
		if !ok || b.lossy == 0 || b.lossyShare() < lossyShare.In(c) || n.Catalog() || byBRIN(n, b) {
			return
		}
		cost := n.Plan.CostOf(append(rule.BitmapParts(n), n.Node)...)
		if !n.Plan.Significant(cost) {
			return
		}
		lost := n.Plan.CostOf(n.Node)
		if ms, ok := lost.Ms.Get(); ok {
			lost = n.Plan.CostOfMs(ms * b.removedShare())
		}
		severity := finding.Nit
		if b.removed > 0 {
			severity = n.Plan.Severity(lost)
		}
		e := rule.OfNode(n)
		e.Text("Recheck Cond", n.Text("Recheck Cond"), "plan")
		e.Number("Lossy Heap Blocks", opt.Of(b.lossy), "blocks", "plan")
		e.Number("Exact Heap Blocks", opt.Of(b.exact), "blocks", "plan")
		e.Number("Rows Removed by Index Recheck", opt.Of(b.removed), "rows", "plan")
		need := bitmapPageBytes * (b.exact + b.lossy) / max(n.Executions().Or(1), 1) // the pages are of all executions
		e.Number("memory needed", opt.Of(need), "bytes", "model")
		f := rule.Found{
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: severity,
				Title: redact.Sprintf("%s: %s of %s bitmap pages are lossy, and the recheck removed %s", n.Ref(),
					figures.Share(b.lossyShare()), figures.Count(b.exact+b.lossy), rule.Counted(b.removed, "row")),
				Detail:   redact.Sprintf("The scan took %s.", cost.Took()),
				More:     leaderOnly(n),
				Evidence: e,
				ImpactMs: lost.Ms,
			},
			Covered: append(rule.BitmapParts(n), n.Node),
		}
		if n.Has("Filter") || readsForAnd(n) {
			f.Fix = redact.Plain("A composite or partial index would read fewer pages.")
		}
		// Whatever the export says of work_mem, it was less than this here.
		proposeWorkMem(&f, c, max(need, workMemDefault), "", "the bitmap stays exact")
		found(f)
	},
}

// leaderOnly notes that before 18 the pages shown are those of the leader.
func leaderOnly(n *rule.Node) redact.Text {
	if n.Processes > 1 && len(n.Workers) == 0 {
		return redact.Plain("The page counts are of the leader process only, as shown by servers before 18.")
	}
	return redact.Text{}
}
