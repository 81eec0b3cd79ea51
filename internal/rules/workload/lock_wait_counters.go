package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	waitCalls = rule.NewThreshold("calls", 100, "calls", "fewer may have been delayed by one event")
)

// lockWaitInCounters reports a statement that takes long and does little: a write
// by key on every call, others if a call took a second or more.
func lockWaitInCounters(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
	if rule.LoggedWaits(c, s) && s.TopLevel && c.ShareOf(s).Or(0) >= rule.SlowShare.In(c) {
		found(lockWaitInLog(c, s, q))
		return
	}
	often := rule.Waits(c, s, q) && s.Calls.Or(0) >= waitCalls.In(c)
	if !often && !c.WaitedLong(s, q) || varies(c, s) || !s.TopLevel || c.ShareOf(s).Or(0) < rule.SlowShare.In(c) {
		return
	}
	f, name := waitedFinding(c, s, q), ""
	switch u := rule.UtilityOf(s.Query.Raw()); {
	case u.Locks:
		name = u.Named()
		f.More = redact.Plain("Until this command gets its lock, later statements on the table queue behind it.")
		f.Fix = redact.Plain("Set lock_timeout = '2s' for migrations and retry. Set log_lock_waits = on to see in the server's log who held the lock.")
	case !rule.OwnStatement(s, q) || c.HasPlan(s) || often && onHotRows(c, q):
		return
	default:
		name = rule.StatementOn(q)
		f.Fix = redact.Plain("Set log_lock_waits = on. While the statement is slow, run SELECT pid, wait_event_type, wait_event, pg_blocking_pids(pid), query FROM pg_stat_activity. " +
			"If locks are the cause, keep transactions short, write at their end, and write rows in the same order everywhere.")
	}
	what := "another transaction held"
	if q.Kind == sql.Select && !q.Waits {
		what = "another transaction held, or for its client to fetch the rows"
	}
	f.Short = redact.Sprintf("the waits of %s", name)
	f.Title = redact.Sprintf("Lock wait suspected: %s took %s per call for %s", name, figures.Ms(s.MeanMs.Or(0)), rule.Counted(rule.BlocksPerCall(s), "block"))
	if s.Calls.Or(0) == 1 {
		f.Title = redact.Sprintf("Lock wait suspected: %s took %s in 1 call and touched %s", name, figures.Ms(s.MeanMs.Or(0)), rule.Counted(rule.BlocksPerCall(s), "block"))
	}
	f.Detail = redact.Sprintf("Blocks, rows and WAL explain at most %s of the time. The rest is waiting, most likely for a lock that %s.",
		figures.Share(min(rule.WorkOf(s).Or(0)/max(s.TotalMs.Or(0), 1), 1)), what)
	f.Decide("Does the statement wait for locks, or is a trigger or an overloaded machine the cause?", "pg_stat_activity (wait_event_type) and pg_locks, taken while the statement is slow, or log_lock_waits", "change nothing")
	found(f)
}

// lockWaitInLog reports a statement whose waits for locks are in the server's log.
func lockWaitInLog(c *rule.Case, s *workload.Statement, q *sql.Query) rule.Found {
	f, name := waitedFinding(c, s, q), "a statement"
	if u := rule.UtilityOf(s.Query.Raw()); u.Locks {
		name = u.Named()
	} else if rule.OwnStatement(s, q) {
		name = rule.StatementOn(q)
	}
	f.Tag = finding.Confirmed
	f.Number("lock waits", s.Waits.Count, "", string(workload.ViewLog))
	f.Number("time of lock waits", s.Waits.Ms, "ms", string(workload.ViewLog))
	f.Short = redact.Sprintf("the waits of %s", name)
	f.Title = redact.Sprintf("Lock waits take %s of the time of %s: %s, %s", figures.Share(min(s.Waits.Ms.Or(0)/max(s.TotalMs.Or(0), 1), 1)), name,
		rule.Counted(s.Waits.Count.Or(0), "wait"), figures.Ms(s.Waits.Ms.Or(0)))
	f.Detail = redact.Plain("The log has these waits because they were longer than deadlock_timeout. No index shortens them.")
	search := "Search the log for \"Process holding the lock\": it names the process that held the lock, and its own statements say what it did."
	if s.Waits.Holders != "" {
		e := rule.Evidence(f.Evidence)
		e.Text("held by process", redact.Plain(s.Waits.Holders), string(workload.ViewLog))
		f.Evidence = e
		search = searchHolder(s.Waits.Holders)
	}
	f.Fix = redact.Sprintf("%s Then keep transactions short, write at their end, and write rows in the same order everywhere. Set lock_timeout = '2s' for migrations.", search)
	return f
}

// waitedFinding begins a finding on a statement that waited.
func waitedFinding(c *rule.Case, s *workload.Statement, q *sql.Query) rule.Found {
	f := rule.Found{}
	e := c.OfStatement(s)
	if rule.OwnStatement(s, q) {
		f = onStatement(c, s, q)
		e = rule.Evidence(f.Evidence)
	} else {
		e.Text("statement", s.Query, "pg_stat_statements")
	}
	e.Number("slowest call", s.MaxMs, "ms", "pg_stat_statements")
	e.Number("fastest call", s.MinMs, "ms", "pg_stat_statements")
	e.Number("standard deviation", s.StddevMs, "ms", "pg_stat_statements")
	e.Number("blocks read per call", opt.Both(s.SharedRead, s.Calls, func(read, calls float64) float64 { return read / calls }), "blocks", "pg_stat_statements")
	e.Number("time that its work takes, at most", rule.WorkOf(s), "ms", "model")
	f.Tag, f.Severity, f.Evidence, f.Detail = finding.Concern, statementSeverity(c, s), e, redact.Text{}
	if c.ShareOf(s).Or(0) >= topShare.In(c) {
		f.Severity = max(f.Severity, finding.Medium)
	}
	return f
}
