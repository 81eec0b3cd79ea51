package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
)

var (
	recheckRemoved = NewThreshold("rows_removed", 1_000, "rows", "fewer cost next to nothing")
	recheckShare   = NewThreshold("removed_share", 0.5, "share", "the index gives more wrong rows than right ones")
)

var recheckLoss = Rule{
	ID:     "recheck-loss",
	Title:  "An index gives candidates, and most of them are wrong",
	Sees:   "A bitmap scan whose recheck drops half or more of the rows, although its bitmap kept every row.",
	Why:    "GIN, GiST and BRIN find candidates. Each is fetched from the heap, and often detoasted, only to be dropped.",
	Silent: "The bitmap was lossy and that explains the drops (see lossy-bitmap); reading the indexes of an intersection took longer than reading the table (see bitmap-and-composite).",
	Fix:    "A longer pattern or a more selective operator class; for BRIN smaller ranges, or a B-tree where the rows are not in the column's order.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/gin-intro.html",
		"https://www.postgresql.org/docs/current/pgtrgm.html",
	},
	Thresholds: []*Threshold{recheckRemoved, recheckShare},
	Rank:       rankBitmap + 1,
	Node: func(c *Case, n *Node, found func(Found)) {
		b, ok := bitmapOf(n)
		if !ok || n.catalog() {
			return
		}
		byExact := b.removed
		if b.lossy > 0 && !n.byBRIN(b) {
			// What lossy pages can have added, at most all their rows.
			perPage, known := n.rowsPerPage().Get()
			if !known {
				return
			}
			byExact -= b.lossy * perPage
		}
		if byExact < recheckRemoved.In(c) || byExact < recheckShare.In(c)*b.fetched {
			return
		}
		cost := n.Plan.costOf(append(bitmapParts(n), n.Node)...)
		if !n.Plan.material(cost) || n.readsForAnd() {
			return
		}
		method := n.indexMethod()
		if n.byBRIN(b) {
			method = "brin"
		}
		e := ofNode(n)
		e.text("Recheck Cond", n.Text("Recheck Cond"), "plan")
		e.number("Rows Removed by Index Recheck", opt.Of(b.removed), "rows", "plan")
		e.number("Exact Heap Blocks", opt.Of(b.exact), "blocks", "plan")
		e.number("Lossy Heap Blocks", opt.Of(b.lossy), "blocks", "plan")
		found(Found{
			cost: cost,
			Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: n.Plan.severity(cost),
				Title: redact.Sprintf("%s fetches %s candidates and its recheck drops %s", n.name(),
					figures.Count(b.fetched), figures.Share(b.removedShare())),
				Detail:   redact.Sprintf("It took %s. %s", cost.took(), recheckCause[method].detail),
				Fix:      redact.Plain(recheckCause[method].fix),
				Evidence: e,
				ImpactMs: opt.Map(cost.ms, func(ms float64) float64 { return ms * b.removedShare() }),
			},
			covers: append(bitmapParts(n), n.Node),
		})
	},
}

// recheckCause is why an access method gives wrong candidates.
var recheckCause = map[string]struct{ detail, fix string }{
	"gin":   {"A GIN index knows the parts of a value (trigrams, lexemes, keys), not how they stand together.", "Search for more or rarer parts: a longer pattern (three characters make one trigram), rarer keys, a more selective operator class."},
	"gist":  {"A GiST index keeps bounding values, which overlap.", "A GIN index for text and arrays, or a more exact operator class."},
	"brin":  {"A BRIN index knows only the smallest and largest value of each range of pages.", "Smaller pages_per_range, or a B-tree where the rows do not lie in the column's order."},
	"btree": {"A B-tree gives no wrong candidates by itself: rows come from pages that another part of the bitmap kept as a whole.", "Look at the index scans below for one whose bitmap was lossy, and give the statement more work_mem."},
	"":      {"The index gives candidates only.", "Find the index's method: a trigram index wants longer patterns, GIN on arrays and documents rarer keys, BRIN smaller ranges."},
}

// indexMethod is the access method of the scan's one index, if the catalogue
// has it.
func (n *Node) indexMethod() string {
	t := n.Table()
	if t == nil {
		return ""
	}
	method := ""
	for _, b := range bitmapParts(n) {
		if b.Index == "" {
			continue
		}
		ix := t.Index(b.Index)
		if ix == nil || method != "" && ix.Def.Method != method {
			return ""
		}
		method = ix.Def.Method
	}
	if _, ok := recheckCause[method]; !ok {
		return ""
	}
	return method
}
