package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var targetLow = rule.NewThreshold("target", 100, "entries", "the default since PostgreSQL 8.4")

var statisticsTargetLow = rule.Rule{
	ID:     "statistics-target-low",
	Title:  "default_statistics_target is below the default",
	Sees:   "default_statistics_target below 100 in pg_settings.",
	Why:    "ANALYZE samples fewer rows and keeps fewer common values of every column, so estimates are less accurate for all queries.",
	Silent: "A target of 100 or more. A lower target for single columns.",
	Fix:    "Reset it, then run ANALYZE.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-DEFAULT-STATISTICS-TARGET",
	},
	Thresholds: []*rule.Threshold{targetLow},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewSettings},
	Case: func(c *rule.Case, found func(rule.Found)) {
		target, ok := c.Snapshot.SettingNumber("default_statistics_target").Get()
		if !ok || target >= targetLow.In(c) {
			return
		}
		f := c.OnSetting("default_statistics_target")
		f.Tag, f.Severity = finding.Confirmed, finding.Low
		f.Title = redact.Sprintf("default_statistics_target is %s, below the default of %s", figures.Count(target), figures.Count(targetLow.In(c)))
		f.Detail = redact.Sprintf("ANALYZE keeps up to %s common values of a column and samples 300 rows for each. Row estimates are less accurate for all queries.", figures.Count(target))
		f.Fix = redact.Plain("Run ALTER SYSTEM RESET default_statistics_target and SELECT pg_reload_conf(), then ANALYZE.")
		found(f)
	},
}
