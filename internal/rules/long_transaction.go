package rules

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	longIdle   = Threshold{"idle_in_transaction", 300_000, "ms", "five minutes: nobody is at work in it"}
	longActive = Threshold{"active", 3_600_000, "ms", "an hour: reports and backups may take that long, and hold vacuum up all the same"}
)

var longTransaction = Rule{
	ID:     "long-transaction",
	Title:  "A transaction has been open for long",
	Sees:   "A session whose transaction is an hour old, or five minutes and idle.",
	Why:    "Rows that were deleted or updated since it began cannot be removed by any vacuum, in no table of the database; CREATE INDEX CONCURRENTLY waits for it; its locks stay.",
	Silent: "Younger ones; the server's own processes; the one that others wait behind (blocked-sessions).",
	Fix:    "End it; idle_in_transaction_session_timeout ends such sessions by itself.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html", "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT",
	},
	Thresholds: []*Threshold{&longIdle, &longActive},
	Rank:       rankTable,
	Needs:      []workload.View{workload.ViewActivity},
	Case: func(c *Case, found func(Found)) {
		if c.Snapshot == nil {
			return
		}
		oldest, most, count := c.longestTransaction()
		if oldest == nil {
			return
		}
		var e evidence
		e.number("age of its transaction", since(c.Snapshot, oldest.XactStart), "ms", "pg_stat_activity")
		e.text("state", redact.Plain(oldest.State), "pg_stat_activity")
		e.text("its last statement", oldest.Query, "pg_stat_activity")
		f := Found{Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e,
			Title:  redact.Sprintf("The transaction of pid %s has been open for %s, and it is %s", oldest.PID, figures.Ms(most), oldest.State),
			Detail: redact.Plain("As long as it is open no vacuum removes rows that died since it began, and CREATE INDEX CONCURRENTLY waits for it."),
			Fix:    redact.Sprintf("Find out whose it is. SELECT pg_terminate_backend(%s) ends it; its work is rolled back. idle_in_transaction_session_timeout keeps such sessions from staying.", oldest.PID),
		}}
		if count > 1 {
			f.Detail = redact.Sprintf("%s There are %d more of the kind.", f.Detail, count-1)
		}
		found(f)
	},
}

// longestTransaction is the session whose transaction is the oldest of those
// that are too old, its age in ms, and the number of them.
func (c *Case) longestTransaction() (oldest *workload.Session, most float64, count int) {
	if len(c.Snapshot.Sessions) == 0 {
		return nil, 0, 0
	}
	heads := map[string]bool{}
	for _, q := range c.queues() {
		heads[q.head.PID] = true
	}
	for i := range c.Snapshot.Sessions {
		s := &c.Snapshot.Sessions[i]
		age := since(c.Snapshot, s.XactStart).Or(0)
		limit := longActive.Value
		if strings.HasPrefix(s.State, "idle in transaction") {
			limit = longIdle.Value
		}
		if age < limit || heads[s.PID] || s.BackendType != "" && s.BackendType != "client backend" {
			continue
		}
		count++
		if age > most {
			oldest, most = s, age
		}
	}
	return oldest, most, count
}
