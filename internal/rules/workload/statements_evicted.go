package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var evictedDay = rule.NewThreshold("per_day", 1, "", "evictions: each throws a twentieth of the statements away")

var statementsEvicted = rule.Rule{
	ID:     "statements-evicted",
	Title:  "pg_stat_statements has forgotten statements",
	Sees:   "pg_stat_statements_info counts evictions (dealloc); where the export does not hold it, the view has as many rows as it can take.",
	Why:    "When the view is full the least used twentieth is thrown away: its calls and its time are gone, and shares of total execution time are too high.",
	Silent: "No eviction since the reset.",
	Fix:    "Raise pg_stat_statements.max (a restart), and bring down the number of shapes: = ANY($1) instead of IN lists of many lengths, no table or schema names made up at run time.",
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
			f.Title = redact.Sprintf("pg_stat_statements is full: %s statements, as many as it takes", figures.Count(rows))
		case aged:
			e.Number("age of its counters", opt.Of(days), "days", "stats_reset")
			f.Title = redact.Sprintf("pg_stat_statements has thrown statements away %s in %s", rule.Often(dealloc), figures.Days(days))
		default:
			f.Title = redact.Sprintf("pg_stat_statements has thrown statements away %s", rule.Often(dealloc))
		}
		if aged && dealloc/max(days, 1) >= evictedDay.In(c) {
			f.Severity = finding.Medium
		}
		f.Detail = redact.Plain("The statements called least go first. Shares of total execution time are of what is left, and a statement that is missing here may have run all the same.")
		f.Fix = redact.Plain("Raise pg_stat_statements.max, which needs a restart. First see what fills it: the same statement with IN lists of many lengths, or with names made up at run time.")
		if shape := mostScattered(c); len(shape) > 0 {
			f.Detail = redact.Sprintf("%s %d of the query ids are one statement, %s among them: %s", f.Detail, len(shape), shape[0].QueryID, scatteredBy(shape))
		}
		f.Evidence = e
		found(f)
	},
}
