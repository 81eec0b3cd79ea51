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
	noVacuumRows   = rule.NewThreshold("rows", 1_000, "rows", "a smaller table is read in full in a short time, dead rows included")
	noVacuumByHand = rule.NewThreshold("by_hand_days", 7, "days", "a manual VACUUM in this time did the work instead")
)

var autovacuumDisabled = rule.Rule{
	ID:     "autovacuum-disabled",
	Title:  "Autovacuum is disabled for a table",
	Sees:   "A table with the storage parameter autovacuum_enabled = off.",
	Why:    "Dead rows stay and the planner's statistics become outdated. The table is vacuumed only when its oldest transaction ID reaches autovacuum_freeze_max_age: in one large run, at an unplanned time.",
	Silent: "Autovacuum disabled for the TOAST table alone. Autovacuum off on the whole server (autovacuum-off). Dead rows that already accumulate (dead-tuples, which names this cause).",
	Fix:    "Run ALTER TABLE ... RESET (autovacuum_enabled), then VACUUM (ANALYZE).",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-createtable.html#RELOPTION-AUTOVACUUM-ENABLED",
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND",
	},
	Thresholds: []*rule.Threshold{noVacuumRows, noVacuumByHand},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewClass},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		if !disabled(t) || c.SettingIsOff("autovacuum") {
			return
		}
		if _, _, pile := deadRowsOf(c, t); pile {
			return // it is said there
		}
		var e rule.Evidence
		e.Text("autovacuum_enabled", redact.Plain(t.Options["autovacuum_enabled"]), "pg_class")
		e.Number("rows", t.RowCount(), "rows", "pg_class")
		e.Number("n_dead_tup", t.Dead, "rows", "pg_stat_user_tables")
		e.Number("rows inserted, updated and deleted", t.Writes(), "rows", "pg_stat_user_tables")
		f := rule.OnTable(t)
		f.Tag, f.Severity = finding.Confirmed, finding.Low
		f.Title = redact.Sprintf("Autovacuum is disabled for %s", t.QName())
		manual, at, ok := times(t.LastVacuum, c.Snapshot.ExportedAt)
		days := at.Sub(manual).Hours() / 24
		switch {
		case t.Writes().Or(0) == 0 && t.Dead.Or(0) == 0:
			f.Detail = redact.Plain("No rows have been written since the last statistics reset, so there are no dead rows now. After the next writes nothing will remove them.")
		case ok && days <= noVacuumByHand.In(c):
			e.Number("time since the last manual VACUUM", opt.Of(days), "days", "pg_stat_user_tables")
			f.Detail = redact.Sprintf("The last manual VACUUM ran %s before the export. Dead rows are removed only as long as these runs continue.", figures.Days(days))
		case max(t.RowCount().Or(0), t.Live.Or(0)) < noVacuumRows.In(c):
			f.Detail = redact.Plain("The table is small, so there is little harm.")
		default:
			threshold := vacuumThreshold(c, t)
			f.Detail = redact.Plain("Dead rows stay, the table and its indexes grow, and the planner's statistics become outdated.")
			if t.Dead.Or(0) > threshold {
				f.Severity = finding.Medium
				e.Number("autovacuum threshold", opt.Of(threshold), "rows", thresholdFrom(c, t, vacuumFactor))
				f.More = f.Detail
				f.Detail = redact.Sprintf("There are %s dead rows. Autovacuum would have started at %s.", figures.Count(t.Dead.Or(0)), figures.Count(threshold))
			}
		}
		f.Fix = redact.Sprintf("Run ALTER TABLE %s RESET (autovacuum_enabled), then %s.", t.QName(), rule.Upkeep{Command: "VACUUM (ANALYZE)", Table: t.QName()})
		f.Evidence = e
		found(f)
	},
}
