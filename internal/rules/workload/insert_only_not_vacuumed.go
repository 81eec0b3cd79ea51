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
	insertTimes   = rule.NewThreshold("times_threshold", 2, "times", "the inserts that start autovacuum")
	insertHour    = rule.NewThreshold("overdue", 3_600_000, "ms", "since an ANALYZE at which the inserts had already reached that number: autovacuum checks every minute")
	insertOnly    = rule.NewThreshold("rewritten", 0.01, "share", "of the inserted rows may be updated or deleted, at most")
	insertVisible = rule.NewThreshold("all_visible", 0.1, "share", "of the pages: nearly every row of an index-only scan still needs a table lookup")
)

var insertOnlyNotVacuumed = rule.Rule{
	ID:     "insert-only-not-vacuumed",
	Title:  "Insert-only table was never vacuumed",
	Sees:   "A table with inserts only and no vacuum on record, with more than twice as many inserts as should have started autovacuum, and a statement that an index-only scan could answer.",
	Why:    "Vacuum marks pages as all-visible. Without that mark an index-only scan reads the table for each row. Later, all rows are frozen at once by a vacuum that cannot be postponed.",
	Silent: "A load that autovacuum has not had time for. Autovacuum off (autovacuum-off, autovacuum-disabled). Rows that are updated or deleted. A table without a statement that would benefit. A plan that shows the problem (heap-fetches).",
	Fix:    "Run VACUUM on the table. Then let inserts start autovacuum.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-VISIBILITY-MAP", "https://www.postgresql.org/docs/current/runtime-config-autovacuum.html",
	},
	Thresholds: []*rule.Threshold{insertTimes, insertHour, insertOnly, insertVisible, rule.SlowShare},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewClass, workload.ViewStatements, workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		inserts, visible, ok := opt.Two(t.InsSinceVacuum, opt.Both(t.AllVisible, t.Pages, func(v, pages float64) float64 { return v / max(pages, 1) }))
		inserted, rewritten := t.Inserted.Or(0), t.Updated.Or(0)+t.Deleted.Or(0)
		begins, off := insertThreshold(c, t)
		if !ok || t.Kind == "p" || t.LastVacuum.Known() || t.LastAutovacuum.Known() || inserts <= insertTimes.In(c)*begins || rewritten > insertOnly.In(c)*inserted ||
			visible >= insertVisible.In(c) || disabled(t) || c.SettingIsOff("autovacuum") || !off && !overdue(c, t, inserts, begins) {
			return
		}
		s, ix := readsIndexAlone(c, t)
		if s == nil {
			return
		}
		var e rule.Evidence
		e.Number("n_ins_since_vacuum", t.InsSinceVacuum, "rows", "pg_stat_user_tables")
		e.Number("autovacuum insert threshold", opt.Of(begins), "rows", thresholdFrom(c, t, insertFactor))
		e.Number("all-visible pages", opt.Of(visible), "share", "pg_class")
		e.Number("share of total execution time", c.ShareOf(s), "share", "pg_stat_statements")
		e.Text("statement", s.Query, "pg_stat_statements")
		f := rule.OnTable(t)
		f.Aside = true
		f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Low, e
		f.Title = redact.Sprintf("Insert-only table %s was never vacuumed: %s inserts, %s of its pages all-visible", t.QName(), figures.Count(inserts), figures.Share(visible))
		f.Detail = redact.Sprintf("%s could use an index-only scan on %s, but has to check the table for its rows.", rule.Upper(rule.StatementOn(c.Statements[s])), ix.Name)
		vacuum := rule.Upkeep{Command: "VACUUM", Table: t.QName()}
		f.Fix = redact.Sprintf("Run %s.", vacuum)
		f.Remedies = append(f.Remedies, vacuum.Remedy())
		if off {
			f.More = redact.Plain("Inserts do not start autovacuum (autovacuum_vacuum_insert_threshold is negative).")
			f.Fix = redact.Append(f.Fix, "Then run ALTER TABLE %s SET (autovacuum_vacuum_insert_threshold = 1000).", t.QName())
		} else {
			f.More = redact.Sprintf("%s started at %s inserts. %s", shouldHave(c, t, insertFactor), figures.Count(begins), vacuumDelayed)
		}
		found(f)
	},
}

// insertThreshold returns the number of inserts at which autovacuum starts on a
// table, infinite if the number of rows is unknown; off reports that inserts
// never start it.
func insertThreshold(c *rule.Case, t *workload.Table) (begins float64, off bool) {
	least := c.Option(t, "autovacuum_vacuum_insert_threshold", "autovacuum_vacuum_insert_threshold", 1000)
	begins = max(least, 0) + c.Option(t, insertFactor, insertFactor, 0.2)*t.Tuples.Or(liveRows(t).Or(math.Inf(1)))
	return begins, least < 0
}

// overdue reports whether the inserts had reached that number at an ANALYZE more
// than an hour ago: n_mod_since_analyze counts the later ones.
func overdue(c *rule.Case, t *workload.Table, inserts, begins float64) bool {
	after, known := t.ModSinceAnalyze.Get()
	for _, analysed := range []workload.Time{t.LastAnalyze, t.LastAutoanalyze} {
		if ago, ok := since(c.Snapshot, analysed).Get(); known && ok && ago < insertHour.In(c) {
			return false
		}
	}
	return known && (t.LastAnalyze.Known() || t.LastAutoanalyze.Known()) && inserts-after > insertTimes.In(c)*begins
}

// readsIndexAlone returns the most expensive statement on a table that needs only
// the columns of an index that serves its lookup, and that index.
func readsIndexAlone(c *rule.Case, t *workload.Table) (top *workload.Statement, by *workload.Index) {
	for _, s := range c.On(t) {
		q := c.Statements[s]
		if len(q.Tables) != 1 || q.Star || len(q.Columns) == 0 || !onlyReads(q) || !rule.OwnStatement(s, q) || c.HasPlan(s) || c.ShareOf(s).Or(0) < rule.SlowShare.In(c) ||
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
