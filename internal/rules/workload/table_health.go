package workload

import (
	"math"
	"time"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// vacuumThreshold is the number of dead rows at which autovacuum begins with a
// table; from 18 on it is bounded. No number reaches it where the table's rows
// are not known.
func vacuumThreshold(c *rule.Case, t *workload.Table) float64 {
	rows := t.Tuples.Or(liveRows(t).Or(math.Inf(1)))
	begins := c.Option(t, "autovacuum_vacuum_threshold", "autovacuum_vacuum_threshold", 50) +
		c.Option(t, "autovacuum_vacuum_scale_factor", "autovacuum_vacuum_scale_factor", 0.2)*rows
	if most := c.Option(t, "autovacuum_vacuum_max_threshold", "autovacuum_vacuum_max_threshold", -1); most >= 0 {
		begins = min(begins, most)
	}
	return begins
}

// switchedOff reports whether autovacuum is off for a table, by its own
// parameter.
func switchedOff(t *workload.Table) bool {
	switch t.Options["autovacuum_enabled"] {
	case "off", "false", "no", "0":
		return true
	}
	return false
}

// liveRows is how many rows a table has for its counters' sake: the counter of
// live rows goes with the one of dead rows; after a bulk load without ANALYZE
// it may be far off, and the planner's figure is the better one.
func liveRows(t *workload.Table) opt.Float {
	live, rows, ok := opt.Two(t.Live, t.Tuples)
	if ok && rows > 2*live {
		return opt.Of(rows)
	}
	// What a session inserted and then analysed itself counts twice; it cannot
	// be more than what was inserted, where that many were counted.
	if left, counted := opt.Both(t.Inserted, t.Deleted, func(a, b float64) float64 { return a - b }).Get(); ok && counted && left < live && left >= rows {
		return opt.Of(left)
	}
	if t.Live.Known() {
		return t.Live
	}
	return t.Tuples
}

// since is the time in ms from then to the export.
func since(s *workload.Snapshot, then workload.Time) opt.Float {
	return opt.Both(s.ExportedAt, then, func(now, then time.Time) float64 {
		return max(float64(now.Sub(then).Milliseconds()), 0)
	})
}
