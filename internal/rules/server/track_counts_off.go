package server

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var trackCountsOff = rule.Rule{
	ID:     "track-counts-off",
	Title:  "track_counts is off",
	Sees:   "pg_settings with track_counts = off.",
	Why:    "The use of tables and indexes is not counted, so an index in daily use may be reported as unused. Autovacuum relies on these counters and does not run.",
	Silent: "track_functions, track_io_timing and track_wal_io_timing, which are off by default.",
	Fix:    "Set track_counts = on, and wait a month before judging indexes by their scans.",
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
		f.Title = redact.Plain("track_counts is off: the use of tables and indexes is not counted, and autovacuum does not run")
		f.Detail = redact.Plain("No figure of pg_stat_user_tables and pg_stat_user_indexes in this report is reliable, above all index scans.")
		f.Fix = redact.Plain("Run ALTER SYSTEM SET track_counts = on; SELECT pg_reload_conf(). Judge indexes by their scans after a month of counting.")
		found(f)
	},
}
