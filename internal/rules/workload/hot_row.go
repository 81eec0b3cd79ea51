package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var hotRow = rule.Rule{
	ID:     "hot-row",
	Title:  "Many updates of few rows",
	Sees:   "A table of few rows that are updated a thousand times each, or a statement such as UPDATE ... SET n = n + 1 WHERE key = $1 that updates the same few rows again and again.",
	Why:    "Each update locks its row until its transaction ends. The other sessions wait one after the other, however many connections there are.",
	Silent: "Updates that are spread over many rows.",
	Fix:    "Spread a counter over several rows and sum them when reading. Or insert rows and aggregate them from time to time. Keep the update at the end of its transaction.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS",
	},
	Thresholds: []*rule.Threshold{hotPerRow, hotLive, hotCalls, hotCallRow, hotWaiting, hotWait, hotBlock, hotMedium},
	Rank:       rule.RankTable + 2,
	Needs:      []workload.View{workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		few, counter := hotRows(c, t)
		if !few && counter == nil {
			return
		}
		live, updated := max(liveRows(t).Or(0), 1), t.Updated.Or(0)
		s := c.WritersOf(t, func(s *workload.Statement) bool { return isKeyedUpdate(c.Statements[s], false) })
		if counter != nil {
			s = counter
		}
		var e rule.Evidence
		e.Number("n_tup_upd", t.Updated, "rows", "pg_stat_user_tables")
		e.Number("live rows", liveRows(t), "rows", "pg_stat_user_tables")
		e.Number("updates per row", opt.Of(updated/live), "", "pg_stat_user_tables")
		f := rule.OnTable(t)
		f.Tag, f.Severity = finding.Concern, finding.Low
		f.Title = redact.Sprintf("Updates of the same rows: %s updates of %s in %s", figures.Count(updated), figures.Plural(live, "row"), t.QName())
		if s != nil {
			f.Statement = s
			share := c.ShareOf(s)
			f.Share = share
			e.Number("calls", s.Calls, "calls", "pg_stat_statements")
			e.Number("mean", s.MeanMs, "ms", "pg_stat_statements")
			e.Number("standard deviation", s.StddevMs, "ms", "pg_stat_statements")
			e.Number("share of total execution time", share, "share", "pg_stat_statements")
			if share.Or(0) >= hotMedium.In(c) {
				f.Severity = finding.Medium
			}
			f.SaysShare = true
			f.Detail = redact.Sprintf("The statement takes %s per call%s.", figures.Ms(s.MeanMs.Or(0)), rule.TimeOf(share))
		}
		if n := waitingOn(c, t); n > 0 {
			e.Number("sessions waiting for a row lock", opt.Of(float64(n)), "", "pg_stat_activity")
			f.Tag, f.Severity = finding.Confirmed, max(f.Severity, finding.Medium)
			f.Detail = redact.Append(f.Detail, "At the time of the export, %s working on this table waited for a row lock.", figures.Plural(n, "session"))
		} else {
			f.Decide("Do sessions wait for each other's locks on these rows?", "pg_stat_activity (wait_event_type Lock) and pg_locks, taken while the statement is slow", "spread the counter if every request updates it")
		}
		f.Fix = redact.Plain("Spread the counter over several rows (key, slot) and sum them when reading, or insert rows and aggregate them from time to time.")
		f.Evidence = e
		found(f)
	},
}

// waitingOn returns the number of sessions that waited for a row lock while they
// held a lock on the table, at the time of the export.
func waitingOn(c *rule.Case, t *workload.Table) int {
	at := map[string]bool{} // the sessions that work on the table
	for _, l := range c.Snapshot.Locks {
		if l.Granted && l.Type == "relation" && l.Relation == t.Name {
			at[l.PID] = true
		}
	}
	n := 0
	for _, s := range c.Snapshot.Sessions {
		if s.WaitEventType == "Lock" && (s.WaitEvent == "tuple" || s.WaitEvent == "transactionid") && at[s.PID] {
			n++
		}
	}
	return n
}
