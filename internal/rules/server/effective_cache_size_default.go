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
	cacheDefault = rule.NewThreshold("effective_cache_size", 4<<30, "bytes", "the default since 9.4, of a machine with some 6 GB of memory")
	cacheBuffers = rule.NewThreshold("shared_buffers", 1<<30, "bytes", "above this somebody has set it for the machine, which has four times of it as a rule")
)

var effectiveCacheSizeDefault = rule.Rule{
	ID:     "effective-cache-size-default",
	Title:  "The planner is not told how much memory there is",
	Sees:   "effective_cache_size at its default of 4 GB, where shared_buffers was set to more than 1 GB.",
	Why:    "The planner takes repeated index scans for dearer than they are where it believes that little is cached.",
	Silent: "effective_cache_size was set, to whatever; shared_buffers is small.",
	Fix:    "Half to three quarters of the machine's memory; it allocates nothing.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-EFFECTIVE-CACHE-SIZE",
	},
	Thresholds: []*rule.Threshold{cacheDefault, cacheBuffers},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewSettings},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
		cache, buffers, ok := opt.Two(c.Snapshot.SettingBytes("effective_cache_size"), c.Snapshot.SettingBytes("shared_buffers"))
		if source := c.Snapshot.Settings["effective_cache_size"].Source; !ok || cache != cacheDefault.In(c) || source != "" && source != "default" || buffers <= cacheBuffers.In(c) {
			return
		}
		f := c.OnSetting("effective_cache_size")
		e := rule.Evidence(f.Evidence)
		e.Number("shared_buffers", c.Snapshot.SettingBytes("shared_buffers"), "bytes", "pg_settings")
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Nit, e
		f.Title = redact.Sprintf("effective_cache_size is at its default of %s, and shared_buffers is %s", figures.Bytes(cache), figures.Bytes(buffers))
		f.Detail = redact.Plain("Judgment needed: how much memory the machine has, which no view tells. free -m settles it; without it, leave it.")
		f.Fix = redact.Plain("ALTER SYSTEM SET effective_cache_size to half to three quarters of the machine's memory; SELECT pg_reload_conf(). It allocates nothing; plans may change with it: at a quiet hour.")
		found(f)
	},
}
