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
	randomCost   = rule.NewThreshold("random_page_cost", 4, "planner units", "the default, for spinning disks with 90% of the blocks cached")
	randomMs     = rule.NewThreshold("ms_per_block", 0.5, "ms", "a spinning disk needs 5 ms or more for a random block")
	randomBlocks = rule.NewThreshold("blocks", 100_000, "blocks", "read while timing was on: with fewer it may be chance")
)

var randomPageCostDefault = rule.Rule{
	ID:     "random-page-cost-default",
	Title:  "random_page_cost is at its spinning-disk default",
	Sees:   "random_page_cost of 4 or more, while blocks were read in less than 0.5 ms on average (track_io_timing).",
	Why:    "The planner overestimates the cost of index scans, so it chooses sequential scans even if an index is faster.",
	Silent: "track_io_timing is off. Few blocks were read. A lower setting.",
	Fix:    "Set random_page_cost to 1.1 to 2, and try that in a session first.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-RANDOM-PAGE-COST",
	},
	Thresholds: []*rule.Threshold{randomCost, randomMs, randomBlocks},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewSettings, workload.ViewStatements},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil || c.Snapshot.Settings["track_io_timing"].Value != "on" {
			return
		}
		ms, blocks := 0.0, 0.0
		for _, s := range c.Snapshot.Statements {
			if s.TopLevel {
				ms, blocks = ms+s.ReadMs.Or(0), blocks+s.SharedRead.Or(0)
			}
		}
		if c.Snapshot.SettingNumber("random_page_cost").Or(0) < randomCost.In(c) || blocks < randomBlocks.In(c) || ms <= 0 || ms/blocks >= randomMs.In(c) {
			return
		}
		f := c.OnSetting("random_page_cost")
		f.Number("time to read a block", opt.Of(ms/blocks), "ms", "pg_stat_statements")
		f.Number("blocks read", opt.Of(blocks), "blocks", "pg_stat_statements")
		f.Tag, f.Severity = finding.Concern, finding.Nit
		f.Title = redact.Sprintf("random_page_cost is %s, but a block is read in %s", c.Snapshot.Settings["random_page_cost"].Value, figures.Ms(ms/blocks))
		f.Detail = redact.Plain("A spinning disk is slower than that. The operating system's cache may have served most of the reads.")
		f.Decide("Does this setting cause bad plans?", "EXPLAIN ANALYZE of a slow statement with SET random_page_cost = 1.1 in the session", "leave the setting as it is")
		f.Fix = redact.Plain("Run ALTER SYSTEM SET random_page_cost = 1.1; SELECT pg_reload_conf(). Every plan may change: do it at a quiet time.")
		found(f)
	},
}
