package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	lagTimes = rule.NewThreshold("times_threshold", 2, "times", "what sets autovacuum off: it looks every minute, so that twice of it is no matter of timing")
	lagDays  = rule.NewThreshold("days", 1, "days", "without a vacuum of the table")
)

var autovacuumLagging = rule.Rule{
	ID:     "autovacuum-lagging",
	Title:  "Autovacuum is overdue at a table",
	Sees:   "A table with 10,000 dead rows and more than twice as many as set autovacuum off, at which no vacuum was in the last day.",
	Why:    "Something keeps autovacuum from coming: its workers are busy elsewhere, or it gives way to a lock each time. The dead rows go on growing until they are felt.",
	Silent: "Autovacuum is off; dead rows that are a fifth of the table (dead-tuples, which says the same); counters younger than a day.",
	Fix:    "See what keeps it away: busy workers (autovacuum_max_workers, autovacuum_vacuum_cost_limit), or sessions that lock the table again and again.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM",
	},
	Thresholds: []*rule.Threshold{deadRows, lagTimes, lagDays},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewClass, workload.ViewDatabase, workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		dead, _, pile := deadRowsOf(c, t)
		threshold := vacuumThreshold(c, t)
		if dead < deadRows.In(c) || dead <= lagTimes.In(c)*threshold || pile || !t.Tuples.Known() || switchedOff(t) || c.SettingIsOff("autovacuum") {
			return
		}
		age, known := c.Snapshot.StatsAge()
		if !known || age.Hours() < lagDays.In(c)*24 {
			return // the time of the last vacuum goes with the counters
		}
		days := opt.Map(sinceVacuum(c, t), func(ms float64) float64 { return ms / 86_400_000 })
		if days.Or(lagDays.In(c)) < lagDays.In(c) {
			return
		}
		var e rule.Evidence
		e.Number("n_dead_tup", t.Dead, "rows", "pg_stat_user_tables")
		e.Number("dead rows at which autovacuum begins", opt.Of(threshold), "rows", "pg_settings")
		e.Number("reltuples", t.Tuples, "rows", "pg_class")
		e.Number("time since the last vacuum", days, "days", "pg_stat_user_tables")
		f := rule.OnTable(t)
		f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
		f.Title = redact.Sprintf("%s has %s dead rows; autovacuum should have come at %s", t.QName(), figures.Count(dead), figures.Count(threshold))
		last := "No vacuum of it is on record."
		if d, ok := days.Get(); ok {
			last = "Its last vacuum was " + figures.Days(d) + " before the export."
		}
		f.Detail = redact.Sprintf("%s Autovacuum looks every minute, so its workers are busy elsewhere, or it is sent away each time by a lock on the table.", last)
		f.Fix = redact.Sprintf("VACUUM %s now; it takes SHARE UPDATE EXCLUSIVE, reads and writes go on. Then see pg_stat_progress_vacuum for what the workers do, and the log for canceling autovacuum task.", t.QName())
		found(f)
	},
}

// sinceVacuum is the time from a table's last vacuum to the export, in ms.
func sinceVacuum(c *rule.Case, t *workload.Table) opt.Float {
	last := t.LastVacuum
	if byHand, auto, ok := times(t.LastVacuum, t.LastAutovacuum); !t.LastVacuum.Known() || ok && auto.After(byHand) {
		last = t.LastAutovacuum
	}
	return since(c.Snapshot, last)
}
