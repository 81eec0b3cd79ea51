package plans

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

var lossyShare = rule.NewThreshold("lossy_share", 0.05, "share", "of the heap pages; below this the rechecks cost next to nothing")

// bitmapFacts holds the figures of a bitmap heap scan's recheck.
type bitmapFacts struct {
	removed      float64 // rows removed by the recheck, over all loops
	fetched      float64 // rows fetched, removed ones included
	exact, lossy float64 // heap pages

	// byLossy is how many of the removed rows the index did not return: an exact
	// bitmap would not fetch them. It is absent if the plan does not tell.
	byLossy opt.Float
}

func bitmapOf(n *rule.Node) (bitmapFacts, bool) {
	if n.Type != "Bitmap Heap Scan" || !n.Plan.Analyzed {
		return bitmapFacts{}, false
	}
	loops := n.Loops.Or(0)
	f := bitmapFacts{
		removed: n.Number("Rows Removed by Index Recheck").Or(0) * loops,
		exact:   n.Number("Exact Heap Blocks").Or(0),
		lossy:   n.Number("Lossy Heap Blocks").Or(0),
	}
	for _, w := range n.Workers { // from 18 on, the node's own pages are the leader's
		f.exact += w.Number("Exact Heap Blocks").Or(0)
		f.lossy += w.Number("Lossy Heap Blocks").Or(0)
	}
	f.fetched = f.removed + n.RowsTotal.Or(0) + n.Number("Rows Removed by Filter").Or(0)*loops
	switch {
	case f.lossy == 0:
		f.byLossy = opt.Of(0.0)
	case len(n.Children) > 0:
		f.byLossy = opt.Map(returned(n.Children[0]), func(rows float64) float64 { return min(max(f.fetched-rows, 0), f.removed) })
	}
	return f, true
}

// returned is the most rows that the index scans of a bitmap can have found. The plan
// does not count those of a BitmapAnd or BitmapOr.
func returned(n *plan.Node) opt.Float {
	switch n.Type {
	case "BitmapAnd", "BitmapOr":
		var rows opt.Float
		for i, c := range n.Children {
			switch of := returned(c); {
			case i == 0:
				rows = of
			case n.Type == "BitmapAnd":
				rows = opt.Both(rows, of, math.Min)
			default:
				rows = opt.Sum(rows, of)
			}
		}
		return rows
	}
	return n.RowsTotal
}

func (b bitmapFacts) lossyShare() float64 { return b.lossy / math.Max(b.exact+b.lossy, 1) }

func (b bitmapFacts) removedShare() float64 { return b.removed / math.Max(b.fetched, 1) }
