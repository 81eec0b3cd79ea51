package indexadvisor

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/workload"
)

// replaced is an existing index that a wider new one replaces: only the difference in
// size and upkeep counts.
type replaced struct {
	index  *workload.Index
	bytes  float64
	writes float64 // planner units over the statements' window
}

// slowerBy is how much more a statement may cost without the narrow index: the wider
// one has fewer entries per page.
const slowerBy = 1.1

// replace finds the existing indexes that a candidate replaces: those that are a prefix
// of it, that may be dropped, and without which no statement on the table becomes
// notably slower.
func (s *selection) replace(c *candidate) {
	for _, ix := range c.Table.Indexes {
		if s.limits.MayDrop == nil || !isPrefix(ix, c.Def) || !s.limits.MayDrop(ix) {
			continue
		}
		slower := slices.ContainsFunc(c.queries, func(q *query) bool {
			var with []*planner.Index
			for _, t := range q.level.Tables() {
				for _, b := range s.existing[t] {
					if b.Existing != ix {
						with = append(with, b)
					}
				}
			}
			return s.advisor.planner.ExpectedCost(q.level, append(with, c.Index)) > slowerBy*q.before
		})
		if !slower {
			bytes := ix.SizeBytes.Or(ix.Pages.Or(0) * indexcost.BlockSize)
			c.replaces = append(c.replaces, replaced{ix, bytes, s.advisor.writeUnits(c.Table, s.advisor.IndexCost(ix), ix)})
		}
	}
}

// isPrefix reports whether an index is a proper prefix of another, or has fewer
// included columns after the same keys, and has the same rows.
func isPrefix(ix *workload.Index, of workload.IndexDef) bool {
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

// extra is the storage and the writes that a candidate adds to others that are chosen.
func (c *candidate) extra(with []*candidate) (bytes, writes float64) {
	bytes, writes = c.bytes, c.writes
	for _, n := range c.replaces {
		gone := slices.ContainsFunc(with, func(o *candidate) bool {
			return o != c && slices.ContainsFunc(o.replaces, func(x replaced) bool { return x.index == n.index })
		})
		if !gone {
			bytes, writes = bytes-n.bytes, writes-n.writes
		}
	}
	return bytes, writes
}
