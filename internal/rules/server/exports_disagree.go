package server

import (
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
	disagreeRows  = rule.NewThreshold("rows", 10_000, "rows", "the row count of a smaller table decides nothing")
	disagreeSpan  = rule.NewThreshold("span", 24, "hours", "between the first and the last export: within 24 hours tables are loaded and vacuumed, and their counters reset")
	disagreeTimes = rule.NewThreshold("times", 2, "times", "between the two row counts: a load that is counted twice explains as much")
)

var exportsDisagree = rule.Rule{
	ID:    "exports-disagree",
	Title: "The inputs contradict each other",
	Sees: "A plan that reads a table that is not in pg_stat_user_tables. Row counts of a table in pg_class (reltuples) and pg_stat_user_tables (n_live_tup) that differ by more " +
		"than twice, without changes that explain it. Views that were exported more than 24 hours apart.",
	Why:    "What is said about the table rests on figures of another database or another time.",
	Silent: "System tables and temporary tables. Small tables. A difference that a statistics reset or the changes since the last ANALYZE explain.",
	Fix:    "Export all views from the database of the plan, on one day. ANALYZE corrects the counters.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-STATS-VIEWS",
	},
	Thresholds: []*rule.Threshold{disagreeRows, disagreeSpan, disagreeTimes},
	Rank:       rule.RankWorkload,
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
		if f, ok := exportsApart(c); ok {
			found(f)
		}
		if !c.Snapshot.Has(workload.ViewTables) {
			return
		}
		for _, p := range c.Plans {
			if missing := notExported(p); len(missing) > 0 && !p.Repeats {
				f := rule.Found{Aside: true, Finding: finding.Finding{
					Tag: finding.Confirmed, Severity: finding.Low,
					Title:  redact.Sprintf("The plan reads %s, which the exports do not contain", strings.Join(missing, ", ")),
					Detail: redact.Plain("The exports are from another database, or from a time when the table did not exist. For this table only the plan is judged."),
					Fix:    redact.Plain("Export the views from the database of the plan."),
					Where:  finding.Where{Relation: missing[0]},
				}}
				f.PlaceOnPlan(p)
				found(f)
			}
		}
		if f, ok := rowsDisagree(c); ok {
			found(f)
		}
	},
}

// exportsApart is the finding on views that were not exported together.
func exportsApart(c *rule.Case) (rule.Found, bool) {
	from, ok1 := c.Snapshot.ExportedFrom.Get()
	to, ok2 := c.Snapshot.ExportedTo.Get()
	hours := to.Sub(from).Hours()
	if !ok1 || !ok2 || hours <= disagreeSpan.In(c) {
		return rule.Found{}, false
	}
	var e rule.Evidence
	e.Number("time between the exports", opt.Of(hours), "hours", "exported_at")
	return rule.Found{Aside: true, Finding: finding.Finding{
		Tag: finding.Confirmed, Severity: finding.Low, Evidence: e,
		Title:  redact.Sprintf("The views were exported %s apart: on %s and on %s", figures.Days(hours/24), from.UTC().Format("2006-01-02 15:04"), to.UTC().Format("2006-01-02 15:04")),
		Detail: redact.Plain("What one view shows may not have existed when another view was exported."),
		Fix:    redact.Plain("Export all views in one go: pgverdict export > export.sql; psql -X -f export.sql."),
	}}, true
}

// notExported returns the tables that a plan scans and the views do not have.
func notExported(p *rule.Plan) []string {
	var list []string
	for n := range p.Nodes() {
		node := p.Node(n)
		if n.Is("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan") && n.Relation != "" && node.Table() == nil && !node.Catalog() && !node.Temporary() && !slices.Contains(list, n.Name()) {
			list = append(list, n.Name())
		}
	}
	return list
}

// countedSinceReset reports whether the live rows are those inserted since the
// statistics reset, which does not count the rows that were there before, until
// the next ANALYZE does.
func countedSinceReset(t *workload.Table, live float64) bool {
	came, known := opt.Both(t.Inserted, t.Deleted, func(a, b float64) float64 { return max(a-b, 0) }).Get()
	return known && live <= came
}

// rowsDisagree is the finding on the tables whose two row counts differ by more than
// what the counted changes explain, the largest of them named.
func rowsDisagree(c *rule.Case) (rule.Found, bool) {
	var worst *workload.Table
	tables := 0.0
	for _, t := range c.Snapshot.Tables {
		live, rows, ok := opt.Two(t.Live, t.Tuples)
		low, high := min(live, rows), max(live, rows)
		if !ok || t.Kind == "p" || high < disagreeRows.In(c) || high <= disagreeTimes.In(c)*low || high-low <= disagreeTimes.In(c)*t.ModSinceAnalyze.Or(0) || live < rows && countedSinceReset(t, live) {
			continue
		}
		tables++
		if worst == nil || high > max(worst.Live.Or(0), worst.Tuples.Or(0)) {
			worst = t
		}
	}
	if worst == nil {
		return rule.Found{}, false
	}
	var e rule.Evidence
	e.Number("n_live_tup", worst.Live, "rows", "pg_stat_user_tables")
	e.Number("reltuples", worst.Tuples, "rows", "pg_class")
	e.Number("n_mod_since_analyze", worst.ModSinceAnalyze, "rows", "pg_stat_user_tables")
	e.Number("tables", opt.Of(tables), "tables", "pg_class")
	f := rule.Found{Aside: true, Finding: finding.Finding{
		Tag: finding.Confirmed, Severity: finding.Low, Evidence: e,
		Title:  redact.Sprintf("%s has %s rows in pg_class, but %s in pg_stat_user_tables", worst.QName(), figures.Count(worst.Tuples.Or(0)), figures.Count(worst.Live.Or(0))),
		Detail: redact.Sprintf("Changes since the last ANALYZE do not explain the difference, so the views are from two times or two databases. Tables affected: %s.", figures.Count(tables)),
		More:   redact.Plain("Sizes and costs are based on pg_class."),
		Fix:    redact.Sprintf("Run %s, then export again.", rule.Upkeep{Command: "ANALYZE", Table: worst.QName()}),
		Where:  finding.Where{Relation: worst.QName()},
	}}
	return f, true
}
