package plans

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var lossyRemoved = rule.NewThreshold("rows_share", 0.05, "share", "of the rows fetched that only lossy pages can have added")

// A page takes this much of a bitmap's memory with its entry and overhead
// (tidbitmap.c sizes its hash table by work_mem over the entry's size).
const bitmapPageBytes = 64

var lossyBitmap = rule.Rule{
	ID:         "lossy-bitmap",
	Title:      "Lossy bitmap: it did not fit into work_mem",
	Sees:       "A bitmap heap scan that kept whole pages instead of rows.",
	Why:        "Every row of a lossy page is fetched and rechecked, and most are removed. A lossy page proves that work_mem was smaller than the bitmap.",
	Silent:     "Fewer than 5% of the pages are lossy, or the index returned the removed rows itself (a nit), or the index is a BRIN index, which only knows pages.",
	Fix:        "Raise work_mem for this statement, never as the server default. If the scan also has a filter, or combines indexes, a composite or partial index reads fewer pages.",
	Sources:    []string{"https://www.postgresql.org/docs/current/indexes-bitmap-scans.html"},
	Thresholds: []*rule.Threshold{lossyShare, lossyRemoved},
	Rank:       rule.RankBitmap,
	On:         []string{"Bitmap Heap Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		b, ok := bitmapOf(n)
		if !ok || b.lossy == 0 || b.lossyShare() < lossyShare.In(c) || n.Catalog() || byBRIN(n, b) {
			return
		}
		cost := n.Plan.CostOf(append(rule.BitmapParts(n), n.Node)...)
		if !n.Plan.Significant(cost) {
			return
		}
		// An exact bitmap fetches the same pages: only the recheck of rows that the
		// index did not return is lost.
		wrong := b.byLossy.Or(b.removed)
		lost, reading := n.Plan.CostOf(n.Node), ownReading(n)
		if ms, ok := lost.Ms.Get(); ok {
			lost = n.Plan.CostOfMs(max(ms-reading.Or(0), 0) * wrong / math.Max(b.fetched, 1))
		}
		severity := finding.Nit
		if wrong >= lossyRemoved.In(c)*b.fetched {
			severity = n.Plan.Severity(lost)
		}
		e := rule.OfNode(n)
		e.Text("Recheck Cond", n.Text("Recheck Cond"), "plan")
		e.Number("Lossy Heap Blocks", opt.Of(b.lossy), "blocks", "plan")
		e.Number("Exact Heap Blocks", opt.Of(b.exact), "blocks", "plan")
		e.Number("Rows Removed by Index Recheck", opt.Of(b.removed), "rows", "plan")
		need := bitmapPageBytes * (b.exact + b.lossy) / max(n.Executions().Or(1), 1) // the pages are of all executions
		if ofLeader(n) {
			need *= n.Processes // which share one bitmap
		}
		e.Number("memory needed", opt.Of(need), "bytes", "model")
		f := rule.Found{
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: severity,
				Title: redact.Sprintf("%s reads %s bitmap pages, %s of them lossy, and the recheck removed %s", n.Ref(),
					figures.Count(b.exact+b.lossy), figures.Share(b.lossyShare()), rule.Counted(b.removed, "row")),
				Detail:   redact.Sprintf("The scan %s.", cost.Took()),
				More:     leaderOnly(n),
				Evidence: e,
				ImpactMs: lost.Ms,
			},
			Covered: append(rule.BitmapParts(n), n.Node),
		}
		if n.Has("Filter") || readsForAnd(n) {
			f.Fix = redact.Plain("A composite or partial index would read fewer pages.")
		}
		if severity == finding.Nit && wrong < b.removed/2 {
			f.Detail = redact.Append(f.Detail, "The index itself returned the removed rows, so an exact bitmap would remove them too.")
		} else {
			// Whatever the export says of work_mem, it was less than this here.
			raiseWorkMem(&f, c, max(need, workMemDefault), "", "the recheck of lossy pages")
			switch ms, known := reading.Get(); {
			case known && ms > 0:
				f.Detail = redact.Append(f.Detail, "%s of that was reading pages, which an exact bitmap reads as well.", figures.Ms(ms))
			case !known:
				f.Detail = redact.Append(f.Detail, "An exact bitmap reads the same pages, so that it saves at most the time of the recheck, which the plan does not show (track_io_timing is off).")
			}
		}
		found(f)
	},
}

// ownReading returns the time that a node itself waited for blocks, per process.
func ownReading(n *rule.Node) opt.Float {
	ms := n.IOReadMs()
	for _, c := range n.Children {
		ms = opt.Both(ms, opt.Of(c.IOReadMs().Or(0)), func(all, below float64) float64 { return max(all-below, 0) })
	}
	return opt.Map(ms, func(ms float64) float64 { return ms / math.Max(n.Processes, 1) })
}

// ofLeader reports whether the pages that a plan shows are those of the leader alone, as
// before 18.
func ofLeader(n *rule.Node) bool { return n.Processes > 1 && len(n.Workers) == 0 }

func leaderOnly(n *rule.Node) redact.Text {
	if ofLeader(n) {
		return redact.Plain("The page counts are of the leader process only, as shown by servers before 18.")
	}
	return redact.Text{}
}
