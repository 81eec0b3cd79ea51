package indexadvisor

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/workload"
)

// Rejected is an index that would make reading cheaper, and takes more than half
// of that to keep, or saves too little of the workload: in planner units over
// the statements' window.
type Rejected struct {
	Index        Index
	Reads        float64
	Writes       float64
	Share        float64 // of the workload's cost that it saves, its writes taken off; below 0 where they outweigh it
	WALPerInsert Float
	HOTLost      Float
}

// mostRejected is how many are told of: those with the most to save.
const mostRejected = 3

// rejected are the ideas that only their writes speak against, or that they
// save so little: the cheapest to keep for each first key.
func (s *selection) rejected() []Rejected {
	first := map[string]Rejected{}
	for _, c := range s.ideas {
		net := s.gain(c, s.chosen)
		reads, writes := s.weigh([]*idea{c}, s.chosen)
		if net > leastGain*s.left() || reads < leastTold*s.total || reads <= 0 || slices.ContainsFunc(s.chosen, func(x *idea) bool { return x.Table == c.Table && sameKey(x.Def.Keys[0], c.Def.Keys[0]) }) {
			continue
		}
		key := c.Table.QName() + " " + strings.Join(Index{IndexDef: workload.IndexDef{Keys: c.Def.Keys[:1]}}.KeyList(), "")
		if old, seen := first[key]; !seen || c.writes < old.Writes {
			w := s.a.WriteCost(c.index)
			first[key] = Rejected{c.index, reads, writes, net / s.total, w.WALBytesPerInsert, w.HOTUpdatesLostShare}
		}
	}
	var list []Rejected
	for _, key := range slices.Sorted(maps.Keys(first)) {
		list = append(list, first[key])
	}
	slices.SortStableFunc(list, func(x, y Rejected) int { return cmp.Compare(y.Reads, x.Reads) })
	return list[:min(len(list), mostRejected)]
}
