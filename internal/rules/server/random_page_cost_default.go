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
	randomCost   = rule.NewThreshold("random_page_cost", 4, "", "the default, of spinning disks of which nine tenths are found in a cache")
	randomMs     = rule.NewThreshold("ms_per_block", 0.5, "ms", "a spinning disk takes 5 and more for a block that it has to look for")
	randomBlocks = rule.NewThreshold("blocks", 100_000, "blocks", "read while it was timed: fewer may have been luck")
)

var randomPageCostDefault = rule.Rule{
	ID:     "random-page-cost-default",
	Title:  "The planner takes the storage for a spinning disk",
	Sees:   "random_page_cost of 4 or more, while blocks were read in less than half a millisecond on average (track_io_timing).",
	Why:    "An index scan is taken to be dearer than it is, so sequential scans are chosen where an index is faster.",
	Silent: "track_io_timing is off; few blocks were read; a lower setting.",
	Fix:    "1.1 to 2, tried in a session first.",
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
		e := rule.Evidence(f.Evidence)
		e.Number("time to read a block", opt.Of(ms/blocks), "ms", "pg_stat_statements")
		e.Number("blocks read", opt.Of(blocks), "blocks", "pg_stat_statements")
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Nit, e
		f.Title = redact.Sprintf("random_page_cost is %s, and a block is read in %s", c.Snapshot.Settings["random_page_cost"].Value, figures.Ms(ms/blocks))
		f.Detail = redact.Plain("That is no spinning disk; most may come from the operating system's cache. Judgment needed: whether plans suffer from it. " +
			"EXPLAIN ANALYZE of a slow statement with SET random_page_cost = 1.1 in the session settles it; without that, leave it.")
		f.Fix = redact.Plain("If they do: ALTER SYSTEM SET random_page_cost = 1.1; SELECT pg_reload_conf(). Every plan may change with it: at a quiet hour.")
		found(f)
	},
}
