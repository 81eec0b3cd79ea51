package workload

import (
	"math"
	"time"

	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

const vacuumDelayed = "Either the autovacuum workers are busy elsewhere, or a lock on the table cancels them each time."

// vacuumThreshold returns the number of dead rows at which autovacuum starts on
// a table; from 18 on it has an upper bound. The threshold is infinite if the
// number of rows is unknown.
func vacuumThreshold(c *rule.Case, t *workload.Table) float64 {
	if begins, told := t.VacuumAt.Get(); told {
		return begins
	}
	rows := t.Tuples.Or(liveRows(t).Or(math.Inf(1)))
	begins := c.Option(t, "autovacuum_vacuum_threshold", "autovacuum_vacuum_threshold", 50) +
		c.Option(t, vacuumFactor, vacuumFactor, 0.2)*rows
	if most := c.Option(t, "autovacuum_vacuum_max_threshold", "autovacuum_vacuum_max_threshold", -1); most >= 0 {
		begins = min(begins, most)
	}
	return begins
}

// assumes reports whether a threshold of autovacuum rests on the default of a setting,
// because neither the table's parameters nor the settings are in the input, nor the
// threshold itself.
func assumes(c *rule.Case, t *workload.Table, setting string) bool {
	return !toldIn(t, setting) && t.Options[setting] == "" && !c.Snapshot.SettingNumber(setting).Known()
}

// toldIn reports whether the input has the threshold that a setting makes.
func toldIn(t *workload.Table, setting string) bool {
	return setting == vacuumFactor && t.VacuumAt.Known()
}

// thresholdFrom names the source of such a threshold.
func thresholdFrom(c *rule.Case, t *workload.Table, setting string) string {
	switch {
	case toldIn(t, setting):
		return "autovacuum_threshold"
	case assumes(c, t, setting):
		return "default settings"
	}
	return "pg_settings"
}

// shouldHave begins a sentence on what autovacuum should have done at such a threshold.
func shouldHave(c *rule.Case, t *workload.Table, setting string) string {
	if assumes(c, t, setting) {
		return "With the default settings, autovacuum should have"
	}
	return "Autovacuum should have"
}

// The settings of which most of a threshold is.
const (
	vacuumFactor  = "autovacuum_vacuum_scale_factor"
	analyzeFactor = "autovacuum_analyze_scale_factor"
	insertFactor  = "autovacuum_vacuum_insert_scale_factor"
)

// disabled reports whether autovacuum is off for a table, by its own
// parameter.
func disabled(t *workload.Table) bool {
	switch t.Options["autovacuum_enabled"] {
	case "off", "false", "no", "0":
		return true
	}
	return false
}

// liveRows returns the number of live rows to compare with other counters.
// n_live_tup belongs with n_dead_tup, but may be far off after a bulk load
// without ANALYZE; then reltuples is better.
func liveRows(t *workload.Table) opt.Float {
	live, rows, ok := opt.Two(t.Live, t.Tuples)
	if ok && rows > 2*live {
		return opt.Of(rows)
	}
	// Rows that a session inserted and then analyzed itself count twice. There
	// cannot be more rows than were inserted, if the inserts were counted.
	if left, counted := opt.Both(t.Inserted, t.Deleted, func(a, b float64) float64 { return a - b }).Get(); ok && counted && left < live && left >= rows {
		return opt.Of(left)
	}
	if t.Live.Known() {
		return t.Live
	}
	return t.Tuples
}

// since returns the time in ms from then to the export.
func since(s *workload.Snapshot, then workload.Time) opt.Float {
	from, known := then.Get()
	if !known {
		return opt.Float{}
	}
	return opt.Figure(s.ExportedAt, func(now time.Time) float64 {
		return max(float64(now.Sub(from).Milliseconds()), 0)
	})
}
