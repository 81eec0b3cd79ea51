package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var statisticsYoung = rule.Rule{
	ID:     "statistics-young",
	Title:  "Statistics were reset less than a week ago",
	Sees:   "Statistics of tables and indexes that were reset less than a week before the export.",
	Why:    "Weekly and monthly jobs are not counted yet. An index that such a job needs shows as unused, and per-day rates cover only the days counted.",
	Silent: "A week or more. An export without the time of the reset. Two exports, between which rates are counted.",
	Fix:    "Export again after a week, or keep exports and compare two of them.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW",
	},
	Thresholds: []*rule.Threshold{youngDay, youngWeek},
	Rank:       rule.RankText,
	Needs:      []workload.View{workload.ViewDatabase},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil || c.Snapshot.Earlier() != nil || !c.Snapshot.Has(workload.ViewTables) && !c.Snapshot.Has(workload.ViewIndexes) {
			return
		}
		age, known := c.Snapshot.ResetAge()
		days := age.Hours() / 24
		if !known || days >= youngWeek.In(c) {
			return
		}
		var e rule.Evidence
		e.Number("time since the last statistics reset", opt.Of(days), "days", workload.BasisReset)
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Nit, Evidence: e}}
		f.Title = redact.Sprintf("Statistics of tables and indexes were reset only %s ago", figures.Days(days))
		f.Detail = redact.Plain("Weekly jobs are not counted yet. An index is called unused for these days only, and per-day rates are their average.")
		if days < youngDay.In(c) {
			f.Detail = redact.Plain("They do not cover nightly jobs yet. No index can be called unused yet, and per-day rates are extrapolated.")
		}
		f.Fix = redact.Plain("Export again after a week before you drop anything. Run pgverdict compare to count between two exports.")
		found(f)
	},
}
