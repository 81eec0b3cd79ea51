package plan

import (
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/opt"
)

// Ancestors returns the nodes above n, nearest first.
func (n *Node) Ancestors() iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for a := n.Parent; a != nil; a = a.Parent {
			if !yield(a) {
				return
			}
		}
	}
}

// ExecMs returns the total time of the execution. If the execution time is missing, it
// is the time of the root and of the foreign key checks, which run after it.
func (p *Plan) ExecMs() Float {
	if p.ExecutionMs.Known() || !p.Root.TotalMs.Known() && len(p.Triggers) == 0 {
		return p.ExecutionMs
	}
	ms := p.Root.TotalMs.Or(0)
	for _, t := range p.Triggers {
		if t.Constraint != "" || t.Ms.Or(0) > p.Root.TotalMs.Or(0) {
			ms += t.Ms.Or(0) // of others, a BEFORE trigger is part of the root's time
		}
	}
	return opt.Of(ms)
}

// Is reports whether the node has one of the types.
func (n *Node) Is(types ...string) bool { return slices.Contains(types, n.Type) }

// Executions returns how often the node ran: its loops, those of processes that ran it
// beside each other counted once. What a process runs for a row of its own, such as the
// inner side of a nested loop, is an execution of its own.
func (n *Node) Executions() Float {
	return opt.Map(n.Loops, func(loops float64) float64 {
		if n.perRow && loops > n.Processes {
			return loops
		}
		return loops / n.Processes
	})
}

// RowsNear returns the number of rows over all loops that is nearest to an estimate. A
// printed count is an average over the loops and rounded: rows=0 can be one row in
// three loops.
func (n *Node) RowsNear(estimate float64) Float {
	return opt.Both(n.RowsTotal, n.Loops, func(_, loops float64) float64 {
		fewest, most := n.rowsBetween()
		return min(max(estimate, times(fewest, loops)), times(most, loops))
	})
}

// RowsOnce returns RowsTotal. If several processes each produced all rows, as
// for a hash table per process, it counts those of one process.
func (n *Node) RowsOnce() Float {
	if n.ParallelDivisor() == 1 {
		return opt.Both(n.Rows, n.Executions(), func(rows, executions float64) float64 { return times(rows, executions) })
	}
	return n.RowsTotal
}

// MostRows returns how many rows a node of several executions returned at most if their
// average was printed as 0: half a row each. It is 0 for any other node.
func (n *Node) MostRows() float64 {
	if rows, loops, ok := opt.Two(n.Rows, n.Loops); ok && rows == 0 && !n.decimals {
		return math.Floor(loops / 2)
	}
	return 0
}

// removals are the properties that count rows which a scan read and discarded.
var removals = [...]string{"Rows Removed by Filter", "Rows Removed by Index Recheck"}

// RemovedTotal returns the number of rows removed by the node's filter and
// recheck, over all loops. The text format omits the line if there were none.
func (n *Node) RemovedTotal() Float {
	if !n.Loops.Known() {
		return Float{}
	}
	sum := 0.0
	for _, name := range removals {
		v := lookup(n.Properties, name)
		switch {
		case v == nil && n.cutOff, v != nil && !v.Number.Known():
			return Float{} // it could not be read
		case v != nil:
			sum += max(0, v.Number.Or(0))
		}
	}
	return opt.Of(times(sum, n.Loops.Or(0)))
}

// ScannedTotal returns the number of rows that a scan read, over all loops.
func (n *Node) ScannedTotal() Float {
	return opt.Both(n.RowsTotal, n.RemovedTotal(), func(kept, removed float64) float64 { return finite(kept + removed) })
}

// ScannedPerExec returns ScannedTotal per execution; absent if the node was not
// executed. Processes that do not share the rows of a node each execute it by
// themselves: a lookup for a row of a parallel join reads what its index finds once.
func (n *Node) ScannedPerExec() Float {
	runs := n.Loops
	if n.rare().gather != nil {
		runs = n.Executions()
	}
	if runs.Or(0) == 0 {
		return Float{}
	}
	return opt.Both(n.ScannedTotal(), runs, func(rows, runs float64) float64 { return finite(rows / runs) })
}

