package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// PlannedQuery is a query that the model can plan as the server would.
type PlannedQuery struct {
	p     *Planner
	level *Level
	query *sql.Query

	Generic []string // columns whose value is assumed to be of average frequency, because the export has no values
}

// PlanQuery plans a query with the indexes that exist; why is the reason if the model
// cannot.
func (p *Planner) PlanQuery(q *sql.Query) (e *PlannedQuery, why string) {
	if why := p.unsupported(q); why != "" {
		return nil, why
	}
	l := p.Read(q, Call{})
	if l == nil {
		return nil, p.unsized(q)
	}
	var generic []string
	for of := range l.All {
		if of.Incomplete {
			return nil, p.unsized(q)
		}
		why, columns := of.inestimable()
		if why != "" {
			return nil, why
		}
		generic = append(generic, columns...)
	}
	e = &PlannedQuery{p, l, q, generic}
	if p.cheapest(l, p.existingOf(l)) == nil {
		return nil, "the cost model finds no join order"
	}
	return e, ""
}

// unsupported names the part of a query, or the server's setting, that the model does
// not support.
func (p *Planner) unsupported(q *sql.Query) string {
	switch {
	case p.snap == nil:
		return "there are no exports to estimate it from"
	case q.Unsupported != "":
		return "the cost model does not support " + q.Unsupported
	case q.Kind == sql.Other || q.Kind == sql.Insert || q.Kind == sql.Merge:
		return "the cost model supports only SELECT, UPDATE and DELETE"
	case len(q.From) > maxJoined:
		return fmt.Sprintf("the query joins %d tables, and the cost model supports at most %d", len(q.From), maxJoined)
	case q.Limit && q.LimitTo == 0 || q.Offset:
		return "its LIMIT is not a number, or it has an OFFSET"
	}
	for _, part := range q.Parts {
		if why := p.unsupported(part); why != "" {
			return why
		}
	}
	for name, s := range p.snap.Settings {
		if strings.HasPrefix(name, "enable_") && !strings.HasPrefix(name, "enable_partitionwise_") && s.Value == "off" {
			return name + " is off"
		}
	}
	return ""
}

// unsized names the table of a query that is not in the exports, or has no size there.
func (p *Planner) unsized(q *sql.Query) string {
	tables := 0
	for part := range q.All {
		tables += len(part.Tables)
		if why := p.unsizedHere(part); why != "" {
			return why
		}
	}
	if tables == 0 {
		return "the query has no table"
	}
	return "the cost model cannot read the query"
}

func (p *Planner) unsizedHere(q *sql.Query) string {
	for _, x := range q.Tables {
		t := p.snap.Table(x.Schema, x.Name)
		if t == nil {
			return x.Name + " is not in the exports"
		}
		if t.Kind == "p" {
			return x.Name + " is partitioned"
		}
		if t.Kind != "p" && p.snap.StatsHidden(t) {
			return "the column statistics of " + x.Name + " are not in the exports (pg_stats)"
		}
		if _, known := p.heapOf(t); !known {
			return "the size of " + x.Name + " is not in the exports (pg_class), or it was never analyzed"
		}
	}
	return ""
}

// With is the plan with some indexes beside those that exist.
func (e *PlannedQuery) With(more []*Index) *plan.Node {
	return e.plan(append(e.p.existingOf(e.level), more...))
}

// Uses reports whether the query reads a table.
func (e *PlannedQuery) Uses(schema, name string) bool {
	return slices.ContainsFunc(e.level.Tables(), func(t *workload.Table) bool { return t.Schema == schema && t.Name == name })
}

func (e *PlannedQuery) plan(indexes []*Index) *plan.Node {
	root := e.nodeOf(e.p.cheapest(e.level, indexes))
	if e.query.Kind != sql.Select {
		t := e.level.Relations[0].Table
		write := &plan.Node{
			Type: "ModifyTable", Operation: map[sql.Kind]string{sql.Update: "Update", sql.Delete: "Delete"}[e.query.Kind],
			Schema: t.Schema, Relation: t.Name, StartupCost: root.StartupCost, TotalCost: root.TotalCost, PlanRows: opt.Of(0.0),
		}
		addChild(write, root)
		root = write
	}
	numberNodes(root, 0)
	return root
}

// nodeOf is a path as a tree of plan nodes.
func (e *PlannedQuery) nodeOf(p *path) *plan.Node {
	n := &plan.Node{
		Type: p.nodeType, Strategy: p.strategy, Parallel: p.parallel,
		StartupCost: opt.Of(p.Startup), TotalCost: opt.Of(p.Total), PlanRows: opt.Of(clampRows(p.Rows)),
	}
	if p.inputs[1] != nil {
		n.JoinType = joinNames[p.join]
	}
	if p.mode != "" {
		n.Properties = append(n.Properties, plan.Property{Name: "Partial Mode", Value: plan.Value{Text: redact.Plain(p.mode)}})
	}
	if rel := p.relation; rel != nil {
		switch n.Alias = rel.alias; rel.Scan {
		case "":
			n.Schema, n.Relation = rel.Table.Schema, rel.Table.Name
		case "CTE Scan", "WorkTable Scan":
			n.CTE = rel.name
		case "Function Scan":
			n.FunctionOf = rel.name
		}
	}
	if p.index != nil {
		n.Index = p.index.Name
	}
	if p.backward {
		n.Direction = "Backward"
	}
	if p.bitmap != nil {
		addChild(n, bitmapNode(p.bitmap, p.relation.Heap))
	}
	for i, from := range p.inputs {
		if from == nil {
			continue
		}
		child := e.nodeOf(from)
		if i == 1 && p.innerNode != "" {
			between := &plan.Node{Type: p.innerNode, Parallel: p.parallel, StartupCost: child.StartupCost, TotalCost: child.TotalCost, PlanRows: child.PlanRows}
			if p.innerNode == "Hash" {
				between.StartupCost = child.TotalCost // all of it before the first row is looked up
			}
			addChild(between, child)
			child = between
		}
		addChild(n, child)
	}
	for _, from := range p.moreInputs {
		addChild(n, e.nodeOf(from))
	}
	for _, sub := range p.subPlans {
		child := e.nodeOf(sub.path)
		child.Relationship = sub.relationship
		addChild(n, child)
	}
	return n
}

func bitmapNode(b *bitmap, of Heap) *plan.Node {
	n := &plan.Node{Type: b.node, StartupCost: opt.Of(0.0), TotalCost: opt.Of(b.indexCost), PlanRows: opt.Of(clampRows(of.Tuples * b.selected))}
	if b.index != nil {
		n.Index = b.index.Name
	} else {
		n.StartupCost = n.TotalCost
	}
	for _, p := range b.parts {
		addChild(n, bitmapNode(p, of))
	}
	return n
}

var joinNames = map[joinKind]string{
	joinInner: "Inner", joinLeft: "Left", joinRight: "Right", joinSemi: "Semi", joinAnti: "Anti", joinRightSemi: "Right Semi", joinRightAnti: "Right Anti",
}

func addChild(parent, child *plan.Node) {
	child.Parent = parent
	parent.Children = append(parent.Children, child)
}

// numberNodes numbers the nodes in plan order and returns the next number.
func numberNodes(n *plan.Node, next int) int {
	n.ID = next
	next++
	for _, c := range n.Children {
		next = numberNodes(c, next)
	}
	return next
}
