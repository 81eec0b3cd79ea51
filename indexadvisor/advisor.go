package indexadvisor

import (
	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/workload"
)

// Advisor proposes indexes from what one Snapshot knows, or from a plan alone.
// It is safe for concurrent use once made.
type Advisor struct {
	snap       *workload.Snapshot // nil: only plans are known
	costs      *indexcost.Model
	planner    *planner.Planner
	convention func() convention // of the team's index names
}

// New is an Advisor over a snapshot, which may be nil.
func New(snap *workload.Snapshot) *Advisor {
	costs := indexcost.New(snap)
	return &Advisor{snap: snap, costs: costs, planner: planner.New(snap, costs), convention: lazyConvention(snap)}
}

// Size is the size of a new index, with the reason if it is not known.
func (a *Advisor) Size(ix Index) (bytes Float, why string) {
	return a.costs.Size(a.tableOf(ix), ix.IndexDef)
}

// SizeBytes is Size without the reason.
func (a *Advisor) SizeBytes(ix Index) Float { return a.costs.SizeBytes(a.tableOf(ix), ix.IndexDef) }

// BuildBytes is the disk that the build of a new index needs until it is done: the index
// and the temporary files of the sort.
func (a *Advisor) BuildBytes(ix Index) Float { return a.costs.BuildBytes(a.tableOf(ix), ix.IndexDef) }

// WriteCost is the write cost of an index that does not exist.
func (a *Advisor) WriteCost(ix Index) WriteCost {
	return WriteCost(a.costs.WriteCost(a.tableOf(ix), ix.IndexDef))
}

// IndexCost is the write cost of an existing index; its HOT share is of the updates
// that would be HOT without it.
func (a *Advisor) IndexCost(ix *workload.Index) WriteCost {
	return WriteCost(a.costs.IndexCost(ix))
}

// WithPendingList is what a GIN index with fastupdate off would cost with it on; false
// for any other index.
func (a *Advisor) WithPendingList(ix *workload.Index) (WriteCost, bool) {
	cost, off := a.costs.WithPendingList(ix)
	return WriteCost(cost), off
}

// UpdatesKeptFromHOT is the share of a table's known updates that are not HOT because
// of this index alone.
func (a *Advisor) UpdatesKeptFromHOT(ix *workload.Index) Float { return a.costs.UpdatesKeptFromHOT(ix) }

// UpdatesSetting is the share of a table's known updates that set a column of the
// index.
func (a *Advisor) UpdatesSetting(ix *workload.Index) Float { return a.costs.UpdatesSetting(ix) }

// BlockingColumns are the columns whose change prevents a HOT update because of an
// index.
func (a *Advisor) BlockingColumns(ix Index) map[string]bool { return a.costs.Blocking(ix.IndexDef) }

func (a *Advisor) tableOf(ix Index) *workload.Table {
	if a.snap == nil {
		return nil
	}
	return a.snap.Table(ix.Schema, ix.Table)
}
