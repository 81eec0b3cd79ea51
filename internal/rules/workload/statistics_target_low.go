package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var targetLow = rule.NewThreshold("target", 100, "", "PostgreSQL's own default since 8.4")

var statisticsTargetLow = rule.Rule{
	ID:     "statistics-target-low",
	Title:  "ANALYZE is told to gather less than by default",
	Sees:   "pg_settings with default_statistics_target below 100.",
	Why:    "ANALYZE samples fewer rows and keeps fewer common values of every column, so estimates are rougher for all queries.",
	Silent: "A target of 100 or more; a lower one for single columns.",
	Fix:    "Reset it, then ANALYZE.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-DEFAULT-STATISTICS-TARGET",
	},
	Thresholds: []*rule.Threshold{targetLow},
	Rank:       rule.RankSettings,
	Needs:      []workload.View{workload.ViewSettings},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
		target, ok := c.Snapshot.SettingNumber("default_statistics_target").Get()
		if !ok || target >= targetLow.In(c) {
			return
		}
		f := c.OnSetting("default_statistics_target")
		f.Tag, f.Severity = finding.Confirmed, finding.Low
		f.Title = redact.Sprintf("default_statistics_target is %s: the planner knows less of every column than by default", figures.Count(target))
		f.Detail = redact.Sprintf("ANALYZE keeps up to %s common values of a column, and samples 300 rows for each; the default is %s.", figures.Count(target), figures.Count(targetLow.In(c)))
		f.Fix = redact.Plain("ALTER SYSTEM RESET default_statistics_target; SELECT pg_reload_conf(); then ANALYZE.")
		found(f)
	},
}
