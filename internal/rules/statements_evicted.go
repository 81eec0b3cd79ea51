package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/workload"
)

var evictedDay = NewThreshold("per_day", 1, "", "evictions: each throws a twentieth of the statements away")

var statementsEvicted = Rule{
	ID:     "statements-evicted",
	Title:  "pg_stat_statements has forgotten statements",
	Sees:   "pg_stat_statements_info counts evictions (dealloc); where the export does not hold it, the view has as many rows as it can take.",
	Why:    "When the view is full the least used twentieth is thrown away: its calls and its time are gone, and shares of the exported time are too high.",
	Silent: "No eviction since the reset.",
	Fix:    "Raise pg_stat_statements.max (a restart), and bring down the number of shapes: = ANY($1) instead of IN lists of many lengths, no table or schema names made up at run time.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html#PGSTATSTATEMENTS-PG-STAT-STATEMENTS-INFO",
	},
	Thresholds: []*Threshold{evictedDay},
	Rank:       rankWorkload,
	Needs:      []workload.View{workload.ViewStatements, workload.ViewStatementsInfo},
	Case: func(c *Case, found func(Found)) {
		if c.Snapshot == nil || !c.evicted() {
			return
		}
		rows := float64(len(c.Snapshot.Statements))
		most := c.Snapshot.SettingNumber("pg_stat_statements.max")
		dealloc, counted := c.Snapshot.Deallocated.Get()
		var e evidence
		e.number("dealloc", c.Snapshot.Deallocated, "", "pg_stat_statements_info")
		e.number("pg_stat_statements.max", most, "statements", "pg_settings")
		e.number("statements in the export", opt.Of(rows), "statements", "pg_stat_statements")
		f := Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Low}}
		age, aged := c.Snapshot.StatementsAge()
		days := age.Hours() / 24
		switch {
		case !counted:
			f.Title = redact.Sprintf("pg_stat_statements is full: %s statements, as many as it takes", figures.Count(rows))
		case aged:
			e.number("age of its counters", opt.Of(days), "days", "stats_reset")
			f.Title = redact.Sprintf("pg_stat_statements has thrown statements away %s in %s", often(dealloc), figures.Days(days))
		default:
			f.Title = redact.Sprintf("pg_stat_statements has thrown statements away %s", often(dealloc))
		}
		if aged && dealloc/max(days, 1) >= evictedDay.In(c) {
			f.Severity = finding.Medium
		}
		f.Detail = redact.Plain("The statements called least go first. Shares of the exported time are of what is left, and a statement that is missing here may have run all the same.")
		f.Fix = redact.Plain("Raise pg_stat_statements.max, which needs a restart. First see what fills it: the same statement with IN lists of many lengths, or with names made up at run time.")
		if shape := c.mostScattered(); len(shape) > 0 {
			f.Detail = redact.Sprintf("%s %d of the query ids are one statement, %s among them: %s", f.Detail, len(shape), shape[0].QueryID, scatteredBy(shape))
		}
		f.Evidence = e
		found(f)
	},
}

// evicted reports whether statements were thrown away, or where that is not
// counted, whether the view is full.
func (c *Case) evicted() bool {
	rows := float64(len(c.Snapshot.Statements))
	if dealloc, counted := c.Snapshot.Deallocated.Get(); counted || rows == 0 {
		return rows > 0 && dealloc > 0
	}
	return rows >= c.Snapshot.SettingNumber("pg_stat_statements.max").Or(rows+1)
}
