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
	staleRows   = rule.NewThreshold("rows_changed", 10_000, "rows", "fewer hardly change an important estimate")
	staleTimes  = rule.NewThreshold("times_threshold", 2, "times", "autovacuum had time to run")
	staleFactor = rule.NewThreshold("estimate_off", 10, "times", "an error that changes plans")
	staleSeen   = rule.NewThreshold("seen_by_analyze", 0.1, "share", "more rows, or changes that are updates or deletes, at most: planning tolerates that much")
	neverRows   = rule.NewThreshold("never_analyzed", 1_000, "rows", "a smaller table is planned well enough without statistics")
)

var staleStatistics = rule.Rule{
	ID:     "stale-statistics",
	Title:  "Outdated planner statistics",
	Sees:   "A table with more than twice the changes that should have started ANALYZE, or that was never analyzed. With a plan: an estimate on that table that is wrong by a factor of 10.",
	Why:    "Row estimates come from the last ANALYZE. A table that has grown tenfold since then is planned like the small table it was.",
	Silent: "Few changed rows. Only inserts, and no more rows than ANALYZE found. Partitioned parents, which autovacuum never analyzes.",
	Fix:    "Run ANALYZE on the table, which blocks no reads or writes. Then find out why autovacuum did not.",
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
		threshold := analyzeThreshold(c, t)
		never := neverAnalyzed(c, t)
		off := misestimated(c, t)
		stale := changed >= staleRows.In(c) && changed >= staleTimes.In(c)*threshold || off != nil && changed > threshold
		if !stale && !never || !never && seenByAnalyze(c, t) && (off == nil || analyzedLast(t)) {
			return
		}
		var e rule.Evidence
		e.Number("n_mod_since_analyze", t.ModSinceAnalyze, "rows", "pg_stat_user_tables")
		e.Number("reltuples", t.Tuples, "rows", "pg_class")
		e.Number("n_live_tup", t.Live, "rows", "pg_stat_user_tables")
		e.Number("autovacuum analyze threshold", opt.Of(threshold), "rows", thresholdFrom(c, t, analyzeFactor))
		f := rule.OnTable(t)
		f.Tag, f.Severity = finding.Concern, finding.Low
		switch {
		case never:
			f.Title = redact.Sprintf("Missing statistics: %s was never analyzed, %s rows", t.QName(), figures.Count(liveRows(t).Or(rows.Or(0))))
			f.Detail = redact.Plain("The planner uses default estimates for this table.")
		default:
			f.Title = redact.Sprintf("Outdated statistics: %s row changes in %s since the last ANALYZE, %s rows in the table", figures.Count(changed), t.QName(), figures.Count(rows.Or(0)))
			f.Detail = redact.Sprintf("%s analyzed the table at %s changes.", shouldHave(c, t, analyzeFactor), figures.Count(threshold))
		}
		if disabled(t) {
			f.Detail = redact.Plain("Autovacuum, which also runs ANALYZE, is disabled for this table.")
		} else if c.SettingIsOff("autovacuum") {
			f.Detail = redact.Plain("Autovacuum, which also runs ANALYZE, is disabled on the server.")
		}
		if off != nil {
			f.Tag = finding.Confirmed
			e.Number("rows expected", off.ExpectedTotal, "rows", "plan")
			e.Number("rows", off.RowsTotal, "rows", "plan")
			f.Detail = redact.Append(f.Detail, "In the plan, %s: %s.", off.Ref(), off.EstimatedAndActual())
			f.Plan, f.Covered = nil, nil
		} else {
			f.Decide("Does this cause a bad plan?", "EXPLAIN ANALYZE of a statement on this table", "ANALYZE anyway, which costs little")
		}
		analyze := rule.Upkeep{Command: "ANALYZE", Table: t.QName()}
		f.Fix = redact.Sprintf("Run %s.", analyze)
		f.Remedies = append(f.Remedies, analyze.Remedy())
		f.Evidence = e
		found(f)
	},
}

// analyzeThreshold returns the number of changes at which autovacuum analyzes a table. A
// table that was never analyzed counts as empty; if pg_class is not in the input, the live
// rows stand for its row count.
func analyzeThreshold(c *rule.Case, t *workload.Table) float64 {
	rows := t.Tuples
	if !rows.Known() && !c.Snapshot.Has(workload.ViewClass) {
		rows = liveRows(t)
	}
	return c.Option(t, "autovacuum_analyze_threshold", "autovacuum_analyze_threshold", 50) +
		c.Option(t, analyzeFactor, analyzeFactor, 0.1)*math.Max(rows.Or(0), 0)
}

// neverAnalyzed reports whether the views show no ANALYZE, and no row count from
// one.
func neverAnalyzed(c *rule.Case, t *workload.Table) bool {
	return c.Snapshot.Has(workload.ViewTables) && c.Snapshot.Has(workload.ViewClass) && !t.Visited && !t.LastAnalyze.Known() && !t.LastAutoanalyze.Known() && !t.Tuples.Known() &&
		t.ModSinceAnalyze.Known() && t.Live.Or(0) >= neverRows.In(c)
}

// seenByAnalyze reports whether the last ANALYZE already saw the rows: only inserts
// were counted, and there are no more rows than it found. A statistics reset right
// after a load has this effect.
func seenByAnalyze(c *rule.Case, t *workload.Table) bool {
	live, rows, ok := opt.Two(t.Live, t.Tuples)
	if ins, del, counted := opt.Two(t.Inserted, t.Deleted); counted {
		// What was inserted before ANALYZE in its own session counts twice as live.
		live = math.Min(live, ins-del)
	}
	rewritten, known := opt.Sum(t.Updated, t.Deleted).Get()
	return ok && known && rewritten <= staleSeen.In(c)*t.ModSinceAnalyze.Or(0) && live <= (1+staleSeen.In(c))*rows
}

// analyzedLast reports whether the row count in pg_class is from an ANALYZE, and
// not from a later VACUUM, which samples no values.
func analyzedLast(t *workload.Table) bool {
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

// misestimated returns a node on the table whose estimate is far off.
func misestimated(c *rule.Case, t *workload.Table) *rule.Node {
	for _, p := range c.Plans {
		for n := range p.Nodes() {
			node := p.Node(n)
			if !p.Analyzed || n.Relation == "" || !n.Executed() || n.StoppedEarly() || node.Table() != t {
				continue
			}
			rows, expected, ok := opt.Two(n.RowsNear(n.ExpectedTotal.Or(0)), n.ExpectedTotal)
			if ok && math.Max(rows, expected) >= 1000 && (rows >= staleFactor.In(c)*math.Max(expected, 1) || expected >= staleFactor.In(c)*math.Max(rows, 1)) {
				return node
			}
		}
	}
	return nil
}
