package indexadvisor

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/conditions"
	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/internal/selectivity"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

// operatorIndex serves containment: arrays, jsonb and full text by GIN, ranges and
// shapes by GiST.
func operatorIndex(n requirements) (scanIndex, bool) {
	for _, c := range n.conds {
		if def, ok := conditions.ContainerIndex(n.table, c); ok {
			return scanIndex{def: def, answered: []sql.Cond{c}}, true
		}
	}
	return scanIndex{}, false
}

// distanceIndex is the GiST index that returns rows by their distance from a value.
func distanceIndex(l *planner.Level, i int) []workload.IndexDef {
	of, column, ok := l.NearestFirst()
	if !ok || of != i {
		return nil
	}
	return []workload.IndexDef{{Method: "gist", Keys: []workload.IndexKey{{Column: column}}}}
}

// When a BRIN is a candidate: for a large table whose rows follow the order of the
// column and are not changed.
const (
	brinPages       = 2000
	brinCorrelation = 0.95
	brinChanged     = 0.05 // of the rows added, that were changed or deleted since
)

// brinIndexes are the BRINs that could replace a B-tree for a range.
func brinIndexes(u *planner.Relation) []workload.IndexDef {
	t := u.Table
	if u.Heap.Pages <= brinPages || t.Updated.Or(0)+t.Deleted.Or(0) > brinChanged*math.Max(t.Inserted.Or(0), u.Heap.Tuples) {
		return nil
	}
	if slices.ContainsFunc(u.Conds, func(c sql.Cond) bool { return c.Op != sql.Range || c.Left.Name == "" }) {
		return nil
	}
	var list []workload.IndexDef
	for _, c := range u.Conds {
		def := workload.IndexDef{Method: "brin", Keys: []workload.IndexKey{{Column: c.Left.Name}}}
		st := selectivity.StatsOf(t, c.Left.Name)
		if st != nil && math.Abs(st.Correlation.Or(0)) >= brinCorrelation && !slices.ContainsFunc(list, func(o workload.IndexDef) bool { return sameKeys(o, def) }) {
			list = append(list, def)
		}
	}
	return list
}
