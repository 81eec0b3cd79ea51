package indexadvisor

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/workload"
)

// Proposal is the advice on one scan. At most one of Index and Serving is set.
type Proposal struct {
	Index   *Index          // the index to build; nil: none is proposed
	Serving *workload.Index // an existing index that answers the same conditions
	Ordered bool            // Index also gives the order that a sort above makes
	// InUse is the index that would be proposed if the plan did not find the rows by it
	// already, by its definition or, if the input has none, by its name or by the
	// conditions that it answers. Index and Serving are nil then.
	InUse *Index

	// Costs in the planner's units, of the scan and of the whole plan, before
	// and after; absent where they cannot be known.
	ScanBefore, ScanAfter Float
	CostBefore, CostAfter Float
	InOrder               Float  // ScanAfter if the rows follow the index's order, where no statistics tell
	ByCounts              Float  // the present scan by the rows and pages that it read, if the plan has a lower cost for it
	PagesSpared           Float  // share of the table's pages that a scan by the index does not read
	InMemory              Float  // work with the index in relation to the present work, of a scan that waited little for its pages
	untilLimit            Float  // ScanAfter, up to the rows that a LIMIT needs in the index's order
	Method                string // what the costs rest on: plan-calibrated, plan-split, statistics, defaults

	// Refuted is set if the rows that came are far from the estimate. The scan's costs
	// are then those of the rows that came, and the plan's are absent.
	Refuted *Refuted
	// Unsure are the columns of conditions that the index does not answer and that may
	// remove the rows as well as those that it answers, if nothing in the input tells.
	Unsure []string
}

// Refuted is a row estimate of a scan that the actual rows contradict.
type Refuted struct {
	Expected, Came float64 // rows per execution
	// Misled reports that, by its estimate, the planner would hardly use the index.
	Misled bool
}

// Factor is how many times the estimate is too high or too low.
func (r *Refuted) Factor() float64 {
	few, many := math.Max(math.Min(r.Expected, r.Came), 1), math.Max(r.Expected, r.Came)
	return math.Max(many/few, 1)
}

// SavedShare is the part of the scan's time that the index saves; absent if the costs
// are not known.
func (p Proposal) SavedShare() Float {
	return opt.Both(p.ScanBefore, p.ScanAfter, func(before, after float64) float64 {
		if after >= cheaperEnough*before {
			after = math.Min(after, p.InMemory.Or(1)*before)
		}
		return math.Max(1-after/math.Max(before, 1), 0)
	})
}

// Right reports whether no such index is worth building, because by its cost it is
// hardly cheaper, or reads nearly all pages of the table anyway. If these are in memory,
// the rows that it does not read count instead, as long as the planner would use it at
// all. It is false if the costs are not known.
func (p Proposal) Right() bool {
	before, after, priced := opt.Two(p.ScanBefore, p.untilLimit)
	if priced && after < before && p.InMemory.Or(1) <= inMemoryEnough {
		return false
	}
	return priced && after >= cheaperEnough*before || p.PagesSpared.Or(1) < sparedEnough
}

const (
	cheaperEnough  = 0.8  // of the present cost, from which on an index is not worth proposing
	sparedEnough   = 0.25 // of the table's pages: reading the others one by one takes as long as reading all of them in sequence
	inMemoryEnough = 0.5  // of the present work
)
