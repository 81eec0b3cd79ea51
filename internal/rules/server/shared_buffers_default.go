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
	buffersDefault = rule.NewThreshold("shared_buffers", 128<<20, "bytes", "the value that initdb writes, which starts on any machine")
	buffersTables  = rule.NewThreshold("tables", 1<<30, "bytes", "of tables and indexes: eight times the setting does not fit")
	buffersRead    = rule.NewThreshold("read_share", 0.01, "share", "of the block accesses not in shared_buffers: below that there is nothing to gain")
)

var sharedBuffersDefault = rule.Rule{
	ID:     "shared-buffers-default",
	Title:  "shared_buffers is at its default",
	Sees:   "shared_buffers of 128 MB or less, tables and indexes of 1 GB or more, and at least 1% of the block accesses not in shared_buffers.",
	Why:    "What does not fit is read from the operating system again and again, and dirty pages are written out early.",
	Silent: "All blocks are found in shared_buffers. A small database. Exports without these figures.",
	Fix:    "Set shared_buffers to a quarter of the machine's memory as a start. The change needs a restart.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-SHARED-BUFFERS",
	},
	Thresholds: []*rule.Threshold{buffersDefault, buffersTables, buffersRead},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewClass, workload.ViewSettings, workload.ViewDatabase},
	Case: func(c *rule.Case, found func(rule.Found)) {
		buffers, ok := c.Snapshot.SettingBytes("shared_buffers").Get()
		if !ok || buffers > buffersDefault.In(c) {
			return
		}
		size := 0.0
		for _, t := range c.Snapshot.Tables {
			if total, ok := t.TotalBytes.Get(); ok {
				size += total
				continue
			}
			size += t.Bytes().Or(0)
			for _, ix := range t.Indexes {
				size += rule.SizeOf(ix).Or(0)
			}
		}
		read, hit, known := opt.Two(c.Snapshot.DatabaseStats["blks_read"], c.Snapshot.DatabaseStats["blks_hit"])
		if size < buffersTables.In(c) || !known || read < buffersRead.In(c)*(read+hit) {
			return
		}
		f := c.OnSetting("shared_buffers")
		f.Number("tables and indexes", opt.Of(size), "bytes", "pg_class")
		f.Number("blocks not in shared_buffers", opt.Of(read), "blocks", "pg_stat_database")
		f.Number("share of block accesses not in shared_buffers", opt.Of(read/(read+hit)), "share", "pg_stat_database")
		f.Tag, f.Severity = finding.Confirmed, finding.Low
		f.Title = redact.Sprintf("shared_buffers is %s for %s of tables and indexes", figures.Bytes(buffers), figures.Bytes(size))
		f.Detail = redact.Sprintf("%s of the block accesses were not in shared_buffers. The operating system's cache or the disk served them; the counters do not tell which.", figures.Share(read/(read+hit)))
		f.Fix = redact.Plain("Set shared_buffers to a quarter of the machine's memory as a start (ALTER SYSTEM SET shared_buffers, then a restart). Set effective_cache_size to half to three quarters of the memory.")
		found(f)
	},
}
