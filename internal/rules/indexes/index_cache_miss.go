package indexes

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	ixMissRead  = rule.NewThreshold("blocks_read", 100_000, "blocks", "800 MB from outside of the cache")
	ixMissHit   = rule.NewThreshold("hit_share", 0.95, "share", "of the index's blocks found in the cache: the upper ones are at every lookup, so that a twentieth is one lookup in five or six")
	ixMissAgain = rule.NewThreshold("times", 2, "times", "its size: what was read once in was a cold cache")
	ixMissOfAll = rule.NewThreshold("share_of_all", 0.5, "share", "of the blocks that all indexes read from outside of the cache")
)

var indexCacheMiss = rule.Rule{
	ID:    "index-cache-miss",
	Title: "An index does not stay in the cache",
	Sees:  "An index of whose blocks more than a twentieth come from outside of the cache, 100,000 or more, twice its size or more, and as many as of all other indexes together.",
	Why:   "Each of its pages is pushed out and read in again. Lookups and inserts wait for that.",
	Silent: "It was read in once, as after a restart; the reads are spread over the indexes; nothing looks rows up by it (unused-index), so that vacuum and inserts read it; " +
		"a size that is not known.",
	Fix: "A smaller index: one that is not bloated, partial, or with a key that grows instead of a random one. Else more memory.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STATIO-ALL-INDEXES-VIEW",
	},
	Thresholds: []*rule.Threshold{ixMissRead, ixMissHit, ixMissAgain, ixMissOfAll},
	Rank:       rule.RankUnused - 3,
	Needs:      []workload.View{workload.ViewIOIndexes, workload.ViewClass},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
		all := 0.0
		var top *workload.Index
		for _, t := range c.Snapshot.Tables {
			for _, ix := range t.Indexes {
				all += ix.BlksRead.Or(0)
				if top == nil || ix.BlksRead.Or(0) > top.BlksRead.Or(0) {
					top = ix
				}
			}
		}
		if top == nil {
			return
		}
		read, hit, ok := opt.Two(top.BlksRead, top.BlksHit)
		size, sized := rule.SizeOf(top).Get()
		if !ok || !sized || read < ixMissRead.In(c) || hit >= ixMissHit.In(c)*(read+hit) || read < ixMissOfAll.In(c)*all ||
			read*workload.BlockSize < ixMissAgain.In(c)*size || top.Scans.Known() && top.Scans.Or(0) == 0 {
			return
		}
		e := c.OfIndex(top)
		e.Number("idx_blks_read", top.BlksRead, "blocks", "pg_statio_user_indexes")
		e.Number("idx_blks_hit", top.BlksHit, "blocks", "pg_statio_user_indexes")
		e.Number("share found in the cache", opt.Of(hit/(read+hit)), "share", "pg_statio_user_indexes")
		e.Number("share of what all indexes read", opt.Of(read/all), "share", "pg_statio_user_indexes")
		e.Number("shared_buffers", c.Snapshot.SettingBytes("shared_buffers"), "bytes", "pg_settings")
		f := rule.OnIndex(top)
		f.Aside = true
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		f.Title = redact.Sprintf("%s was read in %s over: its %s do not stay in the cache", top.QName(), figures.Times(read*workload.BlockSize/size), figures.Bytes(size))
		f.Detail = redact.Sprintf("%s of its blocks were found in the cache, %s were read from outside of it.%s Judgment needed: whether anyone waits for these reads: they may come from the operating system's cache. "+
			"track_io_timing settles it (blk_read_time of the statements on %s); without it, leave it.",
			figures.Share(hit/(read+hit)), figures.Bytes(read*workload.BlockSize), randomKey(top), top.Table.Name)
		f.Fix = redact.Plain("See first whether it is bloated or could be partial; more shared_buffers comes after that.")
		found(f)
	},
}

// randomKey says that an index's first key lands anywhere in it, which keeps
// all of its pages in use.
func randomKey(ix *workload.Index) string {
	if len(ix.Def.Keys) == 0 {
		return ""
	}
	if col := ix.Table.Column(ix.Def.Keys[0].Column); col != nil && col.Type == "uuid" && col.Stats != nil && math.Abs(col.Stats.Correlation.Or(1)) < 0.1 {
		return " Its key " + col.Name + " is a uuid in no order: inserts and lookups go to any of its pages (uuid version 7 grows instead)."
	}
	return ""
}
