package indexadvisor

import (
	"maps"
	"slices"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/planner"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// Expected is the expected plan of a statement that nobody has explained: a conjecture
// of the cost model.
type Expected struct {
	a     *Advisor
	query *sql.Query
	plan  *planner.PlannedQuery

	Generic []string // columns whose value is assumed to be of average frequency, because the exports hold no values
}

// Expect plans a statement by the model; why is the reason if the model cannot.
func (a *Advisor) Expect(query string) (e *Expected, why string) {
	q, err := sql.Parse(query)
	if err != nil {
		return nil, err.Error()
	}
	p, why := a.planner.PlanQuery(q)
	if why != "" {
		return nil, why
	}
	return &Expected{a, q, p, p.Generic}, ""
}

// Today is the plan with the existing indexes.
func (e *Expected) Today() *plan.Node { return e.plan.With(nil) }

// With is the plan with further indexes, by their future names.
func (e *Expected) With(proposed map[string]Index) *plan.Node {
	var indexes []*planner.Index
	for _, name := range slices.Sorted(maps.Keys(proposed)) {
		if t := e.a.tableOf(proposed[name]); t != nil {
			ix := e.a.planner.Hypothetical(t, proposed[name].IndexDef)
			ix.Name = name
			indexes = append(indexes, ix)
		}
	}
	return e.plan.With(indexes)
}

// Uses reports whether the statement reads a table.
func (e *Expected) Uses(schema, name string) bool { return e.plan.Uses(schema, name) }

// Propose chooses indexes for the statement alone. How often it runs is not known, so
// the cost of their writes cannot be weighed.
func (e *Expected) Propose(limits Limits) []Choice {
	if !e.a.knowsIndexes(e.query) {
		return nil // one that is not known may serve it already
	}
	s := e.a.newSelection([]parsed{{&workload.Statement{Calls: opt.Of(1.0)}, e.query}}, limits)
	for _, c := range s.candidates {
		c.writes = 0
	}
	s.search()
	return s.choices()
}
