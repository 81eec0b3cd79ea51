package indexadvisor

import (
	"context"
	"errors"
	"fmt"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// Input is what there is to advise on; what is missing is left out.
type Input struct {
	Snapshot *workload.Snapshot // its statements, and the statistics that every cost rests on
	Plans    []*plan.Plan
	Queries  []string // SQL beside the snapshot's statements; how often it runs is not known
}

// Options are choices; the zero value is the default.
type Options struct {
	Budget float64 // bytes that the new indexes may take together; 0: no bound
}

// Advice is what Advise proposes, and what it could not read.
type Advice struct {
	Indexes  []Advised
	Refused  []Refused
	Rejected []Rejected // good for reads, but not worth their writes
	Unread   []error    // one for each of Input.Queries that could not be costed
}

// Advised is an index to create, with the statement that does it.
type Advised struct {
	Index
	DDL       DDL
	Bytes     Float
	WriteCost WriteCost
	Balance   Balance
	Reasons   []Reason
}

// Refused is an index that is not proposed, with the reason.
type Refused struct {
	Index  Index
	Reason string
}

// Reason is one use of an advised index. Costs are in the planner's units, and
// absent where they cannot be known.
type Reason struct {
	QueryID       string // of a statement of the snapshot
	Plan, Query   int    // position in Input, -1 for none
	Before, After Float
}

// Advise proposes indexes for the statements of a snapshot, chosen together and
// with their writes counted, for scans of plans, and for single queries. It ends
// early, with the context's error, when the context does.
//
// These are the steps that the command takes: Select over the workload, ForScan and
// Reprice for a plan, InPlaceOf where one index can serve both, Expect for a query,
// then Balance and the Configuration's budget.
func Advise(ctx context.Context, in Input, o Options) (*Advice, error) {
	a, advice := New(in.Snapshot), &Advice{}
	var list calledFor
	var choices []Choice
	if in.Snapshot != nil {
		var statements []*workload.Statement
		for _, st := range in.Snapshot.Statements {
			if st.TopLevel {
				statements = append(statements, st)
			}
		}
		choices, advice.Rejected = a.Select(statements, Limits{Bytes: o.Budget})
		for _, c := range choices {
			for _, s := range c.Serves {
				list.add(c.Index, Reason{s.Statement.QueryID, -1, -1, opt.Of(s.Before), opt.Of(s.After)}, &s)
			}
		}
	}
	for i, p := range in.Plans {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, own := range a.forPlan(p) {
			if _, best := InPlaceOf(choices, *own, a.statementOf(p)); best.Index != nil {
				list.add(*best.Index, Reason{"", i, -1, best.CostBefore, best.CostAfter}, nil)
			}
		}
	}
	for i, text := range in.Queries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e, why := a.Expect(text)
		if why != "" {
			advice.Unread = append(advice.Unread, fmt.Errorf("query %d: %w", i, errors.New(why)))
			continue
		}
		for _, c := range e.Propose(Limits{Bytes: o.Budget}) {
			list.add(c.Index, Reason{"", -1, i, opt.Of(c.Serves[0].Before), opt.Of(c.Serves[0].After)}, nil)
		}
	}
	together := a.Configure(o.Budget)
	for _, c := range list {
		balance := a.Balance(c.index, c.served)
		if balance.NotWorthIt() {
			advice.Refused = append(advice.Refused, Refused{c.index, "its writes cost more than half of what it saves"})
			continue
		}
		if _, fits := together.Take(c.index); !fits {
			advice.Refused = append(advice.Refused, Refused{c.index, "the budget does not allow it"})
			continue
		}
		advice.Indexes = append(advice.Indexes, Advised{c.index, together.Create(c.index), a.SizeBytes(c.index), a.WriteCost(c.index), balance, c.reasons})
	}
	return advice, ctx.Err()
}

// calledFor are the indexes that were called for, each once.
type calledFor []struct {
	index   Index
	reasons []Reason
	served  []Served // statements of the workload
}

func (list *calledFor) add(ix Index, r Reason, s *Served) {
	at := 0
	for at < len(*list) && ((*list)[at].index.Schema != ix.Schema || (*list)[at].index.String() != ix.String()) {
		at++
	}
	if at == len(*list) {
		*list = append(*list, calledFor{{index: ix}}...)
	}
	c := &(*list)[at]
	c.reasons = append(c.reasons, r)
	if s != nil {
		c.served = append(c.served, *s)
	}
}

// forPlan proposes an index for each scan of a plan that filters rows.
func (a *Advisor) forPlan(p *plan.Plan) []*Proposal {
	var list []*Proposal
	for n := range p.Nodes() {
		if n.Relation == "" || n.Text("Filter").Empty() {
			continue
		}
		if proposed := a.ForScan(n); proposed.Index != nil && !proposed.Right() {
			list = append(list, &proposed)
		}
	}
	a.Reprice(p, list...)
	return list
}

// statementOf is a plan's row of pg_stat_statements; nil if its query id is not known.
func (a *Advisor) statementOf(p *plan.Plan) *workload.Statement {
	if a.snap == nil || p.QueryID == "" {
		return nil
	}
	return a.snap.Statement(p.QueryID)
}
