package plan

import (
	"iter"
	"slices"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// Ancestors gives the nodes above n, the nearest first.
func (n *Node) Ancestors() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for a := n.Parent; a != nil; a = a.Parent {
			if !yield(a) {
				return
			}
		}
	}
}

// Is reports whether the node is of one of the types.
func (n *Node) Is(types ...string) bool { return slices.Contains(types, n.Type) }

// Executions is how often the node was run: its loops, without the
// multiplication by the processes that shared them.
func (n *Node) Executions() Float {
	return opt.Map(n.Loops, func(loops float64) float64 { return loops / n.Processes })
}

// RowsOnce is RowsTotal, but that of the rows which each of several processes
// made for itself, as a hash table of its own, one process's are counted.
func (n *Node) RowsOnce() Float {
	if n.ParallelDivisor() == 1 {
		return opt.Both(n.Rows, n.Executions(), func(rows, executions float64) float64 { return times(rows, executions) })
	}
	return n.RowsTotal
}

// removals are the lines that count the rows which a scan read and dropped.
var removals = [...]string{"Rows Removed by Filter", "Rows Removed by Index Recheck"}

// RemovedTotal is the number of rows that the node's filter and recheck
// dropped, over all loops. Text has no line where there were none.
func (n *Node) RemovedTotal() Float {
	if !n.Loops.Known() {
		return Float{}
	}
	sum := 0.0
	for _, name := range removals {
		sum += max(0, n.Number(name).Or(0))
	}
	return opt.Of(times(sum, n.Loops.Or(0)))
}

// ScannedTotal is the number of rows that a scan looked at, over all loops.
func (n *Node) ScannedTotal() Float {
	return opt.Both(n.RowsTotal, n.RemovedTotal(), func(kept, removed float64) float64 { return finite(kept + removed) })
}

// ScannedPerExec is ScannedTotal for one execution; absent if there was none.
func (n *Node) ScannedPerExec() Float {
	if n.Executions().Or(0) == 0 {
		return Float{}
	}
	return opt.Both(n.ScannedTotal(), n.Executions(), func(rows, executions float64) float64 { return finite(rows / executions) })
}

// Discard is the share of the scanned rows that was dropped, from low to high:
// what is printed is an average over the loops and rounded, so that over many
// loops little may be left to say. It is not ok where no row was scanned.
//
// Rows Removed is rounded to an integer in every version (explain.c,
// show_instrumentation_count), Actual Rows up to 17; from 18 it has two
// decimals.
func (n *Node) Discard() (low, high float64, ok bool) {
	loops, known := n.Loops.Get()
	if !known || loops == 0 || !n.Rows.Known() {
		return 0, 0, false
	}
	off := n.rounding()
	var least, most float64
	for _, name := range removals {
		if v, printed := n.Number(name).Get(); printed && v >= 0 {
			least += max(0, v-off)
			most += v + off
		}
	}
	fewest, all := n.rowsBetween()
	if most+all == 0 {
		return 0, 0, false
	}
	if least > 0 {
		low = least / (least + all)
	}
	if most > 0 {
		high = most / (most + fewest)
	}
	return low, high, true
}

// rounding is by how much a count that is an average over the loops may be
// off; of a single loop the figure is exact.
func (n *Node) rounding() float64 {
	if n.Loops.Or(0) > 1 {
		return 0.5
	}
	return 0
}

// rowsBetween are the bounds of the rows of a loop. Over many loops an average
// says little: rows=0 may be none, or one in three loops. What the join above
// made of the rows tells more.
func (n *Node) rowsBetween() (fewest, most float64) {
	fewest, most = n.rowsRounded()
	p := n.Parent
	if p == nil || p.Type != "Nested Loop" || n.Relationship != "Inner" || p.Loops.Or(0) == 0 || !p.Rows.Known() {
		return fewest, most
	}
	low, high := p.rowsRounded()
	for _, name := range [...]string{"Rows Removed by Join Filter", "Rows Removed by Filter"} {
		if v, printed := p.Number(name).Get(); printed && v >= 0 {
			low, high = low+max(0, v-p.rounding()), high+v+p.rounding()
		}
	}
	share := p.Loops.Or(0) / n.Loops.Or(1)
	switch low, high = low*share, high*share; {
	case low > most || high < fewest: // the figures are not of one execution
	case p.JoinType == "Inner" || p.JoinType == "Semi":
		// Each row of the inner side is returned or removed.
		fewest, most = max(fewest, low), min(most, high)
	case p.JoinType == "Left":
		most = min(most, high) // and others without a match
	}
	return fewest, most
}

