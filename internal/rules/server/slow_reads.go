package server

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	readSlow  = rule.NewThreshold("time", 5, "ms", "per read on average: an SSD takes less than 1 ms, a network volume 1 to 2 ms")
	readLeast = rule.NewThreshold("reads", 10_000, "reads", "fewer may be from one bad moment")
)

var slowReads = rule.Rule{
	ID:     "slow-reads",
	Title:  "Reads from the disk are slow",
	Sees:   "In pg_stat_io with track_io_timing: reads of tables and indexes by sessions that took 5 ms or more on average, 10,000 or more of them.",
	Why:    "Each read is a wait within a statement. Slow storage, or a volume at its limit of IOPS, makes every statement slow that finds its pages not in memory.",
	Silent: "track_io_timing is off: then the times are 0.",
	Fix:    "Compare with the disk's own figures: latency, queue, and the limit of IOPS or burst credits. Then let statements read less.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-IO-VIEW",
	},
	Thresholds: []*rule.Threshold{readSlow, readLeast},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewIO},
	Case: func(c *rule.Case, found func(rule.Found)) {
		reads, ms := 0.0, 0.0
		for _, io := range c.Snapshot.IO {
			if io.Object == "relation" && io.Backend == "client backend" {
				reads, ms = reads+io.Reads.Or(0), ms+io.ReadMs.Or(0)
			}
		}
		if reads < readLeast.In(c) || ms < readSlow.In(c)*reads {
			return
		}
		var e rule.Evidence
		e.Number("reads of sessions", opt.Of(reads), "", string(workload.ViewIO))
		e.Number("time of these reads", opt.Of(ms), "ms", string(workload.ViewIO))
		found(rule.Found{Finding: finding.Finding{
			Tag: finding.Confirmed, Severity: finding.High, Evidence: e,
			Title:  redact.Sprintf("A read from outside shared_buffers takes %s on average: %s reads of sessions took %s", figures.Ms(ms/reads), figures.Count(reads), figures.Ms(ms)),
			Detail: redact.Plain("An SSD takes less than 1 ms, a network volume 1 to 2 ms, and pages in the cache of the operating system far less."),
			Fix:    redact.Plain("Compare with the disk's own figures: latency, queue length, and the limit of IOPS or burst credits. Then find the statements that read most (shared_blks_read in pg_stat_statements)."),
		}})
	},
}
