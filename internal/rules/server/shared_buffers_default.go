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
	buffersDefault = rule.NewThreshold("shared_buffers", 128<<20, "bytes", "what initdb writes into every configuration, made to start on any machine")
	buffersTables  = rule.NewThreshold("tables", 1<<30, "bytes", "of tables and indexes: eight times of it and more does not fit")
	buffersRead    = rule.NewThreshold("read_share", 0.01, "share", "of the blocks came from outside of the cache: else there is nothing to gain")
)

var sharedBuffersDefault = rule.Rule{
	ID:     "shared-buffers-default",
	Title:  "The cache is as small as on a fresh installation",
	Sees:   "shared_buffers of 128 MB or less, tables and indexes of 1 GB or more, and a hundredth of the blocks or more read from outside of the cache.",
	Why:    "What does not fit is read from the operating system again and again, and dirty pages are written out early.",
	Silent: "All is found in the cache; a small database; exports that do not tell.",
	Fix:    "A quarter of the machine's memory is where to begin; it needs a restart.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-SHARED-BUFFERS",
	},
	Thresholds: []*rule.Threshold{buffersDefault, buffersTables, buffersRead},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewClass, workload.ViewSettings, workload.ViewDatabase},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
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
		e := rule.Evidence(f.Evidence)
		e.Number("tables and indexes", opt.Of(size), "bytes", "pg_class")
		e.Number("blocks read from outside of the cache", opt.Of(read), "blocks", "pg_stat_database")
		e.Number("their share", opt.Of(read/(read+hit)), "share", "pg_stat_database")
		f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
		f.Title = redact.Sprintf("shared_buffers is %s for %s of tables and indexes", figures.Bytes(buffers), figures.Bytes(size))
		f.Detail = redact.Sprintf("%s of the blocks came from outside of it: from the operating system's cache or from disk, which the counters do not tell apart.", figures.Share(read/(read+hit)))
		f.Fix = redact.Plain("A quarter of the machine's memory is where to begin (ALTER SYSTEM SET shared_buffers, then a restart), and effective_cache_size at half to three quarters of it, so that the planner knows.")
		found(f)
	},
}
