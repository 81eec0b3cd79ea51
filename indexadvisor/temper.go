package indexadvisor

import (
	"math"
	"slices"
)

// When a statement's cost is out of proportion to the time that it took: the
// planner's units are much the same part of a millisecond for all statements of
// a server, but a sub-select that is asked for each row, or a filter that lets
// nearly nothing through, may be taken for thousands of times its work.
const (
	fewRates = 5
	overrate = 5 // times what the workload's median says
)

// temper finds the cost beyond which a statement's is out of proportion.
func (s *selection) temper() {
	var rates []float64 // milliseconds a unit
	for _, w := range s.work {
		if ms, cost := w.st.TotalMs.Or(0), w.calls*w.first; ms > 0 && cost > 0 {
			rates = append(rates, ms/cost)
		}
	}
	if len(rates) < fewRates {
		return
	}
	slices.Sort(rates)
	median := rates[len(rates)/2]
	for _, w := range s.work {
		if ms := w.st.TotalMs.Or(0); ms > 0 && w.calls > 0 {
			w.most = overrate * ms / median / w.calls
		}
	}
}

// weight is what a cost a call weighs over all calls. What is beyond
// proportion counts by its logarithm: the statement would outweigh all others,
// and a step down is one all the same.
func (w *work) weight(cost float64) float64 {
	if w.most > 0 && cost > w.most {
		cost = w.most * (1 + math.Log10(cost/w.most))
	}
	return w.calls * cost
}

// saved is what the calls are spared by a step from one cost to another; 0
// where that is noise: less than a share of what they cost, or next to nothing
// of what they cost at first.
func (w *work) saved(from, to, share float64) float64 {
	before := w.weight(from)
	saved := before - w.weight(to)
	if saved < share*before || saved < leastPart*w.weight(w.first) {
		return 0
	}
	return saved
}

// left is what the workload costs with what is chosen.
func (s *selection) left() float64 {
	sum := 0.0
	for _, w := range s.work {
		sum += w.weight(w.now)
	}
	return sum
}
