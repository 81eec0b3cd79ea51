package rules

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	longIdle   = NewThreshold("idle_in_transaction", 300_000, "ms", "five minutes: nobody is at work in it")
	longActive = NewThreshold("active", 3_600_000, "ms", "an hour: reports and backups may take that long, and hold vacuum up all the same")
)

var longTransaction = Rule{
	ID:    "long-transaction",
	Title: "Transaction open for long",
	Sees:  "A session whose transaction is an hour old, or five minutes and idle; a prepared transaction of five minutes. Where the start of the transaction was not exported, the start of its statement or a duration stands in.",
	Why: "Rows that were deleted or updated since it began cannot be removed by any vacuum, in no table of the database, as long as it holds a snapshot or a transaction id. " +
		"Its locks stay: a migration waits for it, and everybody else behind the migration.",
	Silent: "Younger ones; the server's own processes, autovacuum among them; sessions that wait for a lock; the one that others wait behind; all of them while it is not known for whom others wait (blocked-sessions).",
	Fix:    "End it; idle_in_transaction_session_timeout ends such sessions by itself.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html", "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT",
	},
	Thresholds: []*Threshold{longIdle, longActive},
	Rank:       rankTable,
	Needs:      []workload.View{workload.ViewActivity},
	Case: func(c *Case, found func(Found)) {
		if c.Snapshot == nil {
			return
		}
		if oldest, count := c.longestTransaction(); oldest != nil {
			found(c.ofTransaction(oldest, count))
		}
		w := c.lockWaits()
		if open := w.openFor(workload.PreparedPID); open.ms.Or(0) >= longIdle.In(c) && !w.named()[workload.PreparedPID] {
			var e evidence
			e.number("age of the oldest prepared transaction", open.ms, "ms", "pg_prepared_xacts")
			e.number("prepared transactions", opt.Of(float64(len(c.Snapshot.Prepared))), "", "pg_prepared_xacts")
			found(Found{Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e,
				Title:  redact.Sprintf("Prepared transaction open for %s: nobody has committed it or rolled it back", open),
				Detail: redact.Plain("As long as it is open no vacuum removes rows that died since it began, and its locks stay, even over a restart of the server."),
				Fix:    redact.Plain(upper(w.end(workload.PreparedPID))),
			}})
		}
	},
}

// ofTransaction is the finding on a session whose transaction is too old, the
// oldest of so many.
func (c *Case) ofTransaction(x *workload.Session, count int) Found {
	w := c.lockWaits()
	open := w.openSince(x)
	var e evidence
	e.number("age of its transaction", open.ms, "ms", "pg_stat_activity")
	e.text("state", redact.Plain(x.State), "pg_stat_activity")
	e.text("its last statement", x.Query, "pg_stat_activity")
	f := Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
	f.Title = redact.Sprintf("Transaction open for %s: %s, %s", open, w.who(x.PID), w.doing(x.PID))
	f.Detail = redact.Plain("As long as it is open no vacuum removes rows that died since it began, and its locks stay: a migration of a table that it used waits for it.")
	if x.XIDs && x.XID == "" && x.Xmin == "" {
		f.Detail = redact.Plain("It holds neither a snapshot nor a transaction id at present, so vacuum is not held back. Its locks stay: a migration of a table that it used waits for it, and everybody else behind the migration.")
	}
	if count > 1 {
		f.Detail = redact.Sprintf("%s There are %d more of the kind.", f.Detail, count-1)
	}
	f.Fix = redact.Sprintf("Find out whose it is, then %s", w.end(x.PID))
	if x.Application == "pg_dump" {
		f.Severity = finding.Low
		f.Fix = redact.Plain("It is a backup: let it finish. Where it takes too long, take the backup from a replica or by pg_basebackup.")
	}
	return f
}

// longestTransaction is the session whose transaction is the oldest of those
// that are too old, and the number of them; nil while others wait for a lock
// and it is not known for whose: any of them may be the one.
func (c *Case) longestTransaction() (oldest *workload.Session, count int) {
	w := c.lockWaits()
	named, most := w.named(), 0.0
	if _, unknown := w.queues(); unknown != nil {
		return nil, 0
	}
	for i := range c.Snapshot.Sessions {
		x := &c.Snapshot.Sessions[i]
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

// named are the processes that hold a lock which others wait for.
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
