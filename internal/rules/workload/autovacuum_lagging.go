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
	lagTimes = rule.NewThreshold("times_threshold", 2, "times", "the autovacuum threshold: autovacuum checks every minute, so twice the threshold is not a matter of timing")
	lagDays  = rule.NewThreshold("days", 1, "days", "without a vacuum of the table")
)

var autovacuumLagging = rule.Rule{
	ID:     "autovacuum-lagging",
	Title:  "Autovacuum is overdue",
	Sees:   "A table with 10,000 dead rows or more, more than twice the autovacuum threshold, that was not vacuumed in the last day.",
	Why:    "Something delays autovacuum: its workers are busy elsewhere, or a lock on the table cancels it each time. The dead rows accumulate.",
	Silent: "Tables or servers with autovacuum off. Dead rows that are 20% of the table (dead-tuples reports them). Less than one day since the last statistics reset.",
	Fix:    "Find what delays autovacuum: busy workers (autovacuum_max_workers, autovacuum_vacuum_cost_limit), or sessions that lock the table again and again.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM",
	},
	Thresholds: []*rule.Threshold{deadRows, lagTimes, lagDays},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewClass, workload.ViewDatabase, workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		dead, _, pile := deadRowsOf(c, t)
		threshold := vacuumThreshold(c, t)
		if dead < deadRows.In(c) || dead <= lagTimes.In(c)*threshold || pile || !t.Tuples.Known() || disabled(t) || c.SettingIsOff("autovacuum") {
			return
		}
		age, known := c.Snapshot.StatsAge()
		if !known || age.Hours() < lagDays.In(c)*24 {
			return // a statistics reset also clears the time of the last vacuum
		}
		days := opt.Map(sinceVacuum(c, t), func(ms float64) float64 { return ms / 86_400_000 })
		if days.Or(lagDays.In(c)) < lagDays.In(c) {
			return
		}
		var e rule.Evidence
		e.Number("n_dead_tup", t.Dead, "rows", "pg_stat_user_tables")
		e.Number("autovacuum threshold", opt.Of(threshold), "rows", thresholdFrom(c, t, vacuumFactor))
		e.Number("reltuples", t.Tuples, "rows", "pg_class")
		e.Number("time since the last vacuum", days, "days", "pg_stat_user_tables")
		f := rule.OnTable(t)
		f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
		f.Title = redact.Sprintf("Autovacuum is overdue on %s: %s dead rows, threshold %s", t.QName(), figures.Count(dead), figures.Count(threshold))
		f.Detail = redact.Plain("No vacuum of this table is recorded.")
		if d, ok := days.Get(); ok {
			f.Detail = redact.Sprintf("The last vacuum ran %s before the export.", figures.Days(d))
		}
		f.More = redact.Plain("Autovacuum checks every minute. " + vacuumDelayed)
		vacuum := rule.Upkeep{Command: "VACUUM", Table: t.QName()}
		f.Remedies = append(f.Remedies, vacuum.Remedy())
		f.Fix = redact.Sprintf("Run %s. Then check pg_stat_progress_vacuum for what the workers do, and the log for \"canceling autovacuum task\".", vacuum)
		found(f)
	},
}

// sinceVacuum returns the time from a table's last vacuum to the export, in ms.
func sinceVacuum(c *rule.Case, t *workload.Table) opt.Float {
	last := t.LastVacuum
	if byHand, auto, ok := times(t.LastVacuum, t.LastAutovacuum); !t.LastVacuum.Known() || ok && auto.After(byHand) {
		last = t.LastAutovacuum
	}
	return since(c.Snapshot, last)
}
