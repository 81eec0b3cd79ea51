package workload

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	staleRows   = rule.NewThreshold("rows_changed", 10_000, "rows", "fewer hardly move an estimate that matters")
	staleTimes  = rule.NewThreshold("times_threshold", 2, "", "autovacuum has had its turn")
	staleFactor = rule.NewThreshold("estimate_off", 10, "times", "an error by which plans change")
	staleSeen   = rule.NewThreshold("seen_by_analyze", 0.1, "share", "of rows more, or of the changes, that may be updates and deletes: no more than planning by old statistics forgives")
	neverRows   = rule.NewThreshold("never_analyzed", 1_000, "rows", "a table of fewer rows is planned well enough without")
)

var staleStatistics = rule.Rule{
	ID:     "stale-statistics",
	Title:  "The planner works with old statistics",
	Sees:   "A table that changed by more than twice of what should have set ANALYZE off, or that was never analysed; with a plan beside it: one whose estimate is ten times off on that table.",
	Why:    "Row estimates come from the last ANALYZE: a table that has grown tenfold since is planned as the small one it was.",
	Silent: "Few rows changed; only inserts, and no more rows than ANALYZE found; partitioned parents, which autovacuum never analyses.",
	Fix:    "ANALYZE the table, which blocks nothing; then find out why autovacuum did not.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS",
	},
	Thresholds: []*rule.Threshold{staleRows, staleTimes, staleFactor, staleSeen, neverRows},
	Rank:       rule.RankStale,
	Needs:      []workload.View{workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		if t.Kind == "p" || !t.RowCount().Known() {
			return
		}
		changed, rows := t.ModSinceAnalyze.Or(0), t.RowCount()
		threshold := c.Option(t, "autovacuum_analyze_threshold", "autovacuum_analyze_threshold", 50) +
			c.Option(t, "autovacuum_analyze_scale_factor", "autovacuum_analyze_scale_factor", 0.1)*math.Max(t.Tuples.Or(0), 0)
		never := neverAnalysed(c, t)
		off := misestimated(c, t)
		stale := changed >= staleRows.In(c) && changed >= staleTimes.In(c)*threshold || off != nil && changed > threshold
		if !stale && !never || !never && seenByAnalyze(c, t) && (off == nil || analysedLast(t)) {
			return
		}
		var e rule.Evidence
		e.Number("n_mod_since_analyze", t.ModSinceAnalyze, "rows", "pg_stat_user_tables")
		e.Number("reltuples", t.Tuples, "rows", "pg_class")
		e.Number("n_live_tup", t.Live, "rows", "pg_stat_user_tables")
		e.Number("changes that set ANALYZE off", opt.Of(threshold), "rows", "pg_settings")
		f := rule.OnTable(t)
		f.Tag, f.Severity = finding.Concern, finding.Low
		switch {
		case never:
			f.Title = redact.Sprintf("%s was never analysed: the planner knows nothing of its %s rows", t.QName(), figures.Count(liveRows(t).Or(rows.Or(0))))
		default:
			f.Title = redact.Sprintf("%s rows of %s changed since its last ANALYZE; it counts %s", figures.Count(changed), t.QName(), figures.Count(rows.Or(0)))
		}
		if off != nil {
			f.Tag = finding.Confirmed
			e.Number("rows expected", off.ExpectedTotal, "rows", "plan")
			e.Number("rows", off.RowsTotal, "rows", "plan")
			f.Detail = redact.Sprintf("The plan shows it: %s expected %s rows and got %s.", off.Ref(), figures.Count(off.ExpectedTotal.Or(0)), figures.Count(off.RowsTotal.Or(0)))
			f.Plan, f.Covered = nil, nil
		} else {
			f.Detail = redact.Plain("Judgment needed: whether a plan suffers from it. EXPLAIN ANALYZE of a statement on it settles that; without it, analyse: it costs little.")
		}
		if switchedOff(t) {
			f.Detail = redact.Sprintf("%s Autovacuum, which analyses too, is switched off for the table.", f.Detail)
		}
		f.Fix = redact.Sprintf("ANALYZE %s; it takes SHARE UPDATE EXCLUSIVE, reads and writes go on.", t.QName())
		f.Evidence = e
		found(f)
	},
}

// neverAnalysed reports whether the views say so: no ANALYZE on record, and no
// row count from one.
func neverAnalysed(c *rule.Case, t *workload.Table) bool {
	return c.Snapshot.Has(workload.ViewTables) && c.Snapshot.Has(workload.ViewClass) && !t.LastAnalyze.Known() && !t.LastAutoanalyze.Known() && !t.Tuples.Known() &&
		t.ModSinceAnalyze.Known() && t.Live.Or(0) >= neverRows.In(c)
}

// seenByAnalyze reports whether ANALYZE knows the rows all the same: only
// inserts were counted, and there are no more rows than it found. Counters that
// were reset right after a load have it so.
func seenByAnalyze(c *rule.Case, t *workload.Table) bool {
	live, rows, ok := opt.Two(t.Live, t.Tuples)
	if ins, del, counted := opt.Two(t.Inserted, t.Deleted); counted {
		// What was inserted before ANALYZE in its own session counts twice as live.
		live = math.Min(live, ins-del)
	}
	rewritten, known := opt.Both(t.Updated, t.Deleted, func(a, b float64) float64 { return a + b }).Get()
	return ok && known && rewritten <= staleSeen.In(c)*t.ModSinceAnalyze.Or(0) && live <= (1+staleSeen.In(c))*rows
}

// analysedLast reports whether the rows in pg_class are those of an ANALYZE, and
// not of a later VACUUM that looked at no value.
func analysedLast(t *workload.Table) bool {
	for _, analysed := range []workload.Time{t.LastAnalyze, t.LastAutoanalyze} {
		after := func(vacuumed workload.Time) bool {
			a, v, ok := times(analysed, vacuumed)
			return !ok || !a.Before(v)
		}
		if analysed.Known() && after(t.LastVacuum) && after(t.LastAutovacuum) {
			return true
		}
	}
	return false
}

// misestimated is a node on the table whose estimate is far off.
func misestimated(c *rule.Case, t *workload.Table) *rule.Node {
	for _, p := range c.Plans {
		for n := range p.Nodes() {
			node := p.Node(n)
			if !p.Analyzed || n.Relation == "" || !n.Executed() || n.StoppedEarly() || node.Table() != t {
				continue
			}
			rows, expected, ok := opt.Two(n.RowsTotal, n.ExpectedTotal)
			if ok && math.Max(rows, expected) >= 1000 && (rows >= staleFactor.In(c)*math.Max(expected, 1) || expected >= staleFactor.In(c)*math.Max(rows, 1)) {
				return node
			}
		}
	}
	return nil
}
