package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var evictedDay = rule.NewThreshold("per_day", 1, "evictions", "each one discards 5% of the statements")

var statementsEvicted = rule.Rule{
	ID:     "statements-evicted",
	Title:  "pg_stat_statements has evicted statements",
	Sees:   "Evictions in pg_stat_statements_info (dealloc). If the export does not include that view: as many statements as pg_stat_statements.max.",
	Why:    "When the view is full, the least used 5% of the statements are evicted. Their calls and times are lost, and shares of total execution time are too high.",
	Silent: "A view without evictions since the statistics reset.",
	Fix:    "Raise pg_stat_statements.max (needs a restart), and reduce the number of distinct statements: = ANY($1) instead of IN lists of many lengths, no table or schema names generated at run time.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html#PGSTATSTATEMENTS-PG-STAT-STATEMENTS-INFO",
	},
	Thresholds: []*rule.Threshold{evictedDay},
	Rank:       rule.RankWorkload,
	Needs:      []workload.View{workload.ViewStatements, workload.ViewStatementsInfo},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil || !evicted(c) {
			return
		}
		rows := float64(len(c.Snapshot.Statements))
		most := c.Snapshot.SettingNumber("pg_stat_statements.max")
		dealloc, counted := c.Snapshot.Deallocated.Get()
		var e rule.Evidence
		e.Number("dealloc", c.Snapshot.Deallocated, "", "pg_stat_statements_info")
		e.Number("pg_stat_statements.max", most, "statements", "pg_settings")
		e.Number("statements in the export", opt.Of(rows), "statements", "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Low}}
		age, aged := c.Snapshot.StatementsAge()
		days := age.Hours() / 24
		switch {
		case !counted:
			f.Title = redact.Sprintf("pg_stat_statements is full: %s statements, its maximum", figures.Count(rows))
		case aged:
			e.Number("time since the last reset of pg_stat_statements", opt.Of(days), "days", "stats_reset")
			f.Title = redact.Sprintf("pg_stat_statements evicted statements %s in %s", rule.Often(dealloc), figures.Days(days))
		default:
			f.Title = redact.Sprintf("pg_stat_statements evicted statements %s", rule.Often(dealloc))
		}
		if aged && dealloc/max(days, 1) >= evictedDay.In(c) {
			f.Severity = finding.Medium
		}
		f.Detail = redact.Plain("The least used statements are evicted first. Shares of total execution time count only what is left, and a statement that is missing here may still have run.")
		f.Fix = redact.Plain("Check what fills the view first: the same statement with IN lists of many lengths, or with names generated at run time. Then raise pg_stat_statements.max, which needs a restart.")
		if shape := mostScattered(c); len(shape) > 0 {
			f.More = redact.Sprintf("%d of the query ids are one statement, for example %s. %s", len(shape), shape[0].QueryID, scatteredBy(shape))
		}
		f.Evidence = e
		found(f)
	},
}
