package workload

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var longTransaction = rule.Rule{
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
	Thresholds: []*rule.Threshold{longIdle, longActive},
	Rank:       rule.RankTable,
	Needs:      []workload.View{workload.ViewActivity},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
		if oldest, count := longestTransaction(c); oldest != nil {
			found(ofTransaction(c, oldest, count))
		}
		w := locksWaitedFor(c)
		if open := w.openFor(workload.PreparedPID); open.ms.Or(0) >= longIdle.In(c) && !w.named()[workload.PreparedPID] {
			var e rule.Evidence
			e.Number("age of the oldest prepared transaction", open.ms, "ms", "pg_prepared_xacts")
			e.Number("prepared transactions", opt.Of(float64(len(c.Snapshot.Prepared))), "", "pg_prepared_xacts")
			found(rule.Found{Finding: finding.Finding{
				Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e,
				Title:  redact.Sprintf("Prepared transaction open for %s: nobody has committed it or rolled it back", open),
				Detail: redact.Plain("As long as it is open no vacuum removes rows that died since it began, and its locks stay, even over a restart of the server."),
				Fix:    redact.Plain(rule.Upper(w.end(workload.PreparedPID))),
			}})
		}
	},
}

// ofTransaction is the finding on a session whose transaction is too old, the
// oldest of so many.
func ofTransaction(c *rule.Case, x *workload.Session, count int) rule.Found {
	w := locksWaitedFor(c)
	open := w.openSince(x)
	var e rule.Evidence
	e.Number("age of its transaction", open.ms, "ms", "pg_stat_activity")
	e.Text("state", redact.Plain(x.State), "pg_stat_activity")
	e.Text("its last statement", x.Query, "pg_stat_activity")
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
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
