package indexadvisor

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/workload"
)

// needless is an index that exists and that a wider new one does the work of:
// the one is created, then the other dropped, so that only what the new one is
// larger and dearer by counts.
type needless struct {
	index  *workload.Index
	bytes  float64
	writes float64 // planner units over the statements' window
}

// slowerBy is what a statement may become dearer by for want of the narrow
// index: the wider one has fewer entries a page.
const slowerBy = 1.1

// replace finds which existing indexes an idea makes needless: those that are
// its beginning, that may be dropped, and without which no statement on the
// table becomes notably dearer.
func (s *selection) replace(c *idea) {
	for _, ix := range c.Table.Indexes {
		if s.limits.MayDrop == nil || !beginning(ix, c.Def) || !s.limits.MayDrop(ix) {
			continue
		}
		slower := slices.ContainsFunc(c.works, func(w *work) bool {
			var with []*planner.Index
			for _, t := range w.level.Tables() {
				for _, b := range s.have[t] {
					if b.Existing != ix {
						with = append(with, b)
					}
				}
			}
			return s.a.planner.ExpectedCost(w.level, append(with, c.Index)) > slowerBy*w.first
		})
		if !slower {
			bytes := ix.SizeBytes.Or(ix.Pages.Or(0) * indexcost.BlockSize)
			c.replaces = append(c.replaces, needless{ix, bytes, s.a.writeUnits(c.Table, s.a.IndexCost(ix), ix)})
		}
	}
}

// beginning reports whether an index is a proper beginning of another, or has
// fewer included columns behind the same keys, and lets in the same rows.
func beginning(ix *workload.Index, of workload.IndexDef) bool {
	d := ix.Def
	if !ix.Valid.Or(true) || d.Method != "btree" || of.Method != "btree" || d.Unique || len(d.Keys) == 0 || len(d.Keys) > len(of.Keys) || len(d.Keys) == len(of.Keys) && len(d.Include) >= len(of.Include) || d.Where.Raw() != of.Where.Raw() {
		return false
	}
	same, turned := true, true
	for i, k := range d.Keys {
		o := of.Keys[i]
		if !sameKey(k, o) || k.Collation != o.Collation {
			return false
		}
		same = same && k.Desc == o.Desc && k.NullsFirst == o.NullsFirst
		turned = turned && k.Desc != o.Desc && k.NullsFirst != o.NullsFirst
	}
	return (same || turned) && !slices.ContainsFunc(d.Include, func(name string) bool { return !planner.Covers(of, []string{name}) })
}

// extra is what an idea adds to the storage and to the writes beside others
// that are chosen.
func (c *idea) extra(with []*idea) (bytes, writes float64) {
	bytes, writes = c.bytes, c.writes
	for _, n := range c.replaces {
		gone := slices.ContainsFunc(with, func(o *idea) bool {
			return o != c && slices.ContainsFunc(o.replaces, func(x needless) bool { return x.index == n.index })
		})
		if !gone {
			bytes, writes = bytes-n.bytes, writes-n.writes
		}
	}
	return bytes, writes
}
