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
	ixMissRead  = rule.NewThreshold("blocks_read", 100_000, "blocks", "800 MB not in shared_buffers")
	ixMissHit   = rule.NewThreshold("hit_share", 0.95, "share", "of the index's blocks found in shared_buffers: every lookup finds the upper levels there, so 5% misses is one lookup in five or six")
	ixMissAgain = rule.NewThreshold("times", 2, "times", "its size: a single pass may only have filled an empty cache")
	ixMissOfAll = rule.NewThreshold("share_of_all", 0.5, "share", "of the blocks of all indexes that were not in shared_buffers")
)

var indexCacheMiss = rule.Rule{
	ID:     "index-cache-miss",
	Title:  "Index does not stay in shared_buffers",
	Sees:   "An index with more than 5% of its block accesses not in shared_buffers: 100,000 blocks or more, at least twice its size, and at least as many as all other indexes together.",
	Why:    "The pages of the index are evicted and read again. Lookups and inserts wait for these reads.",
	Silent: "The index was read once, for example after a restart. The reads are spread over several indexes. No lookup uses the index (unused-index), so VACUUM and inserts read it. Its size is unknown.",
	Fix:    "Make the index smaller: rebuild it if bloated, make it partial, or use an ascending key instead of a random one. Otherwise add memory.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STATIO-ALL-INDEXES-VIEW",
	},
	Thresholds: []*rule.Threshold{ixMissRead, ixMissHit, ixMissAgain, ixMissOfAll},
	Rank:       rule.RankUnused - 3,
	Needs:      []workload.View{workload.ViewIOIndexes, workload.ViewClass},
	Case: func(c *rule.Case, found func(rule.Found)) {
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
		e.Number("share found in shared_buffers", opt.Of(hit/(read+hit)), "share", "pg_statio_user_indexes")
		e.Number("share of the blocks read for all indexes", opt.Of(read/all), "share", "pg_statio_user_indexes")
		e.Number("shared_buffers", c.Snapshot.SettingBytes("shared_buffers"), "bytes", "pg_settings")
		f := rule.OnIndex(top)
		f.Aside = true
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		f.Title = redact.Sprintf("%s (%s) does not stay in shared_buffers: %s its size was read", top.QName(), figures.Bytes(size), figures.Times(read*workload.BlockSize/size))
		f.Detail = redact.Sprintf("%s of its block accesses (%s) were not in shared_buffers.", figures.Share(read/(read+hit)), figures.Bytes(read*workload.BlockSize))
		f.More = redact.Append(randomKey(top), "The operating system's cache may have served these reads.")
		f.Decide("Do queries wait for these reads?", "blk_read_time of the statements on "+top.Table.Name+", with track_io_timing on", "leave the index as it is")
		f.Fix = redact.Plain("Check first whether the index is bloated or could be partial. Then consider more shared_buffers.")
		found(f)
	},
}

// randomKey says that an index's first key is random, which keeps
// all of its pages in use; empty if it is not.
func randomKey(ix *workload.Index) redact.Text {
	if len(ix.Def.Keys) == 0 {
		return redact.Text{}
	}
	if col := ix.Table.Column(ix.Def.Keys[0].Column); col != nil && col.Type == "uuid" && col.Stats != nil && math.Abs(col.Stats.Correlation.Or(1)) < 0.1 {
		return redact.Sprintf("The key %s is a random uuid, so inserts and lookups go to any page (UUID version 7 is ascending).", col.Name)
	}
	return redact.Text{}
}
