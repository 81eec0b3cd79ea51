// Package account says where the work of a plan went: how much of the execution each
// node took by itself, how much was spent outside the nodes, and how many of the rows
// that a node returned were needed above it.
//
// The parts add up to the whole. In a plan that was executed with timing they are
// times, otherwise blocks, and in a plan that was not executed the planner's costs.
// What a plan does not show is absent. The package knows no rule and no catalog.
package account

import (
	"math"
	"strings"
	"sync"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/plan"
)

// Unit is what the parts of an account are measured in.
type Unit string

// The units, the best one first.
const (
	Milliseconds Unit = "ms"
	Blocks       Unit = "blocks"
	Cost         Unit = "planner units"
)

// Account is the account of one plan.
type Account struct {
	Unit  Unit
	Whole float64 // the execution time, or the blocks or the cost of the root
	// Outside is the time that passed outside the nodes: triggers, JIT compilation,
	// starting and ending the execution. It is 0 if the plan shows no such time.
	Outside opt.Float

	uses []Use // by node ID

	find    sync.Once
	largest *plan.Node // see Largest
}

// Use is what one node used, and what became of its rows. Rows are totals over all
// executions.
type Use struct {
	Node *plan.Node
	Own  opt.Float // of the account's unit, without the nodes below; absent if unknown
	Runs opt.Float // executions; of a plan that was not executed the expected ones
	Flow
}

// Of returns the account of a plan.
func Of(p *plan.Plan) *Account {
	a := &Account{uses: make([]Use, p.Len())}
	for n := range p.Nodes() {
		a.uses[n.ID] = Use{Node: n, Runs: n.Executions()}
	}
	a.follow()
	root := p.Root
	switch blocks := touched(root.Buffers); {
	case p.Analyzed && (root.TotalMs.Known() || p.ExecMs().Known() && len(root.Children) > 0 && root.Children[0].TotalMs.Known()):
		a.measure(Milliseconds, func(n *plan.Node) opt.Float { return n.SelfMs })
		a.Whole = p.ExecMs().Or(0)
		a.Outside = opt.Both(p.ExecMs(), root.TotalMs, func(all, inside float64) float64 { return max(all-inside, 0) })
	case p.Analyzed && blocks.Known():
		a.measure(Blocks, func(n *plan.Node) opt.Float { return n.SelfBlocks() })
		a.Whole = blocks.Or(0)
	default: // not executed, or with TIMING and BUFFERS off
		a.Unit = Cost
		a.estimate(p)
		a.Whole = root.TotalCost.Or(0)
	}
	return a
}

func (a *Account) measure(unit Unit, own func(*plan.Node) opt.Float) {
	a.Unit = unit
	for i := range a.uses {
		a.uses[i].Own = own(a.uses[i].Node)
	}
}

// touched is the number of shared blocks that were read or found in memory.
func touched(b plan.Buffers) opt.Float { return opt.Sum(b.SharedHit, b.SharedRead) }

// Use returns what a node used.
func (a *Account) Use(n *plan.Node) Use { return a.uses[n.ID] }

// Share returns the part of the whole that an amount is; 0 if the whole is unknown.
func (a *Account) Share(amount float64) float64 {
	if a.Whole <= 0 {
		return 0
	}
	return math.Min(amount/a.Whole, 1)
}

// Part returns a node's own part of the whole. That of an Append has the scans below it,
// which read the parts of one table.
func (a *Account) Part(n *plan.Node) opt.Float {
	own := a.uses[n.ID].Own
	if n.Is("Append", "Merge Append") {
		for _, c := range n.Children {
			if PartOf(c) != "" {
				own = opt.Sum(own, a.uses[c.ID].Own)
			}
		}
	}
	return own
}

// Untold returns what of the whole is in nodes whose part is unknown; 0 if each part is
// known.
func (a *Account) Untold() float64 {
	told, unknown := a.Outside.Or(0), false
	for _, u := range a.uses {
		part, ok := u.Own.Get()
		told, unknown = told+part, unknown || !ok
	}
	if !unknown {
		return 0
	}
	return max(a.Whole-told, 0)
}

// PartOf returns the alias of the table of which a scan below an Append reads a part;
// empty for any other scan. The parts have the alias of their table, since version 13
// with a number: events_1. Tables that a UNION combines have aliases of their own.
func PartOf(n *plan.Node) string {
	if n.Parent == nil || !n.Parent.Is("Append", "Merge Append") || n.Alias == "" || n.Alias == n.Relation {
		return ""
	}
	digits := len(n.Alias) - len(strings.TrimRight(n.Alias, "0123456789"))
	if whole, numbered := strings.CutSuffix(n.Alias[:len(n.Alias)-digits], "_"); numbered && digits > 0 {
		return whole
	}
	if scans := n.Parent.Children; len(scans) > 1 && scans[0].Alias == scans[1].Alias {
		return n.Alias
	}
	return ""
}

// Largest returns the node with the largest part; nil if no part is known. The scan of a
// part of a table counts to its Append. A Gather that only waits for its workers comes
// after the nodes that work.
func (a *Account) Largest() *plan.Node {
	a.find.Do(func() {
		most, waits := 0.0, false
		for i := range a.uses {
			n := a.uses[i].Node
			part, ok := a.Part(n).Get()
			if !ok || PartOf(n) != "" {
				continue
			}
			if only := n.Is("Gather", "Gather Merge"); a.largest == nil || waits && !only || waits == only && part > most {
				a.largest, most, waits = n, part, only
			}
		}
	})
	return a.largest
}

// estimate divides the root's cost among the nodes. The cost of a node that the planner
// expects to run often is its cost per run times the runs; rows that a LIMIT above does
// not fetch are not counted.
func (a *Account) estimate(p *plan.Plan) {
	part := make([]float64, len(a.uses)) // of a node's cost over all its runs, what its parent's contains
	for n := range p.Nodes() {
		u := &a.uses[n.ID]
		all, ok := n.TotalCost.Get()
		if !ok {
			continue
		}
		if n.Parent == nil {
			part[n.ID], u.Runs = 1, opt.Of(1.0)
		}
		below := 0.0
		for _, c := range n.Children {
			below += c.TotalCost.Or(0) * runsIn(n, c)
		}
		within := 1.0
		if below > all {
			within = all / below
		}
		for _, c := range n.Children {
			times := runsIn(n, c)
			part[c.ID] = part[n.ID] * within * times
			a.uses[c.ID].Runs = opt.Of(u.Runs.Or(1) * times)
		}
		if !n.MayLack() {
			u.Own = opt.Of(part[n.ID] * math.Max(all-below, 0))
		}
	}
}

// runsIn is how often the planner expects a child to do its work in one run of its
// parent. Rows that are kept in memory are worked out once.
func runsIn(n, c *plan.Node) float64 {
	rows := 1.0
	switch {
	case c.Is("Materialize", "Memoize") || c.Relationship == "InitPlan":
	case c.Relationship == "SubPlan" && !c.Hashed():
		rows = n.PlanRows.Or(1)
		for _, in := range n.Children {
			if in.Relationship != "SubPlan" && in.Relationship != "InitPlan" {
				rows = math.Max(rows, in.PlanRows.Or(1))
			}
		}
	case n.Type == "Nested Loop" && c.Relationship == "Inner":
		for _, outer := range n.Children { // an InitPlan is in front of it
			if outer.Relationship == "Outer" {
				rows = outer.PlanRows.Or(1)
			}
		}
	}
	return math.Max(rows, 1)
}
