package indexadvisor

import (
	"cmp"
	"slices"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// Keeping is what a workload gains from an existing index, and what it pays for it:
// both in planner units over the statements' window.
type Keeping struct {
	Reads  float64 // savings of reads by it against the alternatives
	Writes float64 // cost of its upkeep
	// Calls are those of the statements that could use the index. If it was scanned
	// more often, something that is not known uses it.
	Calls float64
	// Slower are the statements that would be slower without it: Before is the cost of
	// a call as it is, After without the index.
	Slower []Served
}

// Keeping weighs an existing index by the statements on its table, with the other
// indexes that stay. It is not known if the cost of one of the statements is not.
func (a *Advisor) Keeping(ix *workload.Index, statements []*workload.Statement, stays func(*workload.Index) bool) (Keeping, bool) {
	if a.snap == nil || ix.Def.Method == "" {
		return Keeping{}, false
	}
	k := Keeping{Writes: a.writeUnits(ix.Table, a.IndexCost(ix), ix)}
	for _, st := range statements {
		q, err := sql.Parse(st.Query.Raw())
		if err != nil {
			return Keeping{}, false
		}
		levels, whole := a.planner.ReadParts(q, planner.CallOf(st))
		if !whole {
			return Keeping{}, false
		}
		s := Served{Statement: st}
		could := false
		for _, l := range levels {
			var all, rest, alone []*planner.Index
			for _, t := range l.Tables() {
				for _, b := range a.planner.Existing(t) {
					all = append(all, b)
					switch {
					case b.Existing == ix:
						alone = append(alone, b)
					case t != ix.Table || stays(b.Existing):
						rest = append(rest, b)
					}
				}
			}
			s.Before += a.planner.Cost(l, all)
			s.After += a.planner.Cost(l, rest)
			could = could || len(alone) > 0 && a.planner.Cost(l, alone) < a.planner.Cost(l, nil)
		}
		calls := st.Calls.Or(0)
		k.Reads += calls * (s.After - s.Before)
		if could {
			k.Calls += calls
		}
		if s.After > s.Before {
			k.Slower = append(k.Slower, s)
		}
	}
	slices.SortStableFunc(k.Slower, func(x, y Served) int {
		return cmp.Compare(y.Statement.Calls.Or(0)*(y.After-y.Before), x.Statement.Calls.Or(0)*(x.After-x.Before))
	})
	return k, true
}

// SavedShare is the share of a statement's cost that an index saves beside those that
// exist; absent if the cost is not known.
func (a *Advisor) SavedShare(ix Index, st *workload.Statement) Float {
	t := a.tableOf(ix)
	q, err := sql.Parse(st.Query.Raw())
	if t == nil || err != nil || !a.knowsIndexes(q) {
		return Float{}
	}
	levels, whole := a.planner.ReadParts(q, planner.CallOf(st))
	if !whole {
		return Float{}
	}
	with := a.planner.Hypothetical(t, ix.IndexDef)
	before, after := 0.0, 0.0
	for _, l := range levels {
		var indexes []*planner.Index
		for _, t := range l.Tables() {
			indexes = append(indexes, a.planner.Existing(t)...)
		}
		before += a.planner.Cost(l, indexes)
		after += a.planner.Cost(l, append(indexes, with))
	}
	if before <= 0 {
		return Float{}
	}
	return opt.Of(1 - after/before)
}
