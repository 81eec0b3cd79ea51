package indexadvisor

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/pgverdict/pgverdict/internal/planner"
)

// cost is a query's cost with the existing indexes and some candidates. Each set of
// candidates that it may use is planned once.
func (s *selection) cost(q *query, ideas []*candidate) float64 {
	var useful []*candidate
	for _, c := range ideas {
		if !c.mayServe[q] {
			continue
		}
		if q.level.LargestJoin() >= manyTables {
			if q.standIns[c.firstKey] == nil {
				q.standIns[c.firstKey] = c
			}
			c = q.standIns[c.firstKey]
		}
		if !slices.Contains(useful, c) {
			useful = append(useful, c)
		}
	}
	if len(useful) > 1 && q.level.LargestJoin() >= severalTables {
		useful = s.bestOfEach(q, useful)
	}
	slices.SortFunc(useful, func(x, y *candidate) int { return cmp.Compare(x.id, y.id) })
	var key []byte
	for _, c := range useful {
		key = binary.AppendUvarint(key, uint64(c.id))
	}
	cost, known := q.costs[string(key)]
	if !known {
		cost = s.advisor.planner.ExpectedCost(q.level, s.indexesFor(q, useful))
		q.costs[string(key)] = cost
	}
	return cost
}

// bestOfEach are the candidates that help a join most alone, one per table: there are
// too many sets of all of them.
func (s *selection) bestOfEach(q *query, ideas []*candidate) []*candidate {
	var best []*candidate
	for _, c := range ideas {
		at := slices.IndexFunc(best, func(x *candidate) bool { return x.Table == c.Table })
		switch {
		case at < 0:
			best = append(best, c)
		case s.cost(q, []*candidate{c}) < s.cost(q, []*candidate{best[at]}):
			best[at] = c
		}
	}
	return best
}

// indexesFor are the existing indexes and the candidates on a query's tables.
func (s *selection) indexesFor(q *query, ideas []*candidate) []*planner.Index {
	var indexes []*planner.Index
	for _, t := range q.level.Tables() {
		indexes = append(indexes, s.existing[t]...)
		for _, c := range ideas {
			if c.Table == t {
				indexes = append(indexes, c.Index)
			}
		}
	}
	return indexes
}
