package workload

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	insertTimes   = rule.NewThreshold("times_threshold", 2, "times", "the inserts that set autovacuum off")
	insertHour    = rule.NewThreshold("overdue", 3_600_000, "ms", "since an ANALYZE at which the inserts were that many already: autovacuum looks every minute")
	insertOnly    = rule.NewThreshold("rewritten", 0.01, "share", "of the inserts that may be updated or deleted")
	insertVisible = rule.NewThreshold("all_visible", 0.1, "share", "of the pages: nearly every row read by an index alone is looked up in the table all the same")
)

var insertOnlyNotVacuumed = rule.Rule{
	ID:     "insert-only-not-vacuumed",
	Title:  "A table that only grows was never vacuumed",
	Sees:   "A table of inserts that no vacuum was at since twice the rows came that should have set it off, and a statement that an index alone could answer.",
	Why:    "Vacuum marks pages as visible to all; without the mark an index-only scan reads the table for each row. And all the rows are frozen at once one day, by a vacuum that cannot be put off.",
	Silent: "A load that autovacuum has not had the time for; autovacuum is off (autovacuum-off, autovacuum-disabled); rows that are updated or deleted; no statement that would gain; a plan that shows it (heap-fetches).",
	Fix:    "VACUUM the table; then let inserts set autovacuum off.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-VISIBILITY-MAP", "https://www.postgresql.org/docs/current/runtime-config-autovacuum.html",
	},
	Thresholds: []*rule.Threshold{insertTimes, insertHour, insertOnly, insertVisible, rule.SlowShare},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewClass, workload.ViewStatements, workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		came, visible, ok := opt.Two(t.InsSinceVacuum, opt.Both(t.AllVisible, t.Pages, func(v, pages float64) float64 { return v / max(pages, 1) }))
		inserted, rewritten := t.Inserted.Or(0), t.Updated.Or(0)+t.Deleted.Or(0)
		begins, off := insertThreshold(c, t)
		if !ok || t.Kind == "p" || t.LastVacuum.Known() || t.LastAutovacuum.Known() || came <= insertTimes.In(c)*begins || rewritten > insertOnly.In(c)*inserted ||
			visible >= insertVisible.In(c) || switchedOff(t) || c.SettingIsOff("autovacuum") || !off && !overdue(c, t, came, begins) {
			return
		}
		s, ix := readsIndexAlone(c, t)
		if s == nil {
			return
		}
		var e rule.Evidence
		e.Number("n_ins_since_vacuum", t.InsSinceVacuum, "rows", "pg_stat_user_tables")
		e.Number("inserts at which autovacuum begins", opt.Of(begins), "rows", "pg_settings")
		e.Number("pages that are all-visible", opt.Of(visible), "share", "pg_class")
		e.Number("share of total execution time of the statement", c.ShareOf([]*workload.Statement{s}), "share", "pg_stat_statements")
		e.Text("the statement", s.Query, "pg_stat_statements")
		f := rule.OnTable(t)
		f.Aside = true
		f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
		f.Title = redact.Sprintf("%s rows came into %s since its last vacuum, and %s of its pages are marked as visible to all", figures.Count(came), t.QName(), figures.Share(visible))
		f.Detail = redact.Sprintf("%s could read %s alone, and looks into the table for its rows.", rule.Upper(rule.StatementOn(c.Statements[s])), ix.Name)
		f.Fix = redact.Sprintf("VACUUM %s; it takes SHARE UPDATE EXCLUSIVE, reads and writes go on.", t.QName())
		if off {
			f.Detail = redact.Sprintf("%s Inserts do not set autovacuum off (autovacuum_vacuum_insert_threshold is negative).", f.Detail)
			f.Fix = redact.Sprintf("%s Then ALTER TABLE %s SET (autovacuum_vacuum_insert_threshold = 1000).", f.Fix, t.QName())
		} else {
			f.Detail = redact.Sprintf("%s Autovacuum should have come at %s; its workers are busy elsewhere, or it gives way to locks on the table.", f.Detail, figures.Count(begins))
		}
		found(f)
	},
}

// insertThreshold is the number of inserts at which autovacuum begins with a
// table; off where they never do, and out of reach where the rows are not known.
func insertThreshold(c *rule.Case, t *workload.Table) (begins float64, off bool) {
	least := c.Option(t, "autovacuum_vacuum_insert_threshold", "autovacuum_vacuum_insert_threshold", 1000)
	begins = max(least, 0) + c.Option(t, "autovacuum_vacuum_insert_scale_factor", "autovacuum_vacuum_insert_scale_factor", 0.2)*t.Tuples.Or(liveRows(t).Or(math.Inf(1)))
	return begins, least < 0
}

// overdue reports whether the inserts were that many at an ANALYZE long ago
// already: what came after it is counted by itself.
func overdue(c *rule.Case, t *workload.Table, came, begins float64) bool {
	after, known := t.ModSinceAnalyze.Get()
	for _, analysed := range []workload.Time{t.LastAnalyze, t.LastAutoanalyze} {
		if ago, ok := since(c.Snapshot, analysed).Get(); known && ok && ago < insertHour.In(c) {
			return false
		}
	}
	return known && (t.LastAnalyze.Known() || t.LastAutoanalyze.Known()) && came-after > insertTimes.In(c)*begins
}

// readsIndexAlone is the costliest statement on a table that asks for no column
// beside those of one of its indexes, which it looks up by; with that index.
func readsIndexAlone(c *rule.Case, t *workload.Table) (top *workload.Statement, by *workload.Index) {
	for _, s := range c.On(t) {
		q := c.Statements[s]
		if len(q.Tables) != 1 || q.Star || len(q.Columns) == 0 || !onlyReads(q) || !rule.OwnStatement(s, q) || c.HasPlan(s) || c.ShareOf([]*workload.Statement{s}).Or(0) < rule.SlowShare.In(c) ||
			top != nil && s.TotalMs.Or(0) <= top.TotalMs.Or(0) {
			continue
		}
		for _, ix := range t.Indexes {
			if rule.Usable(ix) && ix.Def.Method == "btree" && ix.Def.Where.Empty() && holdsAll(ix, t, q.Columns) && rule.LooksUp(q, t, []string{ix.Def.Keys[0].Column}) {
				top, by = s, ix
				break
			}
		}
	}
	return top, by
}

// holdsAll reports whether an index holds each of the columns of a table.
func holdsAll(ix *workload.Index, t *workload.Table, columns []sql.Column) bool {
	return !slices.ContainsFunc(columns, func(col sql.Column) bool {
		return t.Column(col.Name) == nil || !rule.HasColumn(ix, col.Name) && !slices.Contains(ix.Def.Include, col.Name)
	})
}
