package plans

import (
	"github.com/pgverdict/pgverdict/internal/rule"
)

// readsForAnd reports whether a bitmap scan spends more on reading the indexes
// that it intersects than on the table.
func readsForAnd(n *rule.Node) bool {
	return len(n.Children) == 1 && n.Children[0].Type == "BitmapAnd" &&
		n.Plan.CostOf(rule.BitmapParts(n)...).Ms.Or(0) > n.Plan.CostOf(n.Node).Ms.Or(0)
}

// brinRows is the number of rows that a BRIN index reports for each page
// (bringetbitmap).
const brinRows = 10

// byBRIN reports whether the scan's index is a BRIN index: by its definition, or
// by the row count that only such an index reports.
func byBRIN(n *rule.Node, b bitmapFacts) bool {
	if method := indexMethod(n); method != "" {
		return method == "brin"
	}
	rows := 0.0
	for _, part := range rule.BitmapParts(n) {
		rows += part.RowsTotal.Or(0)
	}
	return b.exact == 0 && b.lossy > 0 && rows == brinRows*b.lossy
}

// recheckCause says why an access method returns rows that the recheck removes,
// and what to do.
var recheckCause = map[string]struct{ detail, fix string }{
	"gin":   {"A GIN index stores the parts of a value (trigrams, lexemes, keys), not how they are combined.", "Search for more or rarer parts: a longer pattern (a trigram is three characters), rarer keys, or a more selective operator class."},
	"gist":  {"A GiST index stores bounding values, which overlap.", "Use a GIN index for text and arrays, or a more exact operator class."},
	"brin":  {"A BRIN index stores only the smallest and largest value of each range of pages.", "Reduce pages_per_range, or use a B-tree if the rows are not stored in the column's order."},
	"btree": {"A B-tree returns only matching rows. The removed rows are from lossy pages of another part of the bitmap.", "Find the index scan below whose bitmap was lossy, and give the statement more work_mem."},
	"":      {"The index returns only candidates.", "Check the index's access method. GiST keeps inexact signatures of texts: use GIN. A trigram index needs longer patterns, GIN on arrays and documents needs rarer keys, BRIN needs smaller page ranges."},
}

// indexMethod returns the access method of the scan's only index, if the catalog
// has it.
func indexMethod(n *rule.Node) string {
	t := n.Table()
	if t == nil {
		return ""
	}
	method := ""
	for _, b := range rule.BitmapParts(n) {
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
