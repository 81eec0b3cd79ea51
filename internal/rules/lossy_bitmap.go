package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
)

var lossyShare = NewThreshold("lossy_share", 0.05, "share", "of the heap pages; below that the rechecks are lost in the noise")

// A page takes this much of a bitmap's memory with its entry and overhead
// (tidbitmap.c sizes its hash table by work_mem over the entry's size).
const bitmapPageBytes = 64

var lossyBitmap = Rule{
	ID:         "lossy-bitmap",
	Title:      "A bitmap did not fit into work_mem",
	Sees:       "A bitmap heap scan that kept whole pages instead of rows.",
	Why:        "Every row of a lossy page is fetched and checked again, and most are dropped.",
	Silent:     "Fewer than one page in twenty is lossy; a BRIN index, which knows pages alone.",
	Fix:        "A composite or partial index, so that fewer pages are needed; then work_mem for this statement, never as the server's default.",
	Sources:    []string{"https://www.postgresql.org/docs/current/indexes-bitmap-scans.html"},
	Thresholds: []*Threshold{lossyShare},
	Rank:       rankBitmap,
	Node: func(c *Case, n *Node, found func(Found)) {
		b, ok := bitmapOf(n)
		if !ok || b.lossy == 0 || b.lossyShare() < lossyShare.In(c) || n.catalog() || n.byBRIN(b) {
			return
		}
		cost := n.Plan.costOf(append(bitmapParts(n), n.Node)...)
		if !n.Plan.material(cost) {
			return
		}
		lost := n.Plan.costOf(n.Node)
		if ms, ok := lost.ms.Get(); ok {
			lost = n.Plan.costOfMs(ms * b.removedShare())
		}
		severity := finding.Nit
		if b.removed > 0 {
			severity = n.Plan.severity(lost)
		}
		e := ofNode(n)
		e.text("Recheck Cond", n.Text("Recheck Cond"), "plan")
		e.number("Lossy Heap Blocks", opt.Of(b.lossy), "blocks", "plan")
		e.number("Exact Heap Blocks", opt.Of(b.exact), "blocks", "plan")
		e.number("Rows Removed by Index Recheck", opt.Of(b.removed), "rows", "plan")
		need := bitmapPageBytes * (b.exact + b.lossy)
		e.number("memory that would do", opt.Of(need), "bytes", "model")
		f := Found{
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: severity,
				Title: redact.Sprintf("%s kept %s of its %s pages as whole pages and dropped %s rows again", n.name(),
					figures.Share(b.lossyShare()), figures.Count(b.exact+b.lossy), figures.Count(b.removed)),
				Detail:   redact.Sprintf("It took %s.%s", cost.took(), leaderOnly(n)),
				Fix:      redact.Plain("A composite or partial index that needs fewer pages, else memory for this statement."),
				Evidence: e,
				ImpactMs: lost.ms,
			},
			covers: append(bitmapParts(n), n.Node),
		}
		if need > c.workMem() {
			f.giveMemory(c, need, "", "the bitmap keeps rows instead of pages")
		}
		found(f)
	},
}

// brinRows is what a BRIN index reports for each page that it gives
// (bringetbitmap).
const brinRows = 10

// byBRIN reports whether the scan's index is a BRIN one: by its definition, or
// by the count of rows that only such an index gives.
func (n *Node) byBRIN(b bitmapFacts) bool {
	if method := n.indexMethod(); method != "" {
		return method == "brin"
	}
	rows := 0.0
	for _, part := range bitmapParts(n) {
		rows += part.RowsTotal.Or(0)
	}
	return b.exact == 0 && b.lossy > 0 && rows == brinRows*b.lossy
}

// leaderOnly says that before 18 the pages shown are the leader's.
func leaderOnly(n *Node) string {
	if n.Processes > 1 && len(n.Workers) == 0 {
		return " The pages are those of the leading process alone, as servers before 18 show them."
	}
	return ""
}
