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

// brinRows is what a BRIN index reports for each page that it gives
// (bringetbitmap).
const brinRows = 10

// byBRIN reports whether the scan's index is a BRIN one: by its definition, or
// by the count of rows that only such an index gives.
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
