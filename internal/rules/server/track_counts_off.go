package server

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var trackCountsOff = rule.Rule{
	ID:     "track-counts-off",
	Title:  "track_counts is off: the counters stand still",
	Sees:   "pg_settings with track_counts = off.",
	Why:    "Tables and indexes are not counted, so an index may be called unused that is used all day; and autovacuum, which goes by these counters, does not run.",
	Silent: "track_functions, track_io_timing and track_wal_io_timing off, as they are by default.",
	Fix:    "track_counts = on, and wait a month before an index is judged by its scans.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-statistics.html#GUC-TRACK-COUNTS",
	},
	Rank:  rule.RankSettings,
	Needs: []workload.View{workload.ViewSettings},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if !c.SettingIsOff("track_counts") {
			return
		}
		f := c.OnSetting("track_counts")
		f.Tag, f.Severity = finding.Confirmed, finding.High
		f.Title = redact.Plain("track_counts is off: the counters of tables and indexes stand still, and autovacuum does not run")
		f.Detail = redact.Plain("No figure of pg_stat_user_tables and pg_stat_user_indexes in this report can be relied on, scans of indexes least of all.")
		f.Fix = redact.Plain("ALTER SYSTEM SET track_counts = on; SELECT pg_reload_conf(). Judge indexes by their scans when the counters have run for a month.")
		found(f)
	},
}
