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
	fullPagesShare = rule.NewThreshold("share", 0.7, "share", "of the WAL's bytes at most, if each full page takes 8 kB")
	fullPagesLeast = rule.NewThreshold("bytes", 100<<30, "bytes", "of full pages; less is no load")
)

var fullPagesInWAL = rule.Rule{
	ID:     "full-pages-in-wal",
	Title:  "Most of the WAL is full pages",
	Sees:   "In pg_stat_wal: full page images that take up to 70% of the WAL's bytes, 100 GB or more.",
	Why:    "After each checkpoint, the first change of a page writes the whole page to the WAL. Fewer checkpoints write fewer of them, and replicas and backups get less WAL.",
	Silent: "Less than that. A server whose pages are changed once each, such as one that only loads, writes them anyway: the finding is a question.",
	Fix:    "Raise max_wal_size and checkpoint_timeout, so that checkpoints are rarer, and set wal_compression. Random keys (UUID version 4) change a page each: use keys that grow.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/wal-configuration.html", "https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-WAL-COMPRESSION",
	},
	Thresholds: []*rule.Threshold{fullPagesShare, fullPagesLeast},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewWAL},
	Case: func(c *rule.Case, found func(rule.Found)) {
		w := c.Snapshot.WAL
		if w == nil {
			return
		}
		pages, all, ok := opt.Two(w.FullPages, w.Bytes)
		most := min(pages*workload.BlockSize, all)
		if !ok || most < fullPagesLeast.In(c) || most < fullPagesShare.In(c)*all {
			return
		}
		var e rule.Evidence
		e.Number("wal_fpi", w.FullPages, "", string(workload.ViewWAL))
		e.Number("wal_bytes", w.Bytes, "bytes", string(workload.ViewWAL))
		f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Medium, Evidence: e}}
		f.Title = redact.Sprintf("Most of the WAL is full pages: %s of them, in %s of WAL", figures.Count(pages), figures.Bytes(all))
		f.Detail = redact.Plain("After each checkpoint, the first change of a page writes the whole page.")
		f.Decide("Are checkpoints frequent?", "the log with log_checkpoints = on, or pg_stat_checkpointer (pg_stat_bgwriter up to 16) and the age of its counters", "leave the settings as they are")
		f.Fix = redact.Plain("Raise max_wal_size and checkpoint_timeout, if the disk has the space and a crash recovery may take longer. Set wal_compression = on, which takes CPU time. Random keys (UUID version 4) change a page for each row: keys that grow do not.")
		found(f)
	},
}
