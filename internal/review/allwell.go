package review

import (
	"cmp"
	"fmt"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/rules"
	"github.com/pgverdict/pgverdict/plan"
)

const (
	// quick is the time in ms below which a plan is fine whatever it does.
	quick = 10
	// longRun is the time in ms from which on finding nothing is no all-clear,
	// but where the plan shows that the work has to be done.
	longRun = 1_000
	// rowsWorthSaying is from where on a scan's rows explain its time.
	rowsWorthSaying = 1_000
	// dropsMost is the share of its rows from which on a scan that takes most of
	// the time is no plan to leave alone, whatever its condition is.
	dropsMost, dropsRows = 0.9, 10_000
	// summedUp is the share of the rows read that an aggregate leaves, below
	// which what was read was read to be counted.
	summedUp = 0.1
	// reachesIt is the share of a scan's rows that is left behind a join, or comes
	// to an aggregate, from which on an index would hardly spare any.
	reachesIt = 0.2
)

// allWell says that nothing was found, and what was looked at to say so.
func (b *builder) allWell() string {
	gaps := 0
	var slowest *rules.Plan
	for _, p := range b.c.Plans {
		gaps += p.Gaps
		if slowest == nil || p.ExecMs().Or(0) > slowest.ExecMs().Or(0) {
			slowest = p
		}
	}
	slow := ""
	for _, p := range b.c.Plans {
		slow = cmp.Or(slow, b.slower(p))
	}
	switch {
	case slow != "" && gaps == 0:
		return "Not the slow execution: " + slow + ", and no problem is in it. Take the plan of a slow one (auto_explain)."
	case len(b.c.Plans) > 0:
		return b.nothingIn(slowest, gaps)
	case len(b.c.Queries) == 1 && b.c.Queries[0].Expected != nil:
		cost := b.c.Queries[0].Expected.Today().TotalCost.Or(0)
		return fmt.Sprintf("No index makes the query much cheaper than the %s that the model expects it to cost: a conjecture, until its plan is taken.", figures.Count(cost))
	}
	return "No problem found by the rules that these exports allow; what could not be judged is listed below."
}

// nothingIn is what no finding means for plans of which this one is the
// slowest.
func (b *builder) nothingIn(slowest *rules.Plan, gaps int) string {
	reason, hasToBe, notWorth := fine(slowest)
	which, in := "this plan", "it "
	if n := len(b.c.Plans); n > 1 {
		which, in = fmt.Sprintf("these %d plans", n), fmt.Sprintf("the slowest, plan %d, ", slowest.Number())
	}
	exec, timed := slowest.ExecMs().Get()
	switch {
	case gaps > 0:
		s := fmt.Sprintf("Nothing can be said for certain: %s of the plan could not be read whole. Paste it as it was printed.", figures.Plural(gaps, "line"))
		if timed && slowest.Analyzed {
			s += fmt.Sprintf(" As far as it can be read, %s%s.", in, reason)
		}
		return s
	case !slowest.Analyzed || !timed:
		if len(b.c.Plans) > 1 {
			in, reason = "they ", "hold estimates only, and by these nothing stands out"
		}
	case exec < quick:
	case b.sparedBy(slowest):
		return fmt.Sprintf("No rule explains the difference: %s%s.", in, reason)
	case hasToBe:
		return fmt.Sprintf("No problem found in %s, and no index would spare the work: %s%s.", which, in, reason)
	case notWorth:
		return fmt.Sprintf("No index is proposed for %s: %s%s.", which, in, reason)
	case exec >= longRun || dropsNearlyAll(slowest):
		return fmt.Sprintf("No rule explains where the time of %s goes: %s%s.", which, in, reason)
	}
	return fmt.Sprintf("No problem found in %s: %s%s.", which, in, reason)
}

// sparedBy reports whether another plan of the same query came to as many rows
// in a fraction of the time.
func (b *builder) sparedBy(slowest *rules.Plan) bool {
	for _, p := range b.c.Pairs {
		fast := p.Faster()
		if p.Slower() == slowest && fast.ExecMs().Or(0) <= slowest.ExecMs().Or(0)/rowsTimes && fast.Root.RowsTotal.Or(0) >= slowest.Root.RowsTotal.Or(0)/rowsTimes {
			return true
		}
	}
	return false
}

