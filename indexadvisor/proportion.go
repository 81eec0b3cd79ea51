package indexadvisor

import (
	"math"
	"slices"
)

// When a statement's cost is out of proportion to its time. Planner units per
// millisecond are similar for all statements of a server, but a SubPlan, or a filter
// that few rows pass, may be estimated at thousands of times its work.
const (
	minRates        = 5
	outOfProportion = 5 // times what the workload's median says
)

// capCosts finds the cost above which a query's is out of proportion.
func (s *selection) capCosts() {
	var rates []float64 // milliseconds a unit
	for _, q := range s.queries {
		if ms, cost := q.statement.TotalMs.Or(0), q.calls*q.before; ms > 0 && cost > 0 {
			rates = append(rates, ms/cost)
		}
	}
	if len(rates) < minRates {
		return
	}
	slices.Sort(rates)
	median := rates[len(rates)/2]
	for _, q := range s.queries {
		if ms := q.statement.TotalMs.Or(0); ms > 0 && q.calls > 0 {
			q.maxCost = outOfProportion * ms / median / q.calls
		}
	}
}

// weighted is a cost per call times the calls. A cost out of proportion counts by its
// logarithm: otherwise the statement would outweigh all others, but a reduction still
// counts.
func (q *query) weighted(cost float64) float64 {
	if q.maxCost > 0 && cost > q.maxCost {
		cost = q.maxCost * (1 + math.Log10(cost/q.maxCost))
	}
	return q.calls * cost
}

// saved is what the calls save between two costs; 0 if that is noise: less than a share
// of their cost, or next to nothing of their first cost.
func (q *query) saved(from, to, share float64) float64 {
	before := q.weighted(from)
	saved := before - q.weighted(to)
	if saved < share*before || saved < minPart*q.weighted(q.before) {
		return 0
	}
	return saved
}

// remaining is the cost of the workload with the chosen indexes.
func (s *selection) remaining() float64 {
	sum := 0.0
	for _, q := range s.queries {
		sum += q.weighted(q.now)
	}
	return sum
}
