package server

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	ownWrites = rule.NewThreshold("writes", 1_000_000, "buffers", "that sessions wrote themselves: 8 GB")
	ownShare  = rule.NewThreshold("share", 0.5, "share", "of the buffers that were written")
	ownSyncs  = rule.NewThreshold("syncs", 100, "syncs", "of sessions: the checkpointer does them, unless its queue is full")
)

var sessionsWritePages = rule.Rule{
	ID:     "sessions-write-pages",
	Title:  "Sessions write pages themselves",
	Sees:   "In pg_stat_io, or in pg_stat_bgwriter up to 16: half of all written buffers, a million or more, written by sessions. Or 100 syncs of files by sessions.",
	Why:    "A session that needs a buffer and finds a changed page in it has to write that page first. The background writer and the checkpointer are there to have written it.",
	Silent: "Bulk writes through their own ring of buffers (bulkwrite, vacuum), which write by themselves. In pg_stat_bgwriter these count as well, and new pages of growing tables: there the finding is a question.",
	Fix:    "Let the background writer write more: bgwriter_lru_maxpages, bgwriter_delay. Raise shared_buffers if the changed pages do not fit.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-IO-VIEW", "https://www.postgresql.org/docs/current/runtime-config-resource.html#RUNTIME-CONFIG-RESOURCE-BACKGROUND-WRITER",
	},
	Thresholds: []*rule.Threshold{ownWrites, ownShare, ownSyncs},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewIO, workload.ViewCheckpoints},
	Either:     true,
	Case: func(c *rule.Case, found func(rule.Found)) {
		own, all, syncs, syncMs := 0.0, 0.0, 0.0, 0.0
		source, tag := string(workload.ViewIO), finding.Confirmed
		for _, io := range c.Snapshot.IO {
			if io.Object != "relation" || io.Context != "normal" {
				continue
			}
			all += io.Writes.Or(0)
			if strings.EqualFold(io.Backend, "client backend") {
				own, syncs, syncMs = own+io.Writes.Or(0), syncs+io.Fsyncs.Or(0), syncMs+io.SyncMs.Or(0)
			}
		}
		if k := c.Snapshot.Checkpoints; k != nil && len(c.Snapshot.IO) == 0 {
			source, tag = string(workload.ViewCheckpoints), finding.Concern
			own, syncs = k.BackendWritten.Or(0), k.BackendFsync.Or(0)
			all = own + k.Written.Or(0) + k.Cleaned.Or(0)
		}
		writes := own >= ownWrites.In(c) && own >= ownShare.In(c)*all
		if syncs < ownSyncs.In(c) && !writes {
			return
		}
		var e rule.Evidence
		e.Number("buffers that sessions wrote", opt.Of(own), "buffers", source)
		e.Number("buffers written", opt.Of(all), "buffers", source)
		e.Number("syncs of sessions", opt.Of(syncs), "", source)
		f := rule.Found{Finding: finding.Finding{Tag: tag, Severity: finding.Medium, Evidence: e}}
		const buffers = "Let the background writer write more (bgwriter_lru_maxpages = 1000, bgwriter_delay = 50ms). If the pages that change do not fit in shared_buffers, raise it. Then look for what changes most pages (shared_blks_dirtied in pg_stat_statements)."
		if syncs >= ownSyncs.In(c) {
			f.Tag = finding.Confirmed
			f.Title = redact.Sprintf("Sessions synced files themselves, %s times", figures.Count(syncs))
			if syncMs > 0 {
				f.Title = redact.Append(f.Title, "(%s in all)", figures.Ms(syncMs))
			}
			f.Detail = redact.Plain("The checkpointer's queue was full, so that a session had to wait for the disk in its place.")
			f.Fix = redact.Plain("Look at the disk first: its latency and the limit of its IOPS. Raise shared_buffers, by which the size of the queue goes, and spread checkpoints (checkpoint_completion_target = 0.9).")
			if writes {
				f.Detail = redact.Append(f.Detail, "They also wrote %s of all buffers.", figures.Share(own/all))
			}
			found(f)
			return
		}
		f.Title = redact.Sprintf("Sessions wrote %s buffers themselves, %s of all that were written%s", figures.Count(own), figures.Share(own/all), between(c))
		f.Detail = redact.Plain("A session that needs a buffer and finds a changed page in it has to write that page first.")
		if tag == finding.Concern {
			f.Severity = finding.Low
			f.Decide("Are these pages of tables that other rows changed, and not those of bulk loads, vacuum and growing tables, which count as well?", "pg_stat_io (16 and later), by context", "leave the settings as they are")
		}
		f.Fix = redact.Plain(buffers)
		found(f)
	},
}

// between ends a sentence on counts that are those between two readings.
func between(c *rule.Case) string {
	if k := c.Snapshot.Checkpoints; k != nil && k.Between && len(c.Snapshot.IO) == 0 {
		return " between the first and the last reading"
	}
	return ""
}
