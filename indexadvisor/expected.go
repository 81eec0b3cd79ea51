package indexadvisor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/plan"
	"github.com/pgverdict/pgverdict/workload"
)

// Expected is how the planner is expected to run a statement that nobody has
// explained: a conjecture of the cost model, on the path that it found the
// cheapest.
type Expected struct {
	a     *Advisor
	level *level
	query *sql.Query

	Generic []string // columns whose value is taken for one of mean frequency, for the exports hold no values
}

// Expect reads a statement for the model; why says in words what the model
// cannot tell of it, and there is no plan then.
func (a *Advisor) Expect(q *sql.Query) (e *Expected, why string) {
	if why := a.beyond(q); why != "" {
		return nil, why
	}
	l := a.levelOf(q, measured{})
	if l == nil {
		return nil, a.unsized(q)
	}
	var generic []string
	for of := range l.below {
		if of.partly {
			return nil, a.unsized(q)
		}
		why, columns := of.unanchored()
		if why != "" {
			return nil, why
		}
		generic = append(generic, columns...)
	}
	e = &Expected{a, l, q, generic}
	if a.cheapest(l, e.existing()) == nil {
		return nil, "the model finds no order in which its tables can be joined"
	}
	return e, ""
}

// beyond names what of a statement, or of the server's settings, the model has
// no arithmetic for.
func (a *Advisor) beyond(q *sql.Query) string {
	switch {
	case a.snap == nil:
		return "there are no exports to work it out from"
	case q.Beyond != "":
		return "the model has no arithmetic for " + q.Beyond
	case q.Kind == sql.Other || q.Kind == sql.Insert || q.Kind == sql.Merge:
		return "the model knows SELECT, UPDATE and DELETE alone"
	case len(q.From) > maxJoined:
		return fmt.Sprintf("it joins %d tables, and the model orders %d at most", len(q.From), maxJoined)
	case q.Limit && q.LimitTo == 0 || q.Offset:
		return "its LIMIT or OFFSET is not written out as a number, or rows are skipped"
	}
	for _, part := range q.Parts {
		if why := a.beyond(part); why != "" {
			return why
		}
	}
	for name, s := range a.snap.Settings {
		if strings.HasPrefix(name, "enable_") && !strings.HasPrefix(name, "enable_partitionwise_") && s.Value == "off" {
			return name + " is off"
		}
	}
	return ""
}

// unsized says which table of a statement the exports do not hold.
func (a *Advisor) unsized(q *sql.Query) string {
	tables := 0
	for part := range queries(q) {
		tables += len(part.Tables)
		if why := a.unsizedHere(part); why != "" {
			return why
		}
	}
	if tables == 0 {
		return "it names no table"
	}
	return "the model cannot read it"
}

func (a *Advisor) unsizedHere(q *sql.Query) string {
	for _, x := range q.Tables {
		t := a.snap.Table(x.Schema, x.Name)
		if t == nil {
			return x.Name + " is not in the exports"
		}
		if t.Kind == "p" {
			return x.Name + " is partitioned"
		}
		if t.Kind != "p" && a.snap.StatsHidden(t) {
			return "the column statistics of " + x.Name + " are not in the exports (pg_stats)"
		}
		if _, known := a.heapOf(t); !known {
			return "the size of " + x.Name + " is not in the exports (pg_class), or it was never analysed"
		}
	}
	return ""
}

// Today is the plan that is expected with the indexes that there are.
func (e *Expected) Today() *plan.Node { return e.plan(e.existing()) }

// With is the plan that is expected with more indexes, by the names that they
// are to have.
func (e *Expected) With(proposed map[string]Index) *plan.Node {
	indexes := e.existing()
	for _, name := range slices.Sorted(maps.Keys(proposed)) {
		if t := e.a.tableOf(proposed[name]); t != nil {
			ix := e.a.imagined(t, proposed[name].IndexDef)
			ix.name = name
			indexes = append(indexes, ix)
		}
	}
	return e.plan(indexes)
}

// Uses reports whether a table is one of the statement's.
func (e *Expected) Uses(schema, name string) bool {
	return slices.ContainsFunc(e.level.tables(), func(t *workload.Table) bool { return t.Schema == schema && t.Name == name })
}

