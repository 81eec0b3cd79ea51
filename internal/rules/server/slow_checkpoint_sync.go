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
	syncSlow = rule.NewThreshold("sync", 10_000, "ms", "of one checkpoint: storage that keeps up syncs in less than a second")
	syncHigh = rule.NewThreshold("sync_high", 60_000, "ms", "of one checkpoint: commits waited for the same storage, for about as long")
)

var slowCheckpointSync = rule.Rule{
	ID:     "slow-checkpoint-sync",
	Title:  "Storage stalls while a checkpoint syncs its files",
	Sees:   "A checkpoint in a server log that waited 10 s or longer for the storage to sync its files (sync=, log_checkpoints).",
	Why:    "A checkpoint writes its pages slowly on purpose, and then waits until the storage has them. A long wait means that the storage had more to write than it could. Commits wait for the same storage.",
	Silent: "Long checkpoints that sync fast: checkpoint_completion_target spreads their writes. Syncs below 10 s.",
	Fix:    "Check the storage at that time: latency, queue, quota, other load. Lower the dirty page limit of the operating system (vm.dirty_background_bytes), so that writes do not pile up until the sync.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/wal-configuration.html", "https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-CHECKPOINTS",
	},
	Thresholds: []*rule.Threshold{syncSlow, syncHigh},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewLog},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil || c.Snapshot.Log == nil || c.Snapshot.Log.Slowest.SyncMs < syncSlow.In(c) {
			return
		}
		l := c.Snapshot.Log
		one := l.Slowest
		var e rule.Evidence
		e.Number("longest sync of a checkpoint", opt.Of(one.SyncMs), "ms", string(workload.ViewLog))
		if one.LongestMs > 0 {
			e.Number("longest sync of one file in it", opt.Of(one.LongestMs), "ms", string(workload.ViewLog))
		}
		e.Number("sync of all checkpoints", opt.Of(l.SyncMs), "ms", string(workload.ViewLog))
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Medium, Evidence: e}}
		if one.SyncMs >= syncHigh.In(c) {
			f.Severity = finding.High
		}
		f.Title = redact.Sprintf("Storage stall: a checkpoint waited %s for the storage to sync its files", figures.Ms(one.SyncMs))
		f.Detail = redact.Plain("The storage could not take what was written.")
		switch wal := l.Checkpoints["wal"]; {
		case wal > 0:
			f.Detail = redact.Append(f.Detail, "WAL volume started %d of the checkpoints. Each one writes changed pages again, so fewer checkpoints are less for the storage as well.", wal)
		case l.TooFrequent == 0 && l.Checkpoints["time"] > 0:
			f.Detail = redact.Append(f.Detail, "The clock started the checkpoints (checkpoint_timeout), not WAL volume.")
		}
		if one.LongestMs > 0 {
			f.Detail = redact.Append(f.Detail, "One file alone took %s.", figures.Ms(one.LongestMs))
		}
		f.Fix = redact.Plain("Check the storage at that time: latency, queue, quota, other load. Then lower the dirty page limit of the operating system (vm.dirty_background_bytes).")
		found(f)
	},
}