func (n *Node) rowsRounded() (fewest, most float64) {
	off := n.rounding()
	if n.decimals {
		off /= 100
	}
	return max(0, n.Rows.Or(0)-off), n.Rows.Or(0) + off
}

// IOReadMs is the time that the node and those below it spent reading shared
// blocks, over all processes. Up to 16 JSON has local blocks in it too.
func (n *Node) IOReadMs() Float { return n.firstNumber("Shared I/O Read Time", "I/O Read Time") }

// IOWriteMs is the same for writing.
func (n *Node) IOWriteMs() Float { return n.firstNumber("Shared I/O Write Time", "I/O Write Time") }

func (n *Node) firstNumber(names ...string) Float {
	for _, name := range names {
		if v := n.Number(name); v.Known() {
			return v
		}
	}
	return Float{}
}

// disabledCost is what the planner adds to the cost of a node that enable_*
// forbids, up to 17: disable_cost in costsize.c.
const disabledCost = 1e10

// Disabled reports whether the planner took the node although a setting
// forbids it.
func (n *Node) Disabled() bool {
	if n.Text("Disabled").Raw() == "true" {
		return true
	}
	below := 0.0
	for _, c := range n.Children {
		below += c.TotalCost.Or(0)
	}
	return n.TotalCost.Or(0)-below >= disabledCost/2
}

// StoppedEarly reports whether something above the node did not want all of
// its rows: a Limit that was reached, an EXISTS that found its row. What the
// node returned is then not what there is. A Limit's Plan Rows stand for the
// number that the query asked for.
func (n *Node) StoppedEarly() bool { return n.StoppedEarlyAt(Float{}) }

// maxJumps bounds the way from a CTE to its scan, in another CTE: a forged plan
// may go in a circle.
const maxJumps = 50

// StoppedEarlyAt is StoppedEarly where the LIMIT of the query is known: it is
// that of the plan's outermost Limit.
func (n *Node) StoppedEarlyAt(limit Float) bool {
	jumps := 0
	for c := n; ; {
		p := c.Parent
		switch {
		case p == nil:
			return false
		case c.isInitPlan() && c.isCTE():
			// The CTE's rows were asked for by a scan elsewhere. One that
			// nothing read is run to its end.
			if jumps++; c.ranIn == nil || jumps > maxJumps {
				return false
			}
			c = c.ranIn
			continue
		case c.isInitPlan(), c.Relationship == "SubPlan":
			// EXISTS and IN take one row; whatever is above, each execution is
			// whole otherwise.
			return c.Type != "Aggregate" && c.Rows.Known() && c.Rows.Or(0) <= 1
		case c.Is("Bitmap Index Scan", "BitmapAnd", "BitmapOr", "Hash"):
			return false // read to the end before the parent goes on
		}
		switch p.Type {
		case "Sort", "Hash", "ModifyTable":
			return false
		case "Aggregate":
			if p.Strategy != "Sorted" {
				return false
			}
		case "SetOp":
			if p.Strategy == "Hashed" {
				return false
			}
		case "Limit":
			return p.limitReached(limit)
		case "Merge Join":
			return true // ends with the shorter side
		case "Nested Loop":
			if c.Relationship != "Inner" {
				break
			}
			if p.JoinType == "Semi" || p.JoinType == "Anti" || p.Text("Inner Unique").Raw() == "true" {
				return true
			}
			if c.Executions().Or(0) > 1 {
				return false // at most the last of its runs was cut
			}
		case "Hash Join":
			if c.Relationship == "Outer" && p.emptyHash() {
				return true
			}
		}
		c = p
	}
}

// limitReached reports whether a Limit got the rows it wanted. One that got
// fewer has read its input to the end.
func (n *Node) limitReached(asked Float) bool {
	want := n.PlanRows
	if asked.Known() {
		outermost := true
		for a := range n.Ancestors() {
			outermost = outermost && a.Type != "Limit"
		}
		if outermost {
			want = asked
		}
	}
	if !want.Known() || !n.Rows.Known() {
		return true // nothing says that it ran dry
	}
	return n.Rows.Or(0) >= want.Or(0)
}

// emptyHash reports whether the hash side of a join returned no row, which
// ends the join before its outer side is read (nodeHashjoin.c), unless rows of
// the outer side are returned without a match.
func (n *Node) emptyHash() bool {
	if n.JoinType == "Left" || n.JoinType == "Full" || n.JoinType == "Anti" {
		return false
	}
	for _, c := range n.Children {
		if c.Type == "Hash" {
			return c.RowsTotal.Known() && c.RowsTotal.Or(0) == 0 && c.Loops.Or(0) > 0
		}
	}
	return false
}
