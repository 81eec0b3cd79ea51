package indexadvisor

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

// keptGain is the share of what a plan's own index saves that one chosen for all
// statements has to save to be taken instead.
const keptGain = 0.8

// InPlaceOf is the choice for the whole workload that is as good for a plan's
// statement as the index which the plan calls for by its scan alone, and the proposal
// of it: one index, not one for each plan. It is nil if there is none.
func InPlaceOf(choices []Choice, own Proposal, st *workload.Statement) (*Choice, Proposal) {
	if own.Index == nil || st == nil {
		return nil, own
	}
	for i := range choices {
		choice := &choices[i]
		if choice.Index.Schema != own.Index.Schema || choice.Index.Table != own.Index.Table {
			continue
		}
		at := slices.IndexFunc(choice.Serves, func(s Served) bool { return s.Statement == st })
		if at < 0 {
			continue
		}
		served := choice.Serves[at]
		before, after, known := opt.Two(own.CostBefore, own.CostAfter)
		like := choice.Index.Method == own.Index.Method && slices.Equal(choice.Index.KeyList()[:1], own.Index.KeyList()[:1])
		if known && before > 0 && served.SavedShare() >= keptGain*(1-after/before) || !known && like {
			index := choice.Index
			return choice, Proposal{
				Index: &index, CostBefore: opt.Of(served.Before), CostAfter: opt.Of(served.After), Method: "statistics",
				ScanBefore: own.ScanBefore, ScanAfter: own.ScanAfter, Ordered: own.Ordered,
			}
		}
	}
	return nil, own
}