// Discard returns the fraction of the scanned rows that was removed, as a range
// from low to high. Printed row counts are averages over the loops and rounded,
// so with many loops the range can be wide. ok is false if no row was scanned.
//
// Rows Removed is rounded to an integer in every version
// (show_instrumentation_count in explain.c), Actual Rows up to 17. From 18,
// Actual Rows has two decimals.
func (n *Node) Discard() (low, high float64, ok bool) {
	loops, known := n.Loops.Get()
	if !known || loops == 0 || !n.Rows.Known() {
		return 0, 0, false
	}
	if !n.RemovedTotal().Known() {
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

// rounding returns the maximum rounding error of an average over the loops. A
// single loop has none.
func (n *Node) rounding() float64 {
	if n.Loops.Or(0) > 1 {
		return 0.5
	}
	return 0
}

// rowsBetween returns bounds for the rows per loop, see RowsNear. The rows of the
// join above narrow them.
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
	case low > most || high < fewest: // the figures are of different executions
	case p.JoinType == "Inner" || p.JoinType == "Semi":
		// Each inner row is returned or removed.
		fewest, most = max(fewest, low), min(most, high)
	case p.JoinType == "Left":
		most = min(most, high) // plus outer rows without a match
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

// IOReadMs returns the time that the node and its children spent reading shared
// blocks, summed over all processes. Up to 16 it includes local blocks in JSON.
func (n *Node) IOReadMs() Float { return n.firstNumber("Shared I/O Read Time", "I/O Read Time") }

// IOWriteMs is like IOReadMs for writing.
func (n *Node) IOWriteMs() Float { return n.firstNumber("Shared I/O Write Time", "I/O Write Time") }

func (n *Node) firstNumber(names ...string) Float {
	for _, name := range names {
		if v := n.Number(name); v.Known() {
			return v
		}
	}
	return Float{}
}

// disabledCost is what the planner adds to the startup cost of a disabled node up
// to 17: disable_cost in costsize.c. A total cost as high as that may be due to rows.
const disabledCost = 1e10

// Disabled reports whether the planner used the node although an enable_*
// setting disables it.
func (n *Node) Disabled() bool {
	if n.Text("Disabled").Raw() == "true" {
		return true
	}
	startup, total := n.StartupCost.Or(0), n.TotalCost.Or(0)
	for _, c := range n.Children {
		startup -= c.StartupCost.Or(0)
		total -= c.TotalCost.Or(0)
	}
	return min(startup, total) >= disabledCost/2
}

// StoppedEarly reports whether a node above did not fetch all rows: a Limit
// that was reached, or an EXISTS that found a row. The node's row count is then
// partial. The LIMIT of the query is taken from the Limit node's Plan Rows.
func (n *Node) StoppedEarly() bool { return n.StoppedEarlyAt(Float{}) }

// Hashed reports whether an expression of the node above names the subquery as
// hashed: its rows are then all read once, into a hash table.
func (n *Node) Hashed() bool {
	name := "hashed " + n.SubplanName + ")"
	return n.SubplanName != "" && slices.ContainsFunc(n.Parent.Properties, func(p Property) bool {
		return strings.Contains(p.Value.Text.Raw(), name) ||
			slices.ContainsFunc(p.Value.List(), func(v Value) bool { return strings.Contains(v.Text.Raw(), name) })
	})
}

// maxJumps limits how many CTE scans are followed: a forged plan can contain a
// cycle.
const maxJumps = 50

// wholeTable is the share of the expected rows from which on a sequential scan without
// a filter has read its table to the end.
const wholeTable = 0.99

// StoppedEarlyAt is like StoppedEarly if the LIMIT of the query, which belongs
// to the plan's outermost Limit, is known.
func (n *Node) StoppedEarlyAt(limit Float) bool {
	if rows, expected, ok := opt.Two(n.RowsTotal, n.ExpectedTotal); ok && n.Type == "Seq Scan" && !n.Has("Filter") && expected > 1 && rows >= wholeTable*expected {
		return false // all that the table is known to have
	}
	if !limit.Known() {
		return n.cutShort
	}
	return n.isCutShort(limit)
}

// findCutShort decides for all nodes whether a node above stopped them. The nodes above
// come first, so that each takes one step.
func (p *Plan) findCutShort() {
	for _, n := range p.nodes {
		n.cutShort = n.isCutShort(Float{})
	}
}

// isCutShort reports whether a node above stopped fetching rows from n. Without a limit it
// takes what is known of the nodes before n.
func (n *Node) isCutShort(limit Float) bool {
	jumps := 0
	for c := n; ; {
		p := c.Parent
		switch {
		case p == nil:
			return false
		case c.isInitPlan() && c.isCTE():
			// A CTE Scan elsewhere fetches the rows. A CTE that
			// nothing reads runs to its end.
			if jumps++; c.rare().ranIn == nil || jumps > maxJumps {
				return false
			}
			c = c.rare().ranIn
			continue
		case c.isInitPlan(), c.Relationship == "SubPlan":
			// EXISTS and IN take one row, unless the subquery is hashed.
			// Otherwise each execution is complete, whatever is above.
			return !c.Hashed() && c.Type != "Aggregate" && c.Rows.Known() && c.Rows.Or(0) <= 1
		case c.Is("Bitmap Index Scan", "BitmapAnd", "BitmapOr", "Hash"):
			return false // read completely before the parent continues
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
			return true // ends when one side ends
		case "Nested Loop":
			if c.Relationship != "Inner" {
				break
			}
			if p.JoinType == "Semi" || p.JoinType == "Anti" || p.Text("Inner Unique").Raw() == "true" {
				return true
			}
			if c.Executions().Or(0) > 1 {
				return false // only the last execution can be partial
			}
		case "Hash Join":
			if c.Relationship == "Outer" && p.emptyHash() {
				return true
			}
		}
		if c = p; c.ID < n.ID && !limit.Known() {
			return c.cutShort
		}
	}
}

// limitReached reports whether a Limit returned all rows it was asked for.
// Otherwise it read its input to the end. Plan Rows is the LIMIT, or the expected rows
// of the input if these are fewer. So a Limit that returned more rows than Plan Rows
// has a higher LIMIT, which the plan does not show: that it is just the number of rows
// would be a coincidence.
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
		return true // unknown, so assume that it was reached
	}
	return n.Rows.Or(0) == want.Or(0) || asked.Known() && n.Rows.Or(0) > want.Or(0)
}

// emptyHash reports whether the hash side of a join returned no row. The join
// then ends before it reads its outer side (nodeHashjoin.c), unless it returns
// unmatched outer rows.
func (n *Node) emptyHash() bool {
	if n.JoinType == "Left" || n.JoinType == "Full" || n.JoinType == "Anti" {
		return false
	}
	for _, c := range n.Children {
		if c.Type == "Hash" {
			// Of several loops, 0 rows may be a rounded average.
			sure := c.Loops.Or(0) == 1 || n.RowsTotal.Or(0) == 0
			return c.RowsTotal.Known() && c.RowsTotal.Or(0) == 0 && c.Loops.Or(0) > 0 && sure
		}
	}
	return false
}
