package indexadvisor

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// selfCheck is how far the model's cost of a statement as it is may differ from the
// plan's for the model to be used.
const selfCheck = 0.05

// Reprice sets the costs of proposals for a plan's whole statement, with its joins,
// order and LIMIT, if the model reproduces the cost of the plan; otherwise it leaves
// them. Several are priced together: each branch of an OR has its own index, and one
// alone is of no use.
func (a *Advisor) Reprice(of *plan.Plan, proposals ...*Proposal) {
	root := of.Root.TotalCost
	before, ok := root.Get()
	q, err := sql.Parse(of.Query.Raw())
	if !ok || a.snap == nil || err != nil || q.Limit && q.LimitTo == 0 || q.Offset || before <= 0 {
		return
	}
	l := a.planner.Read(q, planner.Call{})
	if l == nil || !l.Estimable() {
		return
	}
	var indexes []*planner.Index
	for _, t := range l.Tables() {
		indexes = append(indexes, a.planner.Existing(t)...)
	}
	if now := a.planner.Cost(l, indexes); math.Abs(now-before) > selfCheck*before {
		return
	}
	var priced []*Proposal
	for _, p := range proposals {
		if p.Index == nil || p.Ordered && slices.ContainsFunc(p.Index.Keys, func(k workload.IndexKey) bool { return k.Column == "" }) {
			continue // the model knows the orders of columns only
		}
		if t := a.tableOf(*p.Index); t != nil {
			indexes = append(indexes, a.planner.Hypothetical(t, p.Index.IndexDef))
			priced = append(priced, p)
		}
	}
	after := a.planner.Cost(l, indexes)
	for _, p := range priced {
		p.CostBefore, p.CostAfter, p.Method = root, opt.Of(math.Min(after, before)), "statistics"
	}
}
