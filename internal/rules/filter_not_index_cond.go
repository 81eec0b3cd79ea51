package rules

import (
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var (
	filterDiscard = NewThreshold("discard", 0.5, "share", "half of what the index finds is fetched for nothing")
	filterRemoved = NewThreshold("rows_removed", 1_000, "rows", "fewer cost next to nothing")
)

var filterNotIndexCond = Rule{
	ID:     "filter-not-index-cond",
	Title:  "An index was used, and the filter still discards",
	Sees:   "An index or bitmap scan with an index condition whose filter drops half or more of the rows that the index found.",
	Why:    "Each dropped row was fetched from the heap first. With the filter's column in the index those fetches go.",
	Silent: "Few rows are dropped; none of the filter's conditions is one that an index can answer; an existing index covers them.",
	Fix:    "Extend the index: the filter's equality columns beside the existing ones, a range after them.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-multicolumn.html",
		"https://www.postgresql.org/docs/current/indexes-partial.html",
	},
	Thresholds: []*Threshold{filterDiscard, filterRemoved},
	Rank:       rankScan,
	Node: func(c *Case, n *Node, found func(Found)) {
		if !n.Is("Index Scan", "Index Only Scan", "Bitmap Heap Scan") || n.catalog() || n.small() || n.StoppedEarly() {
			return
		}
		filter := n.Filter()
		if len(indexadvisor.IndexConditions(n.Node)) == 0 || !sargable(filter) {
			return
		}
		removed := opt.Both(n.Number("Rows Removed by Filter"), n.Loops, func(a, b float64) float64 { return a * b }).Or(0)
		low, high, ok := n.Discard()
		if !ok || low < filterDiscard.In(c) || removed < filterRemoved.In(c) {
			return
		}
		cost := n.Plan.costOf(append(bitmapParts(n), n.Node)...)
		p := n.Proposal()
		if !n.Plan.material(cost) || p.Index == nil && p.Serving == nil || p.Right() && p.Index != nil || n.alreadyBy(p.Index) {
			return
		}
		atLeast := ""
		if high-low > 0.1 { // averages over many loops are rounded
			atLeast = "at least "
		}
		e := ofNode(n)
		e.text("Index Cond", indexCond(n), "plan")
		e.text("Filter", n.Text("Filter"), "plan")
		e.number("rows removed by the filter", opt.Of(removed), "rows", "plan")
		e.number("blocks", n.SelfBlocks(), "blocks", "plan")
		f := Found{
			cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.severity(cost),
				Title: redact.Sprintf("%s fetches %s rows by the index and its filter drops %s%s", n.name(),
					figures.Count(removed+n.RowsTotal.Or(0)), atLeast, figures.Share(low)),
			},
			covers: append(bitmapParts(n), n.Node),
		}
		f.propose(n, p, cost, e)
		if !f.ImpactMs.Known() && p.Serving == nil {
			// What the dropped rows took, at most.
			f.ImpactMs = opt.Map(cost.ms, func(ms float64) float64 { return ms * low })
		}
		found(f)
	},
}

// alreadyBy reports whether an index would answer no more conditions than the
// one that the scan uses.
func (n *Node) alreadyBy(ix *indexadvisor.Index) bool {
	if ix == nil || !ix.Where.Empty() {
		return false
	}
	for _, k := range ix.Keys {
		if !slices.ContainsFunc(indexadvisor.IndexConditions(n.Node), func(c sql.Cond) bool { return k.Column != "" && c.Left.Name == k.Column }) {
			return false
		}
	}
	return true
}

// indexCond is the condition that the scan answers by its index, wherever the
// plan shows it.
func indexCond(n *Node) redact.Text {
	var parts []redact.Text
	if t := n.Text("Index Cond"); !t.Empty() {
		parts = append(parts, t)
	}
	for _, b := range bitmapParts(n) {
		if t := b.Text("Index Cond"); !t.Empty() {
			parts = append(parts, t)
		}
	}
	return redact.Join(parts, " AND ")
}
