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
	Title:  "The counters are young",
	Sees:   "Counters of tables and indexes that are younger than a week.",
	Why:    "What runs once a week or once a month has not been counted: an index that it needs shows as unused, and a figure a day is that of the days counted.",
	Silent: "A week or more; exports that do not tell the age; two exports, between which rates are counted.",
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
		e.Number("age of the counters", opt.Of(days), "days", workload.BasisReset)
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Nit, Evidence: e}}
		f.Title = redact.Sprintf("The counters of tables and indexes are %s old", figures.Days(days))
		missed := "Weekly jobs are not in them: what is called unused is so for these days alone, and a figure a day is their mean."
		if days < youngDay.In(c) {
			missed = "Not even the jobs of a night are in them: nothing can be called unused yet, and a figure a day is this time's, carried on."
		}
		f.Detail = redact.Plain(missed)
		f.Fix = redact.Plain("Export again after a week before anything is dropped; pgverdict compare counts between two exports.")
		found(f)
	},
}
