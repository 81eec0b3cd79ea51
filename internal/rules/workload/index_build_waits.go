package workload

import (
	"cmp"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var indexBuildWaits = rule.Rule{
	ID:     "index-build-waits",
	Title:  "CREATE INDEX waits for older transactions",
	Sees:   "A row of pg_stat_progress_create_index that waits: its phase, and the process that it waits for.",
	Why:    "CREATE INDEX CONCURRENTLY waits three times for transactions that began before it, whatever they do. It goes on only when they end, and until then VACUUM and other DDL of the table wait for its lock.",
	Silent: "A build that reads or sorts rows. One whose session is in the input (blocked-sessions).",
	Fix:    "End the transaction that it waits for. The build then goes on by itself.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY", "https://www.postgresql.org/docs/current/progress-reporting.html#CREATE-INDEX-PROGRESS-REPORTING",
	},
	Rank:  rule.RankSettings,
	Needs: []workload.View{workload.ViewBuildProgress},
	Case: func(c *rule.Case, found func(rule.Found)) {
		w := locksWaitedFor(c)
		for _, b := range c.Snapshot.Building {
			if b.WaitsFor == "" && !strings.HasPrefix(b.Phase, "waiting for") || w.waits[b.PID] {
				continue // it does not wait, or blocked-sessions tells of it
			}
			source := string(workload.ViewBuildProgress)
			var e rule.Evidence
			e.Text("phase", redact.Plain(b.Phase), source)
			e.Number("transactions that it waits for", b.Waiters, "", source)
			e.Number("of them ended", b.Waited, "", source)
			f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
			what := cmp.Or(b.Command, "CREATE INDEX")
			if b.Relation != "" {
				what += " on " + b.Relation
			}
			f.Detail = redact.Sprintf("Its phase is %s.", b.Phase)
			if left := b.Waiters.Or(0) - b.Waited.Or(0); left > 1 {
				f.Detail = redact.Append(f.Detail, "%s have to end.", figures.Plural(int(left), "transaction"))
			}
			if b.WaitsFor == "" {
				f.Title = redact.Sprintf("%s waits for older transactions", what)
				f.Fix = redact.Plain("Find them: SELECT pid, xact_start, state, query FROM pg_stat_activity WHERE xact_start IS NOT NULL ORDER BY xact_start.")
				found(f)
				continue
			}
			e.Text("process that it waits for", redact.Plain(b.WaitsFor), source)
			f.Evidence = e
			f.Title = redact.Sprintf("%s waits for the transaction of %s", what, w.who(b.WaitsFor))
			f.Fix = redact.Sprintf("Look at it: SELECT state, xact_start, query FROM pg_stat_activity WHERE pid = %s. If it need not finish: SELECT pg_terminate_backend(%s). The build then goes on by itself; one that is cancelled leaves an INVALID index to drop.", b.WaitsFor, b.WaitsFor)
			found(f)
		}
	},
}
