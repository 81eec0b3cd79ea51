package review

import (
	"fmt"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/report"
	"github.com/pgverdict/pgverdict/workload"
)

// balance weighs what a new index saves a day against what its writes cost, as
// far as the workload tells of all that it serves.
func (b *builder) balance(c *change) indexadvisor.Balance {
	if b.c.Snapshot == nil {
		return indexadvisor.Balance{}
	}
	var served []indexadvisor.Served
	seen := map[*workload.Statement]bool{}
	for _, a := range c.requests {
		if a.plan == nil && a.statement == nil {
			continue // a foreign key's index: its statements are not known one by one
		}
		st := b.statementOf(a)
		if st == nil || a.proposal == nil || !a.proposal.CostBefore.Known() || !a.proposal.CostAfter.Known() {
			return indexadvisor.Balance{}
		}
		if !seen[st] {
			seen[st] = true
			served = append(served, indexadvisor.Served{Statement: st, Before: a.proposal.CostBefore.Or(0), After: a.proposal.CostAfter.Or(0)})
		}
	}
	return b.c.Advisor.Balance(*c.create, served)
}

// notWorthIt says why an index is not proposed: its writes cost as much as it
// saves. Where deletes search by it, the statements are not all that it is for.
func (b *builder) notWorthIt(c *change) (why string) {
	if c.create == nil || deletesSearch(c) {
		return ""
	}
	w := b.balance(c)
	if !w.NotWorthIt() {
		return ""
	}
	return fmt.Sprintf("maintenance would cost more than it saves (%[2]s vs %[1]s blocks per day: WAL, pages written, and pages read to insert entries)",
		figures.Count(w.SavedBlocks.Or(0)), figures.Count(w.CostBlocks.Or(0)))
}

func balanceOf(w indexadvisor.Balance) *report.Balance {
	return &report.Balance{SavedMsPerDay: w.SavedMs, SavedBlocksPerDay: w.SavedBlocks, CostBlocksPerDay: w.CostBlocks}
}

// savedPerDay says what an index saves per day; empty if that is not known.
func savedPerDay(w indexadvisor.Balance) string {
	ms, known := w.SavedMs.Get()
	if !known {
		return ""
	}
	return fmt.Sprintf("%s and %s block reads per day", figures.Ms(ms), figures.Count(w.SavedBlocks.Or(0)))
}

// maintenance says what maintaining an index costs per day, if it is known what
// the index saves; else empty.
func maintenance(w indexadvisor.Balance) string {
	if !w.SavedMs.Known() {
		return ""
	}
	cost, known := w.CostBlocks.Get()
	switch {
	case !known:
		return "I/O per day unknown"
	case cost == 0:
		return "no I/O, since nothing was written"
	case w.Close():
		return fmt.Sprintf("%s of I/O per day (a close call: the index saves %s as many)", figures.Plural(cost, "block"), figures.Times(w.Ratio().Or(0)))
	}
	return figures.Plural(cost, "block") + " of I/O per day"
}
