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
	cacheDefault = rule.NewThreshold("effective_cache_size", 4<<30, "bytes", "the default since 9.4, right for a machine with about 6 GB of memory")
	cacheBuffers = rule.NewThreshold("shared_buffers", 1<<30, "bytes", "a larger value was set for the machine, which usually has four times as much memory")
)

var effectiveCacheSizeDefault = rule.Rule{
	ID:     "effective-cache-size-default",
	Title:  "effective_cache_size is at its default",
	Sees:   "effective_cache_size at its default of 4 GB while shared_buffers is more than 1 GB.",
	Why:    "If the planner assumes that little is cached, it overestimates the cost of repeated index scans.",
	Silent: "effective_cache_size was set, to any value. shared_buffers is small.",
	Fix:    "Set effective_cache_size to half to three quarters of the machine's memory. The setting allocates nothing.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-EFFECTIVE-CACHE-SIZE",
	},
	Thresholds: []*rule.Threshold{cacheDefault, cacheBuffers},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewSettings},
	Case: func(c *rule.Case, found func(rule.Found)) {
		cache, buffers, ok := opt.Two(c.Snapshot.SettingBytes("effective_cache_size"), c.Snapshot.SettingBytes("shared_buffers"))
		if source := c.Snapshot.Settings["effective_cache_size"].Source; !ok || cache != cacheDefault.In(c) || source != "" && source != "default" || buffers <= cacheBuffers.In(c) {
			return
		}
		f := c.OnSetting("effective_cache_size")
		f.Number("shared_buffers", c.Snapshot.SettingBytes("shared_buffers"), "bytes", "pg_settings")
		f.Tag, f.Severity = finding.Concern, finding.Nit
		f.Title = redact.Sprintf("effective_cache_size is at its default of %s, but shared_buffers is %s", figures.Bytes(cache), figures.Bytes(buffers))
		f.Detail = redact.Sprintf("The planner assumes that %s of data are cached at most, and overestimates repeated index scans if it is more.", figures.Bytes(cache))
		f.Decide("Does the machine have more memory than that?", "free -m", "leave the setting as it is")
		f.Fix = redact.Plain("Run ALTER SYSTEM SET effective_cache_size with half to three quarters of the machine's memory, then SELECT pg_reload_conf(). The setting allocates nothing. Plans may change: do it at a quiet time.")
		found(f)
	},
}