// fine is the reason why a plan is left alone: what it spends its time on,
// whether this has to be done, and whether an index was weighed and would not
// pay.
func fine(p *rules.Plan) (reason string, hasToBe, notWorth bool) {
	exec, ok := p.ExecMs().Get()
	if !p.Analyzed || !ok {
		return "holds estimates only, and by these nothing stands out", false, false
	}
	if exec < quick {
		return "took " + figures.Ms(exec), false, false
	}
	top := dearest(p)
	reason = fmt.Sprintf("took %s, most of it in #%d %s (%s)", figures.Ms(exec), top.ID, top.Label(), figures.Share(min(top.SelfMs.Or(0)/exec, 1)))
	read, made := countedUp(p)
	low, _, known := top.Discard()
	switch scanned := top.ScannedTotal().Or(0); {
	case known && top.Type == "Seq Scan" && scanned >= rowsWorthSaying:
		reason += fmt.Sprintf(", which keeps %s of the %s rows it reads", figures.Share(1-low), figures.Count(scanned))
		if hasToBe = low <= 0.5 && needsAll(top); hasToBe {
			reason += ", so a sequential scan is right"
		} else if why, unless := p.WhyNoIndex(top); why != "" {
			reason += "; by the planner's arithmetic " + why
			if unless != "" {
				reason += ", " + unless
			}
			notWorth = true
		}
	case read > 0:
		reason += fmt.Sprintf(". It reads %s rows and makes %s of them: where it runs often, keep the result (a materialized view, a table of sums), or ask for fewer rows",
			figures.Count(read), figures.Count(made))
		hasToBe = true
	case top.SelfBuffers.SharedRead.Or(0) > 0 && top.Relation != "" && scanned > 0:
		hit, cold := top.SelfBuffers.SharedHit.Or(0), top.SelfBuffers.SharedRead.Or(0)
		reason += fmt.Sprintf(", which touches %s blocks for %s, %s of them read from outside of the cache",
			figures.Count(hit+cold), figures.Plural(int(scanned), "row"), figures.Share(cold/(hit+cold)))
	}
	return reason, hasToBe, notWorth
}

// dearest is the node that takes most of a plan's time by itself.
func dearest(p *rules.Plan) *plan.Node {
	top := p.Root
	for n := range p.Nodes() {
		if n.SelfMs.Or(0) > top.SelfMs.Or(0) {
			top = n
		}
	}
	return top
}

// dropsNearlyAll reports whether most of a plan's time goes into a scan that
// throws away nearly all it reads.
func dropsNearlyAll(p *rules.Plan) bool {
	top := dearest(p)
	low, _, ok := top.Discard()
	return ok && low >= dropsMost && top.ScannedTotal().Or(0) >= dropsRows && top.SelfMs.Or(0) >= p.ExecMs().Or(0)/2
}

// needsAll reports whether the rows of a node are used: no join above drops
// nearly all of them, and no LIMIT, which another way to them might spare.
func needsAll(n *plan.Node) bool {
	rows := n.RowsTotal.Or(0)
	for up := range n.Ancestors() {
		switch {
		case up.Is("Aggregate", "Group", "Unique"):
			return true
		case up.Is("Hash Join", "Nested Loop", "Merge Join") && up.RowsTotal.Or(0) < reachesIt*rows,
			up.Type == "Limit" && up.RowsTotal.Or(0) < rows/rowsTimes:
			return false
		}
	}
	return true
}

// countedUp gives the rows that the largest scan reads and the few that an
// aggregate makes of them; none where filters and joins between drop most, so
// that an index might spare the reading, or the scan is run again and again.
func countedUp(p *rules.Plan) (read, made float64) {
	var largest *plan.Node
	for n := range p.Nodes() {
		if n.Relation != "" && n.Executed() && n.Type != "ModifyTable" && (largest == nil || n.ScannedTotal().Or(0) > largest.ScannedTotal().Or(0)) {
			largest = n
		}
	}
	if largest == nil || largest.ScannedTotal().Or(0) < rowsWorthSaying || largest.StoppedEarly() || largest.Executions().Or(1) > 1 {
		return 0, 0
	}
	read = largest.ScannedTotal().Or(0)
	for up := range largest.Ancestors() {
		if !up.Is("Aggregate", "Group", "Unique") {
			continue
		}
		made = p.Root.RowsTotal.Or(0)
		if up.Children[0].RowsTotal.Or(0) < reachesIt*read || made > summedUp*read {
			return 0, 0
		}
		return read, made
	}
	return 0, 0
}
