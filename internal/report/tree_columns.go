package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
)

// figureColumn is a column of figures in a tree of text.
type figureColumn struct {
	name, brief string // brief: where there is little room
	from        int    // the columns of the terminal from which on it is drawn
	value       func(p *Plan, n *Node) opt.Float
	words       func(v float64) string
	short       func(v float64) string // with little room
	// note is what a node says instead if there is no room for the column.
	note func(p *Plan, n *Node) string
}

// Columns of the terminal: below narrow, a tree has only what takes time, below roomy
// the figures are short.
const narrow, roomy = 70, 100

// executedColumns are those of a plan that was executed, plannedColumns those of one
// that was not.
var (
	executedColumns = []figureColumn{
		{"self ms", "self ms", 0, func(_ *Plan, n *Node) opt.Float { return n.SelfMs }, figures.Tenths, shortMs, nothing},
		{"%", "%", 0, (*Plan).share, percent, percent, nothing},
		{"total ms", "total", narrow, func(_ *Plan, n *Node) opt.Float { return n.TotalMs }, figures.Tenths, shortMs, nothing},
		{"loops", "loops", narrow, func(_ *Plan, n *Node) opt.Float { return n.Loops }, figures.Count, shortCount, loopsNote},
		{"rows", "rows", 0, func(_ *Plan, n *Node) opt.Float { return n.RowsTotal }, figures.Count, shortCount, nothing},
		{"x est", "x est", narrow, func(_ *Plan, n *Node) opt.Float { return n.misestimate() }, figures.Tenths, shortRatio, estimateNote},
		{"blocks", "blocks", 90, func(_ *Plan, n *Node) opt.Float { return n.ownBlocks() }, figures.Count, shortCount, nothing},
	}
	plannedColumns = []figureColumn{
		{"self cost", "cost", 0, func(_ *Plan, n *Node) opt.Float { return n.SelfCost }, figures.Count, shortCount, nothing},
		{"%", "%", 0, (*Plan).share, percent, percent, nothing},
		{"total cost", "total", narrow, func(_ *Plan, n *Node) opt.Float { return n.Cost }, figures.Count, shortCount, nothing},
		{"rows", "rows", 0, func(_ *Plan, n *Node) opt.Float { return n.ExpectedTotal }, figures.Count, shortCount, nothing},
	}
)

// figureColumns returns the columns of a plan that a terminal has room for, and those
// that it has no room for. Columns that say nothing are left out.
func (p *Plan) figureColumns(columns int) (drawn, left []figureColumn) {
	all := plannedColumns
	if p.analyzed() {
		all = executedColumns
	}
	for _, c := range all {
		dull := opt.Float{}
		if c.name == "loops" {
			dull = opt.Of(1.0)
		}
		switch says := slices.ContainsFunc(p.Nodes, func(n Node) bool { v := c.value(p, &n); return v.Known() && v != dull }); {
		case !says:
		case columns < c.from:
			left = append(left, c)
		default:
			drawn = append(drawn, c)
		}
	}
	return drawn, left
}

func (c figureColumn) heading(columns int) string {
	if columns < roomy {
		return c.brief
	}
	return c.name
}

// cell returns the figure of a node; empty if it is not known.
func (c figureColumn) cell(p *Plan, n *Node, columns int) string {
	v, ok := c.value(p, n).Get()
	switch {
	case !ok:
		return ""
	case columns < roomy:
		return c.short(v)
	}
	return c.words(v)
}

// share is the node's own part of the execution, or of the estimated cost.
func (p *Plan) share(n *Node) opt.Float {
	if p.analyzed() {
		return n.SelfShare
	}
	return opt.Both(n.SelfCost, p.RootCost, func(own, all float64) float64 {
		if all <= 0 {
			return 0
		}
		return min(own/all, 1)
	})
}

// misestimate is the ratio of actual to estimated rows.
func (n *Node) misestimate() opt.Float {
	actual, expected, ok := opt.Two(n.RowsTotal, n.ExpectedTotal)
	if !ok || expected <= 0 || actual <= 0 {
		return opt.Float{}
	}
	return opt.Of(actual / expected)
}

// ownBlocks are the blocks of tables and indexes, temporary tables included.
func (n *Node) ownBlocks() opt.Float {
	return opt.Map(n.SelfSharedHit, func(hit float64) float64 {
		return hit + n.SelfSharedRead.Or(0) + n.SelfLocalHit.Or(0) + n.SelfLocalRead.Or(0)
	})
}

func percent(share float64) string {
	if share < 0.01 {
		return "0"
	}
	return fmt.Sprintf("%.0f", 100*share)
}

func nothing(*Plan, *Node) string { return "" }

// loopsNote says the loops of a node that the node above does not have.
func loopsNote(p *Plan, n *Node) string {
	above := opt.Of(1.0)
	if n.Parent != nil {
		above = p.Nodes[*n.Parent].Loops
	}
	if n.Loops == above || n.Loops.Or(0) == 0 || n.Subplan != nil {
		return ""
	}
	return figures.Plural(n.Loops.Or(0), "loop")
}

func estimateNote(_ *Plan, n *Node) string {
	const far = 10
	if ratio := n.misestimate().Or(1); ratio >= far || ratio <= 1.0/far && !n.StoppedEarly {
		return figures.Times(ratio) + " the estimated rows"
	}
	return ""
}

func shortRatio(v float64) string {
	if v < 1000 {
		return figures.Tenths(v)
	}
	return shortCount(v)
}

// shortCount formats a count with at most 5 characters: "9,999", "30k", "2.1M".
func shortCount(n float64) string {
	units := []string{"", "k", "M", "bn"}
	i := 0
	for math.Abs(n) >= 9_999.5 && i == 0 || math.Abs(n) >= 999.5 && i > 0 && i < len(units)-1 {
		n, i = n/1000, i+1
	}
	switch {
	case i > 0 && math.Abs(n) < 9.95:
		return fmt.Sprintf("%.1f%s", n, units[i])
	case i > 0:
		return fmt.Sprintf("%.0f%s", n, units[i])
	}
	return figures.Count(n)
}

// shortMs formats a time in ms with at most 6 characters; a longer one has its unit.
func shortMs(ms float64) string {
	if ms < 99_999.5 {
		return figures.Tenths(ms)
	}
	if s := ms / 1000; s < 99_999 {
		return figures.Tenths(s) + "s"
	}
	return figures.Tenths(ms/3_600_000) + "h"
}
