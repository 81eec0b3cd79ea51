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
	scaleRows  = rule.NewThreshold("rows", 10_000_000, "rows", "from here on 20% of the table is millions of rows")
	scaleDead  = rule.NewThreshold("dead_rows", 1_000_000, "rows", "already present: a table without deletes and updates needs no other setting")
	scaleBegin = rule.NewThreshold("begins_at", 0.1, "share", "of the rows: a lower threshold was already set on purpose")
)

var autovacuumScaleLargeTables = rule.Rule{
	ID:     "autovacuum-scale-large-tables",
	Title:  "autovacuum_vacuum_scale_factor is too high for a large table",
	Sees:   "Tables of 10 million rows or more with a million dead rows, whose autovacuum threshold is 10% of the rows or more, by the default of 20% or by a setting.",
	Why:    "Until autovacuum starts, scans read the dead rows. The late vacuum then has so much work that it takes hours. Earlier runs have little to do.",
	Silent: "Tables with their own autovacuum settings. Fewer dead rows. A threshold that is already reached (autovacuum-lagging, dead-tuples).",
	Fix:    "Set autovacuum_vacuum_scale_factor of such a table to 0.01 or 0.02, as a storage parameter.",
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
		e.Number("autovacuum threshold", opt.Of(vacuumThreshold(c, t)), "rows", thresholdFrom(c, t, vacuumFactor))
		e.Number("tables with such a threshold", opt.Of(float64(len(waiting))), "tables", "pg_class")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Confirmed, Severity: finding.Low, Evidence: e, Where: finding.Where{Relation: t.QName()}}}
		f.Title = redact.Sprintf("Autovacuum threshold of %s is %s dead rows; %s have accumulated", t.QName(), figures.Count(vacuumThreshold(c, t)), figures.Count(t.Dead.Or(0)))
		f.Detail = redact.Plain("The threshold is the scale factor times the number of rows. One late vacuum has to read most of the table and all its indexes.")
		f.More = redact.Plain("With a scale factor of 0.01, most pages are already clean, and vacuum skips them.")
		if len(waiting) > 1 {
			var others []string
			for _, o := range waiting[1:min(len(waiting), 5)] {
				others = append(others, fmt.Sprintf("%s (%s)", o.QName(), figures.Count(o.Dead.Or(0))))
			}
			f.More = redact.Append(f.More, "Other tables with such a threshold (%d): %s.", len(waiting)-1, strings.Join(others, ", "))
		}
		f.Fix = redact.Sprintf("Run ALTER TABLE %s SET (autovacuum_vacuum_scale_factor = 0.01). The statement takes a short SHARE UPDATE EXCLUSIVE lock, and autovacuum uses the new value at its next check.", t.QName())
		found(f)
	},
}

// waitsForVacuum reports whether dead rows gather in a large table because its
// settings let them.
func waitsForVacuum(c *rule.Case, t *workload.Table) bool {
	rows, dead, ok := opt.Two(t.Tuples, t.Dead)
	begins := vacuumThreshold(c, t)
	if t.VacuumDue.Or(false) && assumes(c, t, vacuumFactor) {
		return false // its threshold is lower than the default
	}
	if !ok || rows < scaleRows.In(c) || dead < scaleDead.In(c) || dead >= begins || begins < scaleBegin.In(c)*rows || disabled(t) {
		return false
	}
	_, _, pile := deadRowsOf(c, t)
	return !pile && t.Options["autovacuum_vacuum_scale_factor"] == "" && t.Options["autovacuum_vacuum_threshold"] == ""
}
