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
	buffersFullShare = rule.NewThreshold("share", 0.2, "share", "of the writes of WAL; up to 17, as 18 counts these elsewhere")
	buffersFullLeast = rule.NewThreshold("times", 10_000, "times", "fewer are those of a few large transactions")
)

var walBuffersFull = rule.Rule{
	ID:     "wal-buffers-full",
	Title:  "WAL buffers are often full",
	Sees:   "In pg_stat_wal: a fifth of the writes of WAL, 10,000 or more, because the WAL buffers were full.",
	Why:    "A session that finds them full has to write WAL in the middle of its statement, while others wait for the same buffers.",
	Silent: "Few of the writes. Version 18, whose pg_stat_wal does not count the writes.",
	Fix:    "Raise wal_buffers to 64 MB, which needs a restart. -1 takes a 32nd of shared_buffers, 16 MB at most.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-WAL-VIEW", "https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-WAL-BUFFERS",
	},
	Thresholds: []*rule.Threshold{buffersFullShare, buffersFullLeast},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewWAL},
	Case: func(c *rule.Case, found func(rule.Found)) {
		w := c.Snapshot.WAL
		if w == nil {
			return
		}
		full, all, ok := opt.Two(w.BuffersFull, w.Writes)
		if !ok || full < buffersFullLeast.In(c) || full < buffersFullShare.In(c)*all {
			return
		}
		var e rule.Evidence
		e.Number("wal_buffers_full", w.BuffersFull, "", string(workload.ViewWAL))
		e.Number("wal_write", w.Writes, "", string(workload.ViewWAL))
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
		f.Title = redact.Sprintf("WAL buffers were full %s times: that is %s of the writes of WAL", figures.Count(full), figures.Share(min(full/all, 1)))
		f.Detail = redact.Plain("Then a session writes WAL in the middle of its statement, while others wait for the buffers.")
		if v := c.Snapshot.SettingBytes("wal_buffers"); v.Known() {
			e.Number("wal_buffers", v, "bytes", "pg_settings")
			f.Evidence = e
			f.Detail = redact.Append(f.Detail, "They take %s.", figures.Bytes(v.Or(0)))
		}
		f.Fix = redact.Plain("Raise wal_buffers to 64 MB, which needs a restart. Then look for what writes most WAL: wal_bytes in pg_stat_statements.")
		found(f)
	},
}