func (e *Expected) existing() []*built {
	var list []*built
	for _, t := range e.level.tables() {
		list = append(list, e.a.existing(t)...)
	}
	return list
}

// Propose chooses indexes for the statement alone. How often it runs is not
// known, so that what they cost on writes cannot be weighed against it.
func (e *Expected) Propose(limits Limits) []Choice {
	s := e.a.newSelection([]Statement{{&workload.Statement{Calls: opt.Of(1.0)}, e.query}}, limits)
	for _, c := range s.ideas {
		c.writes = 0
	}
	s.search()
	return s.choices()
}

func (e *Expected) plan(indexes []*built) *plan.Node {
	root := e.draw(e.a.cheapest(e.level, indexes))
	if e.query.Kind != sql.Select {
		t := e.level.uses[0].table
		write := &plan.Node{
			Type: "ModifyTable", Operation: map[sql.Kind]string{sql.Update: "Update", sql.Delete: "Delete"}[e.query.Kind],
			Schema: t.Schema, Relation: t.Name, StartupCost: root.StartupCost, TotalCost: root.TotalCost, PlanRows: opt.Of(0.0),
		}
		adopt(write, root)
		root = write
	}
	inOrder(root, 0)
	return root
}

// draw is a way as a tree of the plan's nodes.
func (e *Expected) draw(w *way) *plan.Node {
	n := &plan.Node{
		Type: w.node, Strategy: w.strategy, Parallel: w.parallel,
		StartupCost: opt.Of(w.startup), TotalCost: opt.Of(w.total), PlanRows: opt.Of(clampRows(w.rows)),
	}
	if w.from[1] != nil {
		n.JoinType = joinNames[w.join]
	}
	if w.mode != "" {
		n.Properties = append(n.Properties, plan.Property{Name: "Partial Mode", Value: plan.Value{Text: redact.Plain(w.mode)}})
	}
	if u := w.use; u != nil {
		switch n.Alias = u.alias; u.scan {
		case "":
			n.Schema, n.Relation = u.table.Schema, u.table.Name
		case "CTE Scan", "WorkTable Scan":
			n.CTE = u.name
		case "Function Scan":
			n.FunctionOf = u.name
		}
	}
	if w.index != nil {
		n.Index = w.index.name
	}
	if w.backward {
		n.Direction = "Backward"
	}
	if w.bitmap != nil {
		adopt(n, drawBitmap(w.bitmap, w.use.heap))
	}
	for i, from := range w.from {
		if from == nil {
			continue
		}
		child := e.draw(from)
		if i == 1 && w.between != "" {
			between := &plan.Node{Type: w.between, Parallel: w.parallel, StartupCost: child.StartupCost, TotalCost: child.TotalCost, PlanRows: child.PlanRows}
			if w.between == "Hash" {
				between.StartupCost = child.TotalCost // all of it before the first row is looked up
			}
			adopt(between, child)
			child = between
		}
		adopt(n, child)
	}
	for _, from := range w.rest {
		adopt(n, e.draw(from))
	}
	for _, sub := range w.asks {
		child := e.draw(sub.of)
		child.Relationship = sub.relationship
		adopt(n, child)
	}
	return n
}

func drawBitmap(b *bitmap, of heap) *plan.Node {
	n := &plan.Node{Type: b.node, StartupCost: opt.Of(0.0), TotalCost: opt.Of(b.making), PlanRows: opt.Of(clampRows(of.tuples * b.selected))}
	if b.index != nil {
		n.Index = b.index.name
	} else {
		n.StartupCost = n.TotalCost
	}
	for _, p := range b.parts {
		adopt(n, drawBitmap(p, of))
	}
	return n
}

var joinNames = map[joinKind]string{
	joinInner: "Inner", joinLeft: "Left", joinRight: "Right", joinSemi: "Semi", joinAnti: "Anti", joinRightSemi: "Right Semi", joinRightAnti: "Right Anti",
}

func adopt(parent, child *plan.Node) {
	child.Parent = parent
	parent.Children = append(parent.Children, child)
}

// inOrder gives the nodes their places in plan order, and the place behind
// them.
func inOrder(n *plan.Node, next int) int {
	n.ID = next
	next++
	for _, c := range n.Children {
		next = inOrder(c, next)
	}
	return next
}
