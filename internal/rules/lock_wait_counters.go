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
	waitMean   = NewThreshold("mean", 10, "ms", "a hundred times what an update by key takes from the cache")
	waitBlocks = NewThreshold("blocks_per_call", 20, "blocks", "work that is done in a tenth of a millisecond")
	waitRead   = NewThreshold("read_per_call", 0.5, "blocks", "from outside of the cache: more may be what it waits for")
	waitIO     = NewThreshold("io_share", 0.2, "share", "of its time, where track_io_timing is on")
	waitCalls  = NewThreshold("calls", 100, "calls", "fewer may have been held up by one event")
)

// lockWaitInCounters sees a statement that takes long and does little: a write
// by key at every call, others where a call took a second or more.
func lockWaitInCounters(c *Case, s *workload.Statement, q *sql.Query, found func(Found)) {
	often := waits(c, s, q) && s.Calls.Or(0) >= waitCalls.In(c)
	if !often && !c.waitedLong(s, q) || varies(c, s) || !s.TopLevel || c.shareOf([]*workload.Statement{s}).Or(0) < slowShare.In(c) {
		return
	}
	f, name := c.waitedFinding(s, q), ""
	switch u := utilityOf(s.Query.Raw()); {
	case u.locks:
		name = u.named()
		f.Detail = redact.Sprintf("%sUntil it gets its lock, later statements on the table queue behind it. ", f.Detail)
		f.Fix = redact.Plain("Set lock_timeout = '2s' for migrations and retry. Set log_lock_waits = on to see in the server's log who held the lock.")
	case !ownStatement(s, q) || c.hasPlan(s) || often && c.onHotRows(q):
		return
	default:
		name = statementOn(q)
		f.Fix = redact.Plain("Set log_lock_waits = on. While it is slow, run SELECT pid, wait_event_type, wait_event, pg_blocking_pids(pid), query FROM pg_stat_activity. " +
			"If it waits for locks: keep transactions short, write last in them, and write rows in the same order everywhere.")
	}
	what := "another transaction held"
	if q.Kind == sql.Select && !q.Waits {
		what = "another transaction held, or for its client to take the rows"
	}
	f.short = redact.Sprintf("the waits of %s", name)
	f.Title = redact.Sprintf("Lock wait suspected: %s took %s per call for %s", name, figures.Ms(s.MeanMs.Or(0)), counted(blocksPerCall(s), "block"))
	if s.Calls.Or(0) == 1 {
		f.Title = redact.Sprintf("Lock wait suspected: %s took %s in 1 call and touched %s", name, figures.Ms(s.MeanMs.Or(0)), counted(blocksPerCall(s), "block"))
	}
	f.Detail = redact.Sprintf("Its work explains %s of its time at most; the rest is waiting, most likely for a lock that %s. %s"+
		"Judgment needed: whether it is locks, a trigger's work or an overloaded machine. pg_stat_activity (wait_event_type) and pg_locks, taken while it is slow, or log_lock_waits settle it; without them, change nothing.",
		figures.Share(min(workOf(s).Or(0)/max(s.TotalMs.Or(0), 1), 1)), what, f.Detail)
	found(f)
}

// waitedFinding begins a finding on a statement that waited.
func (c *Case) waitedFinding(s *workload.Statement, q *sql.Query) Found {
	f := Found{}
	e := c.ofStatement(s)
	if ownStatement(s, q) {
		f = c.slowOne(s, q)
		e = evidence(f.Evidence)
	} else {
		e.text("statement", s.Query, "pg_stat_statements")
	}
	e.number("slowest call", s.MaxMs, "ms", "pg_stat_statements")
	e.number("fastest call", s.MinMs, "ms", "pg_stat_statements")
	e.number("standard deviation", s.StddevMs, "ms", "pg_stat_statements")
	e.number("blocks read per call", opt.Of(s.SharedRead.Or(0)/s.Calls.Or(1)), "blocks", "pg_stat_statements")
	e.number("what its work takes at most", workOf(s), "ms", "model")
	f.Tag, f.Severity, f.Evidence, f.Detail = finding.Concern, c.statementSeverity(s), e, redact.Text{}
	if c.shareOf([]*workload.Statement{s}).Or(0) >= topShare.In(c) {
		f.Severity = max(f.Severity, finding.Medium)
	}
	return f
}

// waits reports whether a write by key takes far longer than its blocks
// account for.
func waits(c *Case, s *workload.Statement, q *sql.Query) bool {
	calls, mean := s.Calls.Or(0), s.MeanMs.Or(0)
	if q == nil || q.Kind != sql.Update && q.Kind != sql.Delete || mean < waitMean.In(c) || calls <= 0 || len(q.Parts) > 0 || !s.SharedHit.Known() || !s.SharedRead.Known() {
		return false
	}
	keyed := false
	for _, c := range q.Where {
		keyed = keyed || c.Op == sql.Eq && c.Left.Name != "" && c.Value < sql.Runtime
	}
	return keyed && blocksPerCall(s)+s.Local.Or(0)/calls <= waitBlocks.In(c) && !callsFunctions(s.Query.Raw()) && s.SharedRead.Or(0)/calls < waitRead.In(c) &&
		s.ReadMs.Or(0)+s.WriteMs.Or(0) < waitIO.In(c)*s.TotalMs.Or(0)
}

func blocksPerCall(s *workload.Statement) float64 {
	return (s.SharedHit.Or(0) + s.SharedRead.Or(0)) / max(s.Calls.Or(0), 1)
}
