package indexadvisor

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// keptGain is the share of what a plan's own index saves that one chosen for all
// statements has to save to be taken instead.
const keptGain = 0.8

// InPlaceOf is the choice for the whole workload that is as good for a plan's
// statement as the index which the plan calls for by its scan alone, and the proposal
// of it: one index, not one for each plan. It is nil if there is none. If the plan's
// actual rows refute the statistics, only an index with the same first keys is as good.
func InPlaceOf(choices []Choice, own Proposal, st *workload.Statement) (*Choice, Proposal) {
	if own.Index == nil || st == nil {
		return nil, own
	}
	for i := range choices {
		choice := &choices[i]
		at := slices.IndexFunc(choice.Serves, func(s Served) bool { return s.Statement == st })
		if at < 0 || choice.Index.Schema != own.Index.Schema || choice.Index.Table != own.Index.Table {
			continue
		}
		served, same := choice.Serves[at], findsSame(choice.Index, own)
		before, after, known := opt.Two(own.CostBefore, own.CostAfter)
		like := choice.Index.Method == own.Index.Method && slices.Equal(choice.Index.KeyList()[:1], own.Index.KeyList()[:1])
		asGood := known && before > 0 && served.SavedShare() >= keptGain*(1-after/before)
		if same && (asGood || !known || own.besides(choice.Index)) || own.Refuted == nil && (asGood || !known && like) {
			index := choice.Index
			if slices.EqualFunc(index.Keys, own.Index.Keys, sameKey) && len(index.Include) == 0 {
				index.Include = own.Index.Include // the choice is the same index
			}
			return choice, Proposal{
				Index: &index, CostBefore: opt.Of(served.Before), CostAfter: opt.Of(served.After), Method: "statistics",
				ScanBefore: own.ScanBefore, ScanAfter: own.ScanAfter, Ordered: own.Ordered,
			}
		}
	}
	return nil, own
}

// findsSame reports whether an index begins with the keys of a proposed one, so that it
// finds the same rows: in any order, unless the proposed one gives an order. Keys of the
// proposed one may be tests that are the predicate of the other.
func findsSame(ix Index, own Proposal) bool {
	keys := own.Index.Keys
	if own.Index.Where.Empty() {
		keys = besideTests(keys, ix.Where)
	}
	if ix.Method != own.Index.Method || len(keys) == 0 || len(ix.Keys) < len(keys) ||
		len(keys) == len(own.Index.Keys) && !selectivity.SameText(ix.Where, own.Index.Where) {
		return false
	}
	for n, k := range keys {
		at := slices.IndexFunc(ix.Keys[:len(keys)], func(have workload.IndexKey) bool { return sameKey(have, k) })
		if at < 0 || own.Ordered && at != n {
			return false
		}
	}
	return true
}

// besides reports whether the proposed index is another one with the test of its predicate
// as a key: the costs of the two differ by the values that they are of alone.
func (p Proposal) besides(ix Index) bool {
	return !ix.Where.Empty() && p.Index.Where.Empty() && len(besideTests(p.Index.Keys, ix.Where)) == len(ix.Keys)
}

// besideTests are keys without the columns that a predicate tests; all of them if it tests
// any other column.
func besideTests(keys []workload.IndexKey, where redact.Text) []workload.IndexKey {
	conds, err := sql.ParseCond(where.Raw())
	if where.Empty() || err != nil {
		return keys
	}
	tested := func(k workload.IndexKey) bool {
		return k.Column != "" && slices.ContainsFunc(conds, func(c sql.Cond) bool { return c.Left.Name == k.Column })
	}
	for _, c := range conds {
		if !slices.ContainsFunc(keys, func(k workload.IndexKey) bool { return k.Column == c.Left.Name && c.Left.Name != "" }) {
			return keys
		}
	}
	return slices.DeleteFunc(slices.Clone(keys), tested)
}
