package workload

import (
	"fmt"
	"strings"

	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// lookup returns a process as the argument of a function, and what to do: run
// it, or look up the process first if the input does not show it.
func lookup(session, its string) (pid, run string) {
	if workload.IsPID(session) {
		return session, "run"
	}
	return "pid", "look up " + its + " pid in pg_stat_activity and run"
}

// end says how to end a session, and what that costs.
func (w *lockWaits) end(session string) string {
	pid, run := lookup(session, "its")
	x := w.Session(session)
	kind := ""
	if x != nil {
		kind = x.BackendType
	}
	switch {
	case session == workload.PreparedPID:
		return "run SELECT gid, prepared, owner, database FROM pg_prepared_xacts, then COMMIT PREPARED or ROLLBACK PREPARED with that gid, as its transaction manager decides. Nothing else ends it."
	case kind == "autovacuum worker" && strings.Contains(x.Query.Raw(), "to prevent wraparound"):
		return fmt.Sprintf("let it finish: this autovacuum worker prevents transaction ID wraparound, and does not give way to a waiting lock. SELECT pg_cancel_backend(%s) stops it, but its work on the table is lost and autovacuum starts again.", pid)
	case kind == "autovacuum worker":
		return fmt.Sprintf("let it finish. An autovacuum worker gives way to a waiting lock by itself, unless it runs to prevent wraparound. SELECT pg_cancel_backend(%s) stops it, but its work on the table is lost and autovacuum starts again.", pid)
	case strings.HasPrefix(kind, "logical replication"):
		return fmt.Sprintf("find what delays the subscription's worker before you end it. SELECT pg_terminate_backend(%s) only restarts the worker, which applies the same transaction again.", pid)
	case x != nil && isBackup(x):
		return fmt.Sprintf("let it finish, if it is a backup (pg_dump reads tables by COPY). Otherwise run SELECT pg_cancel_backend(%s), which ends its statement and rolls back its transaction.", pid)
	case x == nil || x.Hidden || !workload.IsState(x.State):
		look, as := "state", ""
		if !workload.IsPID(session) {
			look = "pid and state"
		}
		if x != nil && x.Hidden {
			as = " as a role with pg_monitor (GRANT pg_monitor TO the role)"
		}
		return fmt.Sprintf("check its %s in pg_stat_activity first%s. SELECT pg_cancel_backend(%s) ends it while it is active, SELECT pg_terminate_backend(%s) when it is idle in transaction. "+
			"Both roll back its transaction.", look, as, pid, pid)
	case idleInTransaction(x):
		return fmt.Sprintf("%s SELECT pg_terminate_backend(%s). This rolls back its transaction and closes its connection (pg_cancel_backend does nothing to an idle session). Then set idle_in_transaction_session_timeout.", run, pid)
	case x.State == "idle":
		return fmt.Sprintf("%s SELECT pg_terminate_backend(%s). The session holds a lock outside a transaction, such as a session-level advisory lock, which ends with the connection.", run, pid)
	}
	return fmt.Sprintf("%s SELECT pg_cancel_backend(%s). This ends its statement and rolls back its transaction. If the session does not react, run SELECT pg_terminate_backend(%s).", run, pid, pid)
}

// isBackup reports whether a session reads a table as pg_dump does.
func isBackup(x *workload.Session) bool {
	if x.Application == "pg_dump" {
		return true
	}
	s := lex.Scan(x.Query.Raw())
	if !s.Words("COPY") {
		return false
	}
	if _, _, named := s.Qualified(); !named {
		return false
	}
	s.Brackets()
	return !s.Words("FROM")
}

// ended returns the command that ends a client's transaction; nil if it is not known
// which one does, or another way is better.
func (w *lockWaits) ended(pid string) *rule.Command {
	x := w.Session(pid)
	gain := "the sessions that wait for it continue"
	switch {
	case x == nil || x.Hidden || x.BackendType != "" && x.BackendType != "client backend", !workload.IsPID(pid), isBackup(x):
		return nil
	case idleInTransaction(x):
		return &rule.Command{Action: "end_session", Statement: "SELECT pg_terminate_backend(" + pid + ")", Gain: gain}
	case x.State == "active":
		return &rule.Command{Action: "cancel_statement", Statement: "SELECT pg_cancel_backend(" + pid + ")", Gain: gain}
	}
	return nil
}

var (
	longIdle   = rule.NewThreshold("idle_in_transaction", 300_000, "ms", "five minutes: nothing is running in it")
	longActive = rule.NewThreshold("active", 3_600_000, "ms", "an hour: reports and backups may take that long, but still delay vacuum")
)

// longestTransaction returns the session with the oldest of the transactions that
// are too old, and their number; nil while sessions wait for an unknown holder,
// which may be any of them.
func longestTransaction(c *rule.Case) (oldest *workload.Session, count int) {
	w := locksWaitedFor(c)
	named, most := w.named(), 0.0
	if _, unknown := w.queues(); unknown != nil {
		return nil, 0
	}
	for i := range c.Snapshot.Sessions {
		x := &c.Snapshot.Sessions[i]
		if len(w.waits) == 0 && vacuumBefore(c.Snapshot, x) != nil {
			return nil, 0 // the others may queue behind it: vacuum-blocks-ddl
		}
		age, limit := w.openSince(x).ms.Or(0), longActive.In(c)
		if idleInTransaction(x) {
			limit = longIdle.In(c)
		}
		if age < limit || x.State == "idle" || !isClient(x) || w.waits[w.Leader(x.PID)] || named[x.PID] {
			continue
		}
		count++
		if age > most {
			oldest, most = x, age
		}
	}
	return oldest, count
}

// named returns the processes that hold a lock which others wait for.
func (w *lockWaits) named() map[string]bool {
	pids := map[string]bool{}
	queues, _ := w.queues()
	for _, q := range queues {
		for _, pid := range q.heads {
			pids[pid] = true
		}
	}
	return pids
}
