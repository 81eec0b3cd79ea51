package indexadvisor

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/workload"
)

// Rejected is an index that makes reads cheaper, but needs an extension which is not
// installed, costs more than half of that in upkeep, or saves too little of the workload:
// in planner units over the statements' window.
type Rejected struct {
	Index        Index
	Extension    string // that it needs and that is not installed; empty otherwise
	Reads        float64
	Writes       float64
	Share        float64 // of the workload's cost that it saves, less its writes
	WALPerInsert Float
	HOTLost      Float
}

// NotWorthIt reports whether the writes cost more than half of what is saved.
func (r Rejected) NotWorthIt() bool { return r.Reads < worthIt*r.Writes }

// maxRejected is how many are reported: those that would save most.
const maxRejected = 3

// rejected are the candidates that are not chosen because of an extension or of their
// writes, or because they save so little: the cheapest to maintain for each first key.
func (s *selection) rejected() []Rejected {
	first := map[string]Rejected{}
	least := minGain * s.remaining()
	for _, c := range slices.Concat(s.candidates, s.lacking) {
		if slices.ContainsFunc(s.chosen, func(x *candidate) bool { return x.Table == c.Table && sameKey(x.Def.Keys[0], c.Def.Keys[0]) }) {
			continue
		}
		reads, writes, _ := s.weigh([]*candidate{c}, s.chosen)
		if reads < minReported*s.total || reads <= 0 {
			continue
		}
		lacks := slices.Contains(s.lacking, c)
		if pays := s.gain(c, s.chosen) > least; pays != lacks {
			continue
		}
		key := c.Table.QName() + " " + strings.Join(Index{IndexDef: workload.IndexDef{Keys: c.Def.Keys[:1]}}.KeyList(), "")
		if old, seen := first[key]; !seen || c.writes < old.Writes {
			w := s.advisor.WriteCost(c.index)
			r := Rejected{Index: c.index, Reads: reads, Writes: writes, Share: (reads - writes) / s.total, WALPerInsert: w.WALBytesPerInsert, HOTLost: w.HOTUpdatesLostShare}
			if lacks {
				r.Extension = extensionOf(c.Def)
			}
			first[key] = r
		}
	}
	var list []Rejected
	for _, key := range slices.Sorted(maps.Keys(first)) {
		list = append(list, first[key])
	}
	slices.SortStableFunc(list, func(x, y Rejected) int { return cmp.Compare(y.Reads, x.Reads) })
	return list[:min(len(list), maxRejected)]
}
