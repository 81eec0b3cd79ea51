package plans

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// bitmapFacts holds the figures of a bitmap heap scan's recheck.
type bitmapFacts struct {
	removed      float64 // rows removed by the recheck, over all loops
	fetched      float64 // rows fetched, removed ones included
	exact, lossy float64 // heap pages
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
	return f, true
}

func (b bitmapFacts) lossyShare() float64 { return b.lossy / math.Max(b.exact+b.lossy, 1) }

func (b bitmapFacts) removedShare() float64 { return b.removed / math.Max(b.fetched, 1) }

// rowsPerPage returns the table's average, if the catalog has it.
func rowsPerPage(n *rule.Node) opt.Float {
	return opt.Both(n.TableRows(), n.TablePages(), func(rows, pages float64) float64 { return rows / math.Max(pages, 1) })
}
