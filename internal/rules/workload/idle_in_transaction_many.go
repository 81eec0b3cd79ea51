package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var idleInTransactionMany = rule.Rule{
	ID:     "idle-in-transaction-many",
	Title:  "Many sessions are idle in transaction",
	Sees:   "Ten sessions or more that are idle in transaction at one moment, and a tenth of those that are not idle: rows of pg_stat_activity, or counts of them by state.",
	Why:    "Such a session waits for its client with a transaction open: it keeps its connection, its locks, and the dead rows that vacuum could remove.",
	Silent: "A few sessions between two statements. Single transactions that are open for long are reported by themselves (long-transaction).",
	Fix:    "Let the application commit before it does anything else (calls of other services, waiting for users). Set idle_in_transaction_session_timeout.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT",
	},
	Thresholds: []*rule.Threshold{idleMany, idleShare},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewActivity, workload.ViewSessionCounts},
	Either:     true,
	Case: func(c *rule.Case, found func(rule.Found)) {
		by, source := sessionsByState(c.Snapshot)
		if !manyIdle(c, by) {
			return
		}
		n := by.idleInTransaction()
		var e rule.Evidence
		e.Number("sessions idle in transaction", opt.Of(n), "", source)
		e.Number("sessions", opt.Of(by.all), "", source)
		f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Medium, Evidence: e}}
		f.Title = redact.Sprintf("%s are idle in transaction, %s active", figures.Plural(n, "session"), figures.Count(by.of["active"]))
		f.Detail = redact.Plain("Each keeps its connection and its locks while its client does something else. While the oldest is open, no vacuum removes rows that died since.")
		if aborted := by.of["idle in transaction (aborted)"]; aborted > 0 {
			f.Detail = redact.Append(f.Detail, "%s of them had an error and were not rolled back.", figures.Count(aborted))
		}
		f.Decide("Do they stay so for longer than a moment?", "SELECT pid, now() - state_change AS idle, now() - xact_start AS open, application_name, query FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' ORDER BY xact_start", "leave them")
		f.Fix = redact.Plain("End the oldest with pg_terminate_backend(pid), which rolls back and closes the connection. Let the application commit before it waits for anything else, and set idle_in_transaction_session_timeout.")
		found(f)
	},
}
