package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	waitMean   = Threshold{"mean", 10, "ms", "a hundred times what an update by key takes from the cache"}
	waitBlocks = Threshold{"blocks_per_call", 20, "blocks", "work that is done in a tenth of a millisecond"}
	waitRead   = Threshold{"read_per_call", 0.5, "blocks", "from outside of the cache: more may be what it waits for"}
	waitIO     = Threshold{"io_share", 0.2, "share", "of its time, where track_io_timing is on"}
	waitCalls  = Threshold{"calls", 100, "calls", "fewer may have been held up by one event"}
)

// lockWaitInCounters sees a write by key that takes long and does little at every
// call.
func lockWaitInCounters(c *Case, s *workload.Statement, q *sql.Query, found func(Found)) {
	if !waits(s, q) || s.Calls.Or(0) < waitCalls.Value || varies(s) || !c.asksForPlan(s, q) || c.shareOf([]*workload.Statement{s}).Or(0) < slowShare.Value || c.onHotRows(q) {
		return
	}
	f := c.slowOne(s, q)
	f.Tag, f.Severity = finding.Concern, finding.Low
	f.short = redact.Sprintf("the waits of %s", statementOn(q))
	e := evidence(f.Evidence)
	e.number("standard deviation", s.StddevMs, "ms", "pg_stat_statements")
	e.number("blocks read a call", opt.Of(s.SharedRead.Or(0)/s.Calls.Or(1)), "blocks", "pg_stat_statements")
	f.Evidence = e
	f.Title = redact.Sprintf("%s takes %s a call for %s", upper(statementOn(q)), figures.Ms(s.MeanMs.Or(0)), counted(blocksPerCall(s), "block"))
	f.Detail = redact.Sprintf("So little is read and written in well under a millisecond: it waits, most likely for rows that other transactions have locked.%s "+
		"Judgment needed: whether it is locks, a trigger's work or a starved machine. pg_stat_activity (wait_event_type) and pg_locks, taken while it is slow, or log_lock_waits settle it; without them, change nothing.", f.Detail)
	f.Fix = redact.Plain("Where it is locks: keep the transactions short (no call to another service between the write and COMMIT), put the write last, and write rows in the same order everywhere.")
	found(f)
}

// waits reports whether a write by key takes far longer than its blocks
// account for.
func waits(s *workload.Statement, q *sql.Query) bool {
	calls, mean := s.Calls.Or(0), s.MeanMs.Or(0)
	if q == nil || q.Kind != sql.Update && q.Kind != sql.Delete || mean < waitMean.Value || calls <= 0 || len(q.Parts) > 0 || !s.SharedHit.Known() || !s.SharedRead.Known() {
		return false
	}
	keyed := false
	for _, c := range q.Where {
		keyed = keyed || c.Op == sql.Eq && c.Left.Name != "" && c.Value < sql.Runtime
	}
	return keyed && blocksPerCall(s) <= waitBlocks.Value && s.SharedRead.Or(0)/calls < waitRead.Value &&
		s.ReadMs.Or(0)+s.WriteMs.Or(0) < waitIO.Value*s.TotalMs.Or(0)
}

func blocksPerCall(s *workload.Statement) float64 {
	return (s.SharedHit.Or(0) + s.SharedRead.Or(0)) / max(s.Calls.Or(0), 1)
}
