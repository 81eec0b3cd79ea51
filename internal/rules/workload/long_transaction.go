package workload

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var longTransaction = rule.Rule{
	ID:     "long-transaction",
	Title:  "Transaction open for a long time",
	Sees:   "A session whose transaction is an hour old, or five minutes old and idle. A prepared transaction of five minutes. If the start of the transaction was not exported, the start of its statement or a duration is used.",
	Why:    "Vacuum cannot remove rows that were deleted or updated since the transaction began, in any table of the database, as long as it holds a snapshot or a transaction ID. The transaction keeps its locks: a migration waits for it, and all later sessions wait behind the migration.",
	Silent: "Younger transactions. The server's own processes, including autovacuum. Sessions that wait for a lock. The session that others wait behind. All of them while the holder of a lock is unknown (blocked-sessions), or while a migration waits for a vacuum (vacuum-blocks-ddl).",
	Fix:    "End the transaction. Set idle_in_transaction_session_timeout to end such sessions automatically.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html", "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT",
	},
	Thresholds: []*rule.Threshold{longIdle, longActive},
	Rank:       rule.RankTable,
	Needs:      []workload.View{workload.ViewActivity, workload.ViewPrepared},
	Either:     true,
	Case: func(c *rule.Case, found func(rule.Found)) {
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
				Title:  redact.Sprintf("Prepared transaction open for %s: neither committed nor rolled back", open),
				Detail: redact.Plain("While it is open, no vacuum removes rows that died since it began. Its locks stay, even after a restart of the server."),
				Fix:    redact.Plain(rule.Upper(w.end(workload.PreparedPID))),
			}})
		}
	},
}

// ofTransaction returns the finding on the session whose transaction is the
// oldest of count that are too old.
func ofTransaction(c *rule.Case, x *workload.Session, count int) rule.Found {
	w := locksWaitedFor(c)
	open := w.openSince(x)
	var e rule.Evidence
	e.Number("age of the transaction", open.ms, "ms", "pg_stat_activity")
	e.Text("state", redact.Plain(x.State), "pg_stat_activity")
	e.Text("last statement", x.Query, "pg_stat_activity")
	f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
	f.Title = redact.Sprintf("Transaction open for %s: %s, %s", open, w.who(x.PID), w.doing(x.PID))
	f.Detail = redact.Plain("While this transaction is open, no vacuum removes rows that died since it began. It keeps its locks: a migration of a table that it used waits for it.")
	if x.XIDs && x.XID == "" && x.Xmin == "" {
		f.Detail = redact.Plain("This transaction holds neither a snapshot nor a transaction ID now, so vacuum is not held back. It keeps its locks: a migration of a table that it used waits for it, and all later sessions wait behind the migration.")
	}
	if count > 1 {
		f.More = redact.Sprintf("Other sessions with a transaction this long: %d.", count-1)
	}
	f.Fix = redact.Sprintf("Find out who owns the session, then %s", w.end(x.PID))
	if x.Application == "pg_dump" {
		f.Severity = finding.Low
		f.Fix = redact.Plain("Wait: pg_dump is a backup, let it finish. If it takes too long, take the backup from a replica or with pg_basebackup.")
	}
	return f
}
