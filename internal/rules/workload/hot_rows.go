package workload

import (
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	hotPerRow  = rule.NewThreshold("updates_per_row", 1_000, "updates", "each row was updated a thousand times")
	hotLive    = rule.NewThreshold("rows", 10_000, "rows", "with more rows the updates are spread")
	hotCalls   = rule.NewThreshold("calls", 10_000, "calls", "of a statement that adds to a column")
	hotCallRow = rule.NewThreshold("calls_per_row", 100, "calls", "by that statement alone")
	hotWaiting = rule.NewThreshold("waiting_calls", 1_000, "calls", "of a statement whose calls wait, by the next two thresholds")
	hotWait    = rule.NewThreshold("waiting_ms", 1, "ms", "per call of such a statement: more than finding a row takes")
	hotBlock   = rule.NewThreshold("waiting_ms_per_block", 0.05, "ms", "per block touched in memory, which takes a tenth of that: the rest is waiting")
	hotMedium  = rule.NewThreshold("medium_share", 0.05, "share", "of total execution time")
)

// hotRows reports whether a table's updates go to few rows. It also returns the
// statement that keeps adding to a column of the same few rows; nil if none does.
func hotRows(c *rule.Case, t *workload.Table) (few bool, counter *workload.Statement) {
	if !liveRows(t).Known() || !t.Updated.Known() {
		return false, nil
	}
	live := max(liveRows(t).Or(0), 1)
	counter = c.WritersOf(t, func(s *workload.Statement) bool {
		return isKeyedUpdate(c.Statements[s], true) && (s.Calls.Or(0) >= hotCalls.In(c) || waitsOnRows(c, s)) && s.Calls.Or(0)/live >= hotCallRow.In(c)
	})
	return live <= hotLive.In(c) && t.Updated.Or(0)/live >= hotPerRow.In(c), counter
}

// waitsOnRows reports whether a statement's calls take far longer than the blocks
// that they touch in memory explain.
func waitsOnRows(c *rule.Case, s *workload.Statement) bool {
	mean := s.MeanMs.Or(0)
	return s.Calls.Or(0) >= hotWaiting.In(c) && mean >= hotWait.In(c) && s.SharedHit.Known() && mean >= hotBlock.In(c)*rule.BlocksPerCall(s) && s.SharedRead.Or(0) < s.Calls.Or(0)
}

// onHotRows reports whether a statement writes to such a table.
func onHotRows(c *rule.Case, q *sql.Query) bool {
	t := c.Snapshot.Table(q.Tables[0].Schema, q.Tables[0].Name)
	if t == nil {
		return false
	}
	few, counter := hotRows(c, t)
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
