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
	noVacuumRows   = rule.NewThreshold("rows", 1_000, "rows", "a smaller table is read in full in no time, dead rows or not")
	noVacuumByHand = rule.NewThreshold("by_hand_days", 7, "days", "somebody vacuums it instead")
)

var autovacuumDisabled = rule.Rule{
	ID:     "autovacuum-disabled",
	Title:  "Autovacuum is switched off for a table",
	Sees:   "A table with the storage parameter autovacuum_enabled = off.",
	Why:    "Its dead rows stay and its statistics grow old. It is vacuumed all the same when its oldest transaction ID has come to autovacuum_freeze_max_age: in one piece, at a time that nobody chose.",
	Silent: "Autovacuum off for the TOAST table alone; autovacuum off on the whole server (autovacuum-off); dead rows that pile up already (dead-tuples, which names it).",
	Fix:    "ALTER TABLE ... RESET (autovacuum_enabled), then VACUUM (ANALYZE).",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-createtable.html#RELOPTION-AUTOVACUUM-ENABLED",
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND",
	},
	Thresholds: []*rule.Threshold{noVacuumRows, noVacuumByHand},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewClass},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		if !switchedOff(t) || c.SettingIsOff("autovacuum") {
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
		f.Title = redact.Sprintf("Autovacuum is switched off for %s", t.QName())
		manual, at, ok := times(t.LastVacuum, c.Snapshot.ExportedAt)
		days := at.Sub(manual).Hours() / 24
		switch {
		case t.Writes().Or(0) == 0 && t.Dead.Or(0) == 0:
			f.Detail = redact.Plain("Nothing was written to it since the counters were reset, so there is nothing to clear away today; a write changes that, and nobody will notice.")
		case ok && days <= noVacuumByHand.In(c):
			e.Number("age of the last VACUUM by hand", opt.Of(days), "days", "pg_stat_user_tables")
			f.Detail = redact.Sprintf("It was vacuumed by hand %s before the export: it goes well for as long as whatever does that keeps on.", figures.Days(days))
		case max(t.RowCount().Or(0), t.Live.Or(0)) < noVacuumRows.In(c):
			f.Detail = redact.Plain("The table is small, so it does little harm.")
		default:
			threshold := vacuumThreshold(c, t)
			f.Detail = redact.Plain("Nothing vacuums it: dead rows stay, the table and its indexes grow, and the planner's statistics grow old.")
			if t.Dead.Or(0) > threshold {
				f.Severity = finding.Medium
				e.Number("dead rows at which autovacuum would begin", opt.Of(threshold), "rows", "pg_settings")
				f.Detail = redact.Sprintf("It has %s dead rows; autovacuum would have begun at %s. They stay, the table and its indexes grow, and the planner's statistics grow old.", figures.Count(t.Dead.Or(0)), figures.Count(threshold))
			}
		}
		f.Fix = redact.Sprintf("ALTER TABLE %s RESET (autovacuum_enabled); then VACUUM (ANALYZE) %s, which blocks neither reads nor writes.", t.QName(), t.QName())
		f.Evidence = e
		found(f)
	},
}
