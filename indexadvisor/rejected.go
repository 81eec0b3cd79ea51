package indexadvisor

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/workload"
)

// Rejected is an index that makes reads cheaper, but costs more than half of that in
// upkeep, or saves too little of the workload: in planner units over the statements'
// window.
type Rejected struct {
	Index        Index
	Reads        float64
	Writes       float64
	Share        float64 // of the workload's cost that it saves, less its writes; below 0 if these outweigh it
	WALPerInsert Float
	HOTLost      Float
}

// maxRejected is how many are reported: those that would save most.
const maxRejected = 3

// rejected are the candidates that are not chosen because of their writes, or because
// they save so little: the cheapest to maintain for each first key.
func (s *selection) rejected() []Rejected {
	first := map[string]Rejected{}
	for _, c := range s.candidates {
		net := s.gain(c, s.chosen)
		reads, writes := s.weigh([]*candidate{c}, s.chosen)
		if net > minGain*s.remaining() || reads < minReported*s.total || reads <= 0 || slices.ContainsFunc(s.chosen, func(x *candidate) bool { return x.Table == c.Table && sameKey(x.Def.Keys[0], c.Def.Keys[0]) }) {
			continue
		}
		key := c.Table.QName() + " " + strings.Join(Index{IndexDef: workload.IndexDef{Keys: c.Def.Keys[:1]}}.KeyList(), "")
		if old, seen := first[key]; !seen || c.writes < old.Writes {
			w := s.advisor.WriteCost(c.index)
			first[key] = Rejected{c.index, reads, writes, net / s.total, w.WALBytesPerInsert, w.HOTUpdatesLostShare}
		}
	}
	var list []Rejected
	for _, key := range slices.Sorted(maps.Keys(first)) {
		list = append(list, first[key])
	}
	slices.SortStableFunc(list, func(x, y Rejected) int { return cmp.Compare(y.Reads, x.Reads) })
	return list[:min(len(list), maxRejected)]
}
