package workload

import (
	"slices"
	"time"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	tempDaily = rule.NewThreshold("bytes_per_day", 10<<30, "bytes", "of temporary files: less does not compete with the data for the disk")
	tempSince = rule.NewThreshold("bytes_of_unknown_time", 1<<40, "bytes", "where the time that they cover is unknown")
)

var tempFilesCounted = rule.Rule{
	ID:     "temp-files-counted",
	Title:  "Temporary files of a database",
	Sees:   "Temporary files in pg_stat_database, 10 GB per day; 1 TB if nobody knows since when.",
	Why:    "Sorts, hashes and aggregates do not fit into work_mem, and are written to the disk and read again.",
	Silent: "Statements or a log in the input that show which statements write them (temp-spill-statement, temp-files-logged).",
	Fix:    "Set log_temp_files = '100MB', which logs the statements, or export pg_stat_statements (temp_blks_written).",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW", "https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-TEMP-FILES",
	},
	Thresholds: []*rule.Threshold{tempDaily, tempSince},
	Rank:       rule.RankTable,
	Needs:      []workload.View{workload.ViewDatabase},
	Case: func(c *rule.Case, found func(rule.Found)) {
		shown := slices.ContainsFunc(c.Snapshot.Statements, func(s *workload.Statement) bool { return s.TempWritten.Known() })
		written, files := c.Snapshot.DatabaseStats["temp_bytes"], c.Snapshot.DatabaseStats["temp_files"]
		age, ok := c.Snapshot.StatsAge()
		perDay := written.Or(0) / max(age.Hours()/24, 1.0/24)
		switch {
		case shown, c.Snapshot.Log != nil && c.Snapshot.Log.TempFiles > 0:
			return
		case ok && perDay < tempDaily.In(c), !ok && written.Or(0) < tempSince.In(c):
			return
		}
		var e rule.Evidence
		e.Number("temp_bytes", written, "bytes", string(workload.ViewDatabase))
		e.Number("temp_files", files, "", string(workload.ViewDatabase))
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Low, Evidence: e}}
		span := "since the statistics were last reset"
		if since, known := c.Snapshot.StatsReset.Get(); known {
			span = "since " + since.Format(time.DateOnly)
		}
		if ok {
			e.Number("time that the counters cover", opt.Of(age.Hours()/24), "days", "stats_reset")
			f.Evidence, span = e, "in "+figures.Days(age.Hours()/24)
		}
		f.Title = redact.Sprintf("Temporary files: %s %s", figures.Bytes(written.Or(0)), span)
		f.Detail = redact.Plain("Sorts, hashes and aggregates did not fit into work_mem. The input does not show which statements.")
		if n := files.Or(0); n > 0 {
			f.Detail = redact.Sprintf("Sorts, hashes and aggregates did not fit into work_mem: %s, %s each on average. The input does not show which statements.", figures.Plural(int(n), "file"), figures.Bytes(written.Or(0)/n))
		}
		f.Fix = redact.Plain("Set log_temp_files = '100MB', which logs the statements, or export pg_stat_statements (temp_blks_written). Then let these sort less, or raise work_mem for them alone.")
		found(f)
	},
}
