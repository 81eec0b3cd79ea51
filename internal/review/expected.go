package review

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/plan"
)

// created is an index that is recommended, by the name it is to have.
type created struct {
	id, name string
	index    indexadvisor.Index
}

// expected draws the plans that the model expects of the pasted queries: with
// today's indexes, and with the recommended ones.
func (b *builder) expected(created []created) []report.Expected {
	out := []report.Expected{}
	for _, q := range b.c.Queries {
		e := report.Expected{Input: q.Input, Line: q.Line, Query: b.show(q.Text), Conjecture: true, Why: q.Why, Assumed: []string{}}
		get := b.planCommand(q)
		e.How, e.Ask = get.say, strings.Join(get.commands, "\n")
		e.QueryID = queryID(q.Statement)
		if q.Expected != nil {
			for _, column := range q.Expected.Generic {
				e.Assumed = append(e.Assumed, "the value of "+column+" has average frequency")
			}
			if len(b.c.Snapshot.Settings) == 0 {
				e.Assumed = append(e.Assumed, "planner settings have their defaults (pg_settings)")
			}
			e.Today = b.expectedPlan(q.Expected.Today(), nil)
			proposed := map[string]indexadvisor.Index{}
			for _, c := range created {
				if q.Expected.Uses(c.index.Schema, c.index.Table) {
					proposed[c.name] = c.index
				}
			}
			if with := b.expectedPlan(q.Expected.With(proposed), created); len(with.With) > 0 {
				e.Proposed = with
			}
		}
		out = append(out, e)
	}
	return out
}

func (b *builder) expectedPlan(root *plan.Node, created []created) *report.ExpectedPlan {
	out := &report.ExpectedPlan{Cost: root.TotalCost.Or(0), Nodes: []report.ExpectedNode{}}
	with := map[string]bool{}
	var add func(n *plan.Node)
	add = func(n *plan.Node) {
		node := report.ExpectedNode{
			ID: n.ID, Type: n.Type, Label: n.Label(), Relation: orNil(n.Name()), Alias: orNil(n.Alias), Index: orNil(n.Index),
			Rows: n.PlanRows, Cost: n.TotalCost, Proposed: created != nil, Conjecture: true,
		}
		if n.Parent != nil {
			node.Parent = &n.Parent.ID
		}
		if n.Relationship != "" { // InitPlan, SubPlan
			node.Label = n.Relationship + ": " + node.Label
		}
		for _, c := range created {
			if n.Index == c.name {
				node.Recommendation = &c.id
				with[c.id] = true
			}
		}
		out.Nodes = append(out.Nodes, node)
		for _, c := range n.Children {
			add(c)
		}
	}
	add(root)
	out.With = orEmpty(slices.Sorted(maps.Keys(with)))
	return out
}

// planCommand is how a query's real plan is got: a line for a file that holds nothing
// else, else the statement to paste.
func (b *builder) planCommand(q rule.Query) how {
	alone := 0
	for _, other := range b.queries {
		if other.input == q.Input {
			alone++
		}
	}
	path := b.inputs[q.Input].Path
	params, writes, ok := parameters(q.Text.Raw())
	if !ok || params > 0 || alone > 1 || path == "-" || strings.ContainsAny(path, "'\n") {
		return b.explained(q.Text, q.Shape)
	}
	if writes {
		return runs(fmt.Sprintf("(echo 'EXPLAIN'; cat '%s') | psql -XAt > plan.txt", path))
	}
	return runs(fmt.Sprintf("(echo 'EXPLAIN (ANALYZE, BUFFERS)'; cat '%s') | psql -XAt > plan.txt", path))
}
