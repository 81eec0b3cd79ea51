package indexadvisor

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

// Balance is what an index saves per day and what its writes cost per day. Only blocks
// are compared: time and WAL are not.
type Balance struct {
	SavedMs     Float // execution time of the statements served
	SavedBlocks Float // blocks that they would not touch, in shared_buffers or not
	CostBlocks  Float // blocks that the index's upkeep reads and writes, WAL included
}

// Below the first ratio an index is not worth its writes; up to the second it is close.
const (
	worthIt  = 2
	clearGap = 10
)

// Ratio is the number of blocks saved per block written; absent if one of them is not
// known, or nothing is written.
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

// Close reports whether the savings are less than ten times the writes' cost: the
// model's errors may decide.
func (b Balance) Close() bool { return b.Ratio().Or(clearGap) < clearGap }

// Balance weighs an index by the statements that it serves: their calls touch fewer
// blocks in proportion to their costs. The savings are absent without a time window, or
// without the costs of all statements.
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
