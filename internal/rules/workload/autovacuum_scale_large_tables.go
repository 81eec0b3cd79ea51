package workload

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	scaleRows  = rule.NewThreshold("rows", 10_000_000, "rows", "from here on a fifth of the table is millions of rows")
	scaleDead  = rule.NewThreshold("dead_rows", 1_000_000, "rows", "that wait already: a table that nothing is deleted from needs no other setting")
	scaleBegin = rule.NewThreshold("begins_at", 0.1, "share", "of the rows: where autovacuum begins sooner, somebody has seen to it")
)

var autovacuumScaleLargeTables = rule.Rule{
	ID:     "autovacuum-scale-large-tables",
	Title:  "Autovacuum waits for millions of dead rows",
	Sees:   "Tables of 10 million rows or more with a million dead ones, at which autovacuum begins only when a tenth of the rows or more are dead, by the default of a fifth or by a setting.",
	Why:    "Until then scans read the dead rows, and the vacuum that comes at last has so much to do that it takes hours. Begun sooner, each has little to do.",
	Silent: "Tables that have settings of their own for it; fewer dead rows; a threshold that is reached already (autovacuum-lagging, dead-tuples).",
	Fix:    "A scale factor of 0.01 to 0.02 for such a table, as its storage parameter.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM",
		"https://www.postgresql.org/docs/current/runtime-config-vacuum.html#GUC-AUTOVACUUM-VACUUM-SCALE-FACTOR",
	},
	Thresholds: []*rule.Threshold{scaleRows, scaleDead, scaleBegin},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewClass, workload.ViewTables},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil || c.SettingIsOff("autovacuum") {
			return
		}
		var waiting []*workload.Table
		for _, t := range c.Snapshot.Tables {
			if waitsForVacuum(c, t) {
				waiting = append(waiting, t)
			}
		}
		if len(waiting) == 0 {
			return
		}
		slices.SortStableFunc(waiting, func(a, b *workload.Table) int { return cmp.Compare(b.Dead.Or(0), a.Dead.Or(0)) })
		t := waiting[0]
		var e rule.Evidence
		e.Number("n_dead_tup", t.Dead, "rows", "pg_stat_user_tables")
		e.Number("reltuples", t.Tuples, "rows", "pg_class")
		e.Number("dead rows at which autovacuum begins", opt.Of(vacuumThreshold(c, t)), "rows", "pg_settings")
		e.Number("tables of the kind", opt.Of(float64(len(waiting))), "tables", "pg_class")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Low, Evidence: e, Where: finding.Where{Relation: t.QName()}}}
		f.Title = redact.Sprintf("Autovacuum lets %s dead rows gather in %s before it begins; %s are there", figures.Count(vacuumThreshold(c, t)), t.QName(), figures.Count(t.Dead.Or(0)))
		f.Detail = redact.Plain("That is its scale factor times the rows. Such a vacuum reads the whole table and all its indexes in one go; begun at a hundredth it would find most pages clean and pass over them.")
		if len(waiting) > 1 {
			var others []string
			for _, o := range waiting[1:min(len(waiting), 5)] {
				others = append(others, fmt.Sprintf("%s (%s)", o.QName(), figures.Count(o.Dead.Or(0))))
			}
			f.Detail = redact.Sprintf("%s %d more tables are like it: %s.", f.Detail, len(waiting)-1, strings.Join(others, ", "))
		}
		f.Fix = redact.Sprintf("ALTER TABLE %s SET (autovacuum_vacuum_scale_factor = 0.01); it takes SHARE UPDATE EXCLUSIVE for an instant, and the next look of autovacuum heeds it.", t.QName())
		found(f)
	},
}

// waitsForVacuum reports whether dead rows gather in a large table because its
// settings let them.
func waitsForVacuum(c *rule.Case, t *workload.Table) bool {
	rows, dead, ok := opt.Two(t.Tuples, t.Dead)
	begins := vacuumThreshold(c, t)
	if !ok || rows < scaleRows.In(c) || dead < scaleDead.In(c) || dead >= begins || begins < scaleBegin.In(c)*rows || switchedOff(t) {
		return false
	}
	_, _, pile := deadRowsOf(c, t)
	return !pile && t.Options["autovacuum_vacuum_scale_factor"] == "" && t.Options["autovacuum_vacuum_threshold"] == ""
}
