package indexadvisor

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/pgverdict/pgverdict/internal/planner"
)

// cost is a level's cost with the existing indexes and some of the ideas: of
// those that it has a use for, each set is planned once.
func (s *selection) cost(w *work, ideas []*idea) float64 {
	var useful []*idea
	for _, c := range ideas {
		if !c.of[w] {
			continue
		}
		if w.level.LargestJoin() >= manyTables {
			if w.stand[c.first] == nil {
				w.stand[c.first] = c
			}
			c = w.stand[c.first]
		}
		if !slices.Contains(useful, c) {
			useful = append(useful, c)
		}
	}
	if len(useful) > 1 && w.level.LargestJoin() >= severalTables {
		useful = s.bestOfEach(w, useful)
	}
	slices.SortFunc(useful, func(x, y *idea) int { return cmp.Compare(x.id, y.id) })
	var key []byte
	for _, c := range useful {
		key = binary.AppendUvarint(key, uint64(c.id))
	}
	cost, known := w.costs[string(key)]
	if !known {
		cost = s.a.planner.ExpectedCost(w.level, s.usable(w, useful))
		w.costs[string(key)] = cost
	}
	return cost
}

// bestOfEach are, of ideas for a join, those that help it most alone, one a
// table: the sets of all of them are too many to plan.
func (s *selection) bestOfEach(w *work, ideas []*idea) []*idea {
	var best []*idea
	for _, c := range ideas {
		at := slices.IndexFunc(best, func(x *idea) bool { return x.Table == c.Table })
		switch {
		case at < 0:
			best = append(best, c)
		case s.cost(w, []*idea{c}) < s.cost(w, []*idea{best[at]}):
			best[at] = c
		}
	}
	return best
}

// usable are the existing indexes and the ideas on a level's tables.
func (s *selection) usable(w *work, ideas []*idea) []*planner.Index {
	var indexes []*planner.Index
	for _, t := range w.level.Tables() {
		indexes = append(indexes, s.have[t]...)
		for _, c := range ideas {
			if c.Table == t {
				indexes = append(indexes, c.Index)
			}
		}
	}
	return indexes
}
