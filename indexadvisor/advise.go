package indexadvisor

import (
	"context"
	"fmt"
	"math"

	"github.com/pgverdict/pgverdict/internal/indexcost"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/sql"
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
	Rejected []Rejected // worth having for reads, and not for their writes
	Unread   []error    // one for each of Input.Queries that could not be costed
}

// Advised is an index to create, with the statement that does it.
type Advised struct {
	Index
	DDL       DDL
	Bytes     Float
	WriteCost indexcost.WriteCost
	Reasons   []Reason
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
func Advise(ctx context.Context, in Input, o Options) (*Advice, error) {
	a, advice := New(in.Snapshot), &Advice{}
	seen, names, spent := map[string]int{}, Names{}, 0.0
	add := func(ix Index, r Reason) {
		key := ix.Schema + "." + ix.String()
		at, known := seen[key]
		if !known {
			bytes := a.SizeBytes(ix)
			if o.Budget > 0 && spent+bytes.Or(math.Inf(1)) > o.Budget {
				return
			}
			spent += bytes.Or(0)
			at = len(advice.Indexes)
			seen[key] = at
			advice.Indexes = append(advice.Indexes, Advised{Index: ix, DDL: a.Create(ix, names), Bytes: bytes, WriteCost: a.WriteCost(ix)})
		}
		advice.Indexes[at].Reasons = append(advice.Indexes[at].Reasons, r)
	}
	if in.Snapshot != nil {
		var statements []Statement
		for _, st := range in.Snapshot.Statements {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if q, err := sql.Parse(st.Query.Raw()); err == nil && st.TopLevel && q.Kind != sql.Other {
				statements = append(statements, Statement{st, q})
			}
		}
		var choices []Choice
		choices, advice.Rejected = a.Select(statements, Limits{Bytes: o.Budget})
		for _, c := range choices {
			for _, s := range c.Serves {
				add(c.Index, Reason{s.Statement.QueryID, -1, -1, opt.Of(s.Before), opt.Of(s.After)})
			}
		}
	}
	for i, p := range in.Plans {
		for n := range p.Nodes() {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if n.Relation == "" || n.Text("Filter").Empty() {
				continue
			}
			if proposed := a.ForScan(n); proposed.Index != nil && !proposed.Right() {
				add(*proposed.Index, Reason{"", i, -1, proposed.CostBefore, proposed.CostAfter})
			}
		}
	}
	for i, text := range in.Queries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		q, err := sql.Parse(text)
		if err != nil {
			advice.Unread = append(advice.Unread, fmt.Errorf("query %d: %w", i, err))
			continue
		}
		e, why := a.Expect(q)
		if why != "" {
			advice.Unread = append(advice.Unread, fmt.Errorf("query %d: %s", i, why))
			continue
		}
		for _, c := range e.Propose(Limits{Bytes: o.Budget}) {
			add(c.Index, Reason{"", -1, i, opt.Of(c.Serves[0].Before), opt.Of(c.Serves[0].After)})
		}
	}
	return advice, ctx.Err()
}
