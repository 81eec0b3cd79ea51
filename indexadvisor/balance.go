package indexadvisor

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

// Balance is what an index saves a day against what its writes cost a day. Time
// is not weighed against log: only blocks stand on both sides.
type Balance struct {
	SavedMs     Float // execution time of the statements served
	SavedBlocks Float // blocks that they would not touch, in cache or not
	CostBlocks  Float // blocks that the index's upkeep reads and writes, its log included
}

// Below the first an index is not worth its writes; up to the second it is
// close.
const (
	worthIt  = 2
	clearGap = 10
)

// Ratio is how many blocks are saved for one that the writes cost; absent
// where either is not known, or nothing is written.
func (b Balance) Ratio() Float {
	saved, ok1 := b.SavedBlocks.Get()
	cost, ok2 := b.CostBlocks.Get()
	if !ok1 || !ok2 || cost <= 0 {
		return Float{}
	}
	return opt.Of(saved / cost)
}

// NotWorthIt reports whether the writes cost more than half of what is saved.
func (b Balance) NotWorthIt() bool { return b.Ratio().Or(worthIt) < worthIt }

// Close reports whether what is saved is less than ten times what the writes
// cost: the model's errors may decide.
func (b Balance) Close() bool { return b.Ratio().Or(clearGap) < clearGap }

// Balance weighs an index by the statements that it serves, whose calls touch
// fewer blocks in the proportion of the costs. Without a window, or without the
// costs of all of them, the saved side is absent.
func (a *Advisor) Balance(ix Index, served []Served) Balance {
	b := Balance{CostBlocks: a.costs.BlocksPerDay(a.tableOf(ix), ix.IndexDef)}
	ms, blocks := 0.0, 0.0
	for _, s := range served {
		perDay := func(counter func(*workload.Statement) Float) (float64, bool) {
			return a.snap.StatementPerDay(s.Statement, counter).Get()
		}
		spent, ok1 := perDay(func(st *workload.Statement) Float { return st.TotalMs })
		touched, ok2 := perDay(func(st *workload.Statement) Float {
			return opt.Both(st.SharedHit, st.SharedRead, func(hit, read float64) float64 { return hit + read })
		})
		if !ok1 || !ok2 || s.Before <= 0 {
			return b
		}
		part := math.Max(1-s.After/s.Before, 0)
		ms, blocks = ms+spent*part, blocks+touched*part
	}
	if len(served) > 0 {
		b.SavedMs, b.SavedBlocks = opt.Of(ms), opt.Of(blocks)
	}
	return b
}
