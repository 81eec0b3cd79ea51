package indexadvisor

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/planner"
)

// planned is a query's cost with some candidates, of which its plan reads those that are
// used: without the others the cost is the same.
type planned struct {
	have, used []*candidate // by their ids
	cost       float64
}

// cost is a query's cost with the existing indexes and some candidates.
func (s *selection) cost(q *query, ideas []*candidate) float64 {
	useful := q.useful(ideas)
	slices.SortFunc(useful, byID)
	var key []byte
	for _, c := range useful {
		key = binary.AppendUvarint(key, uint64(c.id))
	}
	cost, known := q.costs[string(key)]
	if !known {
		cost, _ = s.plan(q, useful)
		q.costs[string(key)] = cost
	}
	return cost
}

// useful are the candidates that stand for those which a query may use.
func (q *query) useful(ideas []*candidate) (useful []*candidate) {
	for _, c := range ideas {
		if c = c.mayServe[q]; c != nil && !slices.Contains(useful, c) {
			useful = append(useful, c)
		}
	}
	return useful
}

func byID(a, b *candidate) int { return cmp.Compare(a.id, b.id) }

// plan plans a query with candidates, with each of its values for which no other plan
// tells the cost, and returns the mean, with the candidates that these plans read.
func (s *selection) plan(q *query, useful []*candidate) (cost float64, used []*candidate) {
	var indexes []*planner.Index
	weights := 0.0
	for n, v := range q.level.Values() {
		one, told := tell(q.plans[n], useful)
		if !told {
			if indexes == nil {
				indexes = s.indexesFor(q, useful)
			}
			p := planned{have: useful}
			var read []*planner.Index
			p.cost, read = s.advisor.planner.CostAt(q.level, v, indexes)
			for _, c := range useful {
				if slices.Contains(read, c.Index) {
					p.used = append(p.used, c)
				}
			}
			one = p.cost
			for _, c := range p.used {
				if !slices.Contains(used, c) {
					used = append(used, c)
				}
			}
			q.plans[n] = append(q.plans[n], p)
		}
		cost, weights = cost+v.Weight*one, weights+v.Weight
	}
	return cost / weights, used
}

// sameCost is the ratio up to which two costs count as equal: the planner itself keeps
// the first of two paths that are as close.
const sameCost = 1.002

// tell is the cost with candidates that other plans tell: one with more candidates that
// uses none of those beyond, or one with fewer that is as cheap as one with more.
func tell(plans []planned, useful []*candidate) (cost float64, known bool) {
	least, most := 0.0, math.Inf(1)
	for _, p := range plans {
		switch {
		case contains(p.have, useful):
			if contains(useful, p.used) {
				return p.cost, true
			}
			least = math.Max(least, p.cost)
		case contains(useful, p.have):
			most = math.Min(most, p.cost)
		}
	}
	return most, most <= sameCost*least
}

// contains reports whether a list has all of another one, both by their ids.
func contains(list, of []*candidate) bool {
	if len(of) > len(list) {
		return false
	}
	for _, c := range of {
		at, found := slices.BinarySearchFunc(list, c, byID)
		if !found {
			return false
		}
		list = list[at+1:]
	}
	return true
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
