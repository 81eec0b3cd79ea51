package plans

import (
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	recheckRemoved = rule.NewThreshold("rows_removed", 1_000, "rows", "fewer cost next to nothing")
	recheckShare   = rule.NewThreshold("removed_share", 0.5, "share", "of the candidates: the index returns more wrong rows than right ones")
)

var recheckLoss = rule.Rule{
	ID:     "recheck-loss",
	Title:  "Index recheck removes most rows",
	Sees:   "A bitmap scan whose recheck removes at least half of the rows, although its bitmap kept every row.",
	Why:    "GIN, GiST and BRIN return candidates. Each candidate is fetched from the heap, and often detoasted, only to be removed.",
	Silent: "The bitmap was lossy and that explains the removed rows (see lossy-bitmap), or reading the indexes of an intersection took longer than reading the table (see bitmap-and-composite).",
	Fix:    "Use a longer pattern or a more selective operator class. For BRIN use smaller ranges, or a B-tree if the rows are not in the column's order.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/gin-intro.html",
		"https://www.postgresql.org/docs/current/pgtrgm.html",
	},
	Thresholds: []*rule.Threshold{recheckRemoved, recheckShare},
	Rank:       rule.RankBitmap + 1,
	On:         []string{"Bitmap Heap Scan"},
	Node: func(c *rule.Case, n *rule.Node, found func(rule.Found)) {
		b, ok := bitmapOf(n)
		if !ok || n.Catalog() {
			return
		}
		byExact := b.removed
		if !byBRIN(n, b) {
			byExact -= b.byLossy.Or(b.removed)
		}
		if byExact < recheckRemoved.In(c) || byExact < recheckShare.In(c)*b.fetched {
			return
		}
		cost := n.Plan.CostOf(append(rule.BitmapParts(n), n.Node)...)
		if !n.Plan.Significant(cost) || readsForAnd(n) {
			return
		}
		method := indexMethod(n)
		if byBRIN(n, b) {
			method = "brin"
		}
		gin := insteadOfGiST(n, method)
		if gin != nil {
			method = "gist"
		}
		e := rule.OfNode(n)
		e.Text("Recheck Cond", n.Text("Recheck Cond"), "plan")
		e.Number("Rows Removed by Index Recheck", opt.Of(b.removed), "rows", "plan")
		e.Number("Exact Heap Blocks", opt.Of(b.exact), "blocks", "plan")
		e.Number("Lossy Heap Blocks", opt.Of(b.lossy), "blocks", "plan")
		f := rule.Found{
			Cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.Severity(cost),
				Title: redact.Sprintf("%s fetches %s candidates, and its recheck removes %s", n.Ref(),
					figures.Count(b.fetched), figures.Share(b.removedShare())),
				Detail:   redact.Sprintf("The scan %s. %s", cost.Took(), recheckCause[method].detail),
				Fix:      redact.Plain(recheckCause[method].fix),
				Evidence: e,
				ImpactMs: opt.Map(cost.Ms, func(ms float64) float64 { return ms * b.removedShare() }),
			},
			Covered: append(rule.BitmapParts(n), n.Node),
		}
		if gin != nil {
			f.Fix = redact.Text{}
			f.Remedies = []rule.Remedy{{Create: &rule.Proposal{Index: gin, Method: "defaults"}}}
		}
		found(f)
	},
}

// insteadOfGiST returns the GIN index that finds the rows of a text search exactly, if
// a GiST index, which keeps a signature of each text, was asked.
func insteadOfGiST(n *rule.Node, method string) *indexadvisor.Index {
	parts := rule.BitmapParts(n)
	if len(parts) != 1 || method != "gist" && !(method == "" && strings.Contains(strings.ToLower(parts[0].Index), "gist")) {
		return nil
	}
	conds := conditions.ByIndex(n.Node)
	if len(conds) != 1 || conds[0].Operator != "@@" || conds[0].Left.Name == "" {
		return nil
	}
	return &indexadvisor.Index{Schema: n.Schema, Table: n.Relation, IndexDef: workload.IndexDef{Method: "gin", Keys: []workload.IndexKey{{Column: conds[0].Left.Name}}}}
}
