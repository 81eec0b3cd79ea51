package plans

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var filterNotIndexCond = rule.Rule{
	ID:     "filter-not-index-cond",
	Title:  "Index scan with a filter that removes most rows",
	Sees:   "An index or bitmap scan whose filter (or recheck of lossy pages) removes at least half of the rows that its index condition found.",
	Why:    "Each removed row was first fetched from the table. An index that includes the filter's column avoids these fetches.",
	Silent: "The scan takes too little time to matter; an index can serve none of the filter's conditions; an existing index covers them.",
	Fix:    "Extend the index: add the filter's equality columns beside the existing ones, then a range column.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-multicolumn.html",
		"https://www.postgresql.org/docs/current/indexes-partial.html",
	},
	Thresholds: []*rule.Threshold{filterDiscard, filterPerRun, lossyShare},
	Rank:       rule.RankScan,
	On:         []string{"Index Scan", "Index Only Scan", "Bitmap Heap Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		if n.Catalog() || n.Small() || n.Use().Limit != nil && n.StoppedEarly() {
			return
		}
		byFilter, byRecheck := rule.Removed(n.Node)
		low, high, ok := n.Discard()
		if !ok || low < filterDiscard.In(c) || n.ScannedPerExec().Or(0) < filterPerRun.In(c) {
			return
		}
		cost := n.Plan.CostOf(append(rule.BitmapParts(n), n.Node)...)
		if !n.Plan.Significant(cost) || len(conditions.ByIndex(n.Node)) == 0 {
			return
		}
		p := n.Proposal()
		if p.Index == nil && p.Serving == nil || p.Right() && p.Index != nil {
			return
		}
		atLeast := ""
		if high-low > 0.1 { // averages over many loops are rounded
			atLeast = "at least "
		}
		e := rule.OfNode(n)
		e.Text("Index Cond", indexCond(n), "plan")
		e.Text("Filter", n.Text("Filter"), "plan")
		e.Number("rows removed by filter", opt.Of(byFilter), "rows", "plan")
		if byRecheck > 0 {
			e.Number("rows removed by index recheck", opt.Of(byRecheck), "rows", "plan")
		}
		e.Number("blocks", n.SelfBlocks(), "blocks", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost),
				Title: redact.Sprintf("%s fetches %s rows by index, and its %s %s%s", n.Ref(),
					figures.Count(n.ScannedTotal().Or(0)), rule.RemovedBy(n.Node), atLeast, figures.Share(low)),
			},
			Covered: append(rule.BitmapParts(n), n.Node),
		}
		propose(&f, n, p, "This scan", cost, e)
		if b, ok := bitmapOf(n); ok && byRecheck > byFilter && b.lossyShare() >= lossyShare.In(c) && !byBRIN(n, b) {
			f.Detail = redact.Append(f.Detail, "%s of its pages are lossy, because the bitmap did not fit into work_mem: all rows of these pages were rechecked.", figures.Share(b.lossyShare()))
		}
		if p.Index != nil && byOperator(n) && !keepsConditions(n, p.Index) {
			// What the plan's index finds is known; what the filter alone passes is not.
			f.Tag, f.ImpactMs = finding.Concern, opt.Float{}
			f.Decide("Do few rows of the table match the filter alone?", "a count of these rows, or n_distinct and most_common_freqs in pg_stats", "keep the index that the plan uses")
			f.Fix = redact.Append(f.Fix, "Otherwise add the filter to the index in use: WHERE with the filter, if its value is fixed, or both columns in one GIN index (CREATE EXTENSION btree_gin).")
		}
		if !f.ImpactMs.Known() && p.Serving == nil {
			// The removed rows took at most this.
			f.ImpactMs = opt.Map(cost.Ms, func(ms float64) float64 { return ms * low })
		}
		found(f)
	},
}

// byOperator reports whether the scan finds its rows by a condition that no B-tree
// serves: a containment, or a part of a text.
func byOperator(n *rule.Node) bool {
	return slices.ContainsFunc(conditions.ByIndex(n.Node), func(c sql.Cond) bool { return c.Op == sql.Contains || c.Op == sql.LikeAny })
}
