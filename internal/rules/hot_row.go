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
	hotPerRow  = NewThreshold("updates_per_row", 1_000, "", "each row was updated a thousand times")
	hotLive    = NewThreshold("rows", 10_000, "rows", "more rows spread the updates")
	hotCalls   = NewThreshold("calls", 10_000, "calls", "of a statement that adds to a column")
	hotCallRow = NewThreshold("calls_per_row", 100, "", "by that statement alone")
	hotWaiting = NewThreshold("waiting_calls", 1_000, "calls", "of one whose calls wait, as the next two tell")
	hotWait    = NewThreshold("waiting_ms", 1, "ms", "a call of such a statement: it does more than find a row")
	hotBlock   = NewThreshold("waiting_ms_per_block", 0.05, "ms", "for each block that the call touched in memory, which takes a tenth of that: the rest is waiting")
	hotMedium  = NewThreshold("medium_share", 0.05, "share", "of the exported time")
)

var hotRow = Rule{
	ID:     "hot-row",
	Title:  "Many updates of few rows",
	Sees:   "A table of few rows that are updated a thousand times each, or a statement such as UPDATE ... SET n = n + 1 WHERE key = $1 that comes to the same few rows again and again.",
	Why:    "Each update locks its row until its transaction ends: the others wait behind it, one after the other, however many connections there are.",
	Silent: "The updates are spread over many rows.",
	Fix:    "Spread a counter over several rows and add them up when reading; or insert, and fold from time to time; keep the update at the end of its transaction.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS",
	},
	Thresholds: []*Threshold{hotPerRow, hotLive, hotCalls, hotCallRow, hotWaiting, hotWait, hotBlock, hotMedium},
	Rank:       rankTable + 2,
	Needs:      []workload.View{workload.ViewTables},
	Table: func(c *Case, t *workload.Table, found func(Found)) {
		few, counter := c.hotRows(t)
		if !few && counter == nil {
			return
		}
		live, updated := max(liveRows(t).Or(0), 1), t.Updated.Or(0)
		s := c.writersOf(t, func(s *workload.Statement) bool { return isKeyedUpdate(c.Statements[s], false) })
		if counter != nil {
			s = counter
		}
		var e evidence
		e.number("n_tup_upd", t.Updated, "rows", "pg_stat_user_tables")
		e.number("live rows", liveRows(t), "rows", "pg_stat_user_tables")
		e.number("updates of each row", opt.Of(updated/live), "", "pg_stat_user_tables")
		f := onTable(t)
		f.Tag, f.Severity = finding.Concern, finding.Low
		f.Title = redact.Sprintf("%s updates went to %s of %s", figures.Count(updated), figures.Plural(live, "row"), t.QName())
		if s != nil {
			f.Statement = s
			share := c.shareOf([]*workload.Statement{s})
			f.Share = share
			e.number("calls", s.Calls, "calls", "pg_stat_statements")
			e.number("mean", s.MeanMs, "ms", "pg_stat_statements")
			e.number("standard deviation", s.StddevMs, "ms", "pg_stat_statements")
			e.number("share of the exported time", share, "share", "pg_stat_statements")
			if share.Or(0) >= hotMedium.In(c) {
				f.Severity = finding.Medium
			}
			f.Detail = redact.Sprintf("The statement takes %s per call%s. ", figures.Ms(s.MeanMs.Or(0)), timeOf(share))
		}
		if n := c.waitingOn(t); n > 0 {
			e.number("sessions that wait for a row's lock", opt.Of(float64(n)), "", "pg_stat_activity")
			f.Tag, f.Severity = finding.Confirmed, max(f.Severity, finding.Medium)
			f.Detail = redact.Sprintf("%sAt the time of the export %s waited for another one's row lock while at work on the table.", f.Detail, figures.Plural(n, "session"))
		} else {
			f.Detail = redact.Sprintf("%sJudgment needed: whether connections wait for each other there, which no counter shows. "+
				"pg_stat_activity (wait_event_type Lock) and pg_locks, taken while it is slow, settle it; without them, spread the counter if it is on the way of every request.", f.Detail)
		}
		f.Fix = redact.Plain("Spread the counter over several rows (key, slot) and sum them when reading, or insert rows and fold them from time to time.")
		f.Evidence = e
		found(f)
	},
}

// hotRows reports whether a table's updates go to few rows, and the statement
// that adds to a column of the same few again and again; nil if there is none.
func (c *Case) hotRows(t *workload.Table) (few bool, counter *workload.Statement) {
	if !liveRows(t).Known() || !t.Updated.Known() {
		return false, nil
	}
	live := max(liveRows(t).Or(0), 1)
	counter = c.writersOf(t, func(s *workload.Statement) bool {
		return isKeyedUpdate(c.Statements[s], true) && (s.Calls.Or(0) >= hotCalls.In(c) || waitsOnRows(c, s)) && s.Calls.Or(0)/live >= hotCallRow.In(c)
	})
	return live <= hotLive.In(c) && t.Updated.Or(0)/live >= hotPerRow.In(c), counter
}

// waitsOnRows reports whether a statement's calls take far longer than the
// blocks that they touch in memory.
func waitsOnRows(c *Case, s *workload.Statement) bool {
	mean := s.MeanMs.Or(0)
	return s.Calls.Or(0) >= hotWaiting.In(c) && mean >= hotWait.In(c) && s.SharedHit.Known() && mean >= hotBlock.In(c)*blocksPerCall(s) && s.SharedRead.Or(0) < s.Calls.Or(0)
}

// onHotRows reports whether a statement writes to such a table.
func (c *Case) onHotRows(q *sql.Query) bool {
	t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name)
	if t == nil {
		return false
	}
	few, counter := c.hotRows(t)
	return few || counter != nil
}

// isKeyedUpdate reports whether a statement updates the rows of one key;
// adding, whether it adds to a column.
func isKeyedUpdate(q *sql.Query, adding bool) bool {
	if q == nil || q.Kind != sql.Update {
		return false
	}
	keyed, delta := false, false
	for _, c := range q.Where {
		keyed = keyed || c.Op == sql.Eq && c.Left.Name != "" && c.Value < sql.Runtime
	}
	for _, s := range q.Set {
		delta = delta || s.Delta
	}
	return keyed && (delta || !adding)
}

// waitingOn is how many sessions waited for a row's lock while they held one
// on the table, as the export caught them.
func (c *Case) waitingOn(t *workload.Table) int {
	at := map[string]bool{} // the sessions at work on the table
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
