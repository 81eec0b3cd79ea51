package workload

import (
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	viewShare   = rule.NewThreshold("share", 0.1, "share", "of total execution time")
	viewWritten = rule.NewThreshold("rows_written", 0.01, "share", "of its calls, that the tables' changed rows may be: a hundred calls on average read what has not changed")
	viewReads   = rule.NewThreshold("blocks_per_row", 100, "blocks", "read for each row that comes back: the result is small beside what it is made of")
	viewCalls   = rule.NewThreshold("calls", 500, "calls", "so that the changes of the tables can be told from none")
)

var materializedViewCandidate = rule.Rule{
	ID:     "materialized-view-candidate",
	Title:  "The same sums are made again and again of rows that do not change",
	Sees:   "An aggregate that takes a tenth of total execution time, over tables of which fewer rows changed than a hundredth of its calls.",
	Why:    "Nearly every call computes what the one before it did.",
	Silent: "Tables that are written; ranges, whose bounds move; conditions on more than one value; an index that is proposed for it; a plan that was pasted; counters younger than a day, or of another window than those of the statements.",
	Fix:    "A materialized view, refreshed when the tables have changed; or the result kept by the application.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/rules-materializedviews.html",
	},
	Thresholds: []*rule.Threshold{viewShare, viewWritten, viewReads, viewCalls, slowMean},
	Rank:       rule.RankText, // it explains no time, but spares it
	Needs:      []workload.View{workload.ViewDatabase, workload.ViewStatements, workload.ViewTables},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		share, calls := c.ShareOf([]*workload.Statement{s}).Or(0), s.Calls.Or(0)
		if share < viewShare.In(c) || calls < viewCalls.In(c) || s.MeanMs.Or(0) < slowMean.In(c) || q == nil || q.Kind != sql.Select || q.Aggregates == 0 && !q.Count || !onlyReads(q) ||
			!c.Explainable(s) || rule.BlocksPerCall(s)*calls < viewReads.In(c)*s.Rows.Or(rule.BlocksPerCall(s)*calls) || !sameEachTime(q) || servedByChosen(c, s) {
			return
		}
		written, known := writtenPerDay(c, q).Get()
		perDay := c.CallsPerDay(s).Or(0)
		if !known || written > viewWritten.In(c)*perDay {
			return
		}
		e := c.OfStatement(s)
		e.Number("rows of its tables changed a day", opt.Of(written), "rows", "pg_stat_user_tables")
		e.Number("blocks per call", opt.Of(rule.BlocksPerCall(s)), "blocks", "pg_stat_statements")
		e.Number("rows per call", opt.Of(s.Rows.Or(0)/calls), "rows", "pg_stat_statements")
		e.Text("statement", s.Query, "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Low, Evidence: e}, Aside: true}
		f.Title = redact.Sprintf("%s makes the same sums %s a day, and %s of its tables change meanwhile", rule.Upper(rule.StatementOn(q)), rule.Often(perDay), rule.Counted(written, "row"))
		f.Detail = redact.Sprintf("It takes %s a call, %s of total execution time. Judgment needed: how old its result may be. Whoever reads it knows; without that, leave it.", figures.Ms(s.MeanMs.Or(0)), figures.Share(share))
		f.Fix = redact.Plain("CREATE MATERIALIZED VIEW of the sums, grouped by the column that it is asked by, with a unique index, so that REFRESH MATERIALIZED VIEW CONCURRENTLY keeps readers going; refresh it when the tables have changed.")
		found(f)
	},
}

// sameEachTime reports whether a statement's result depends on its tables and on
// one value at most: no range, whose bounds move from call to call.
func sameEachTime(q *sql.Query) bool {
	values, still := 0, true
	rule.Levels(q, func(level *sql.Query) {
		rule.EachCond(level.Where, func(c sql.Cond) {
			switch {
			case c.Value == sql.NoValue, c.Other.Name != "" && c.Op == sql.Eq, c.Op == sql.Or:
			case c.Op == sql.Eq && c.Left.Name != "" && (c.Value == sql.Param || c.Value == sql.Const):
				values++
			default:
				still = false
			}
		})
		still = still && len(level.Having) == 0 && !level.Offset
	})
	return still && values <= 1
}

// writtenPerDay is how many rows of a statement's tables change in a day; absent
// where that is not known of each of them, or was counted for less than a day.
func writtenPerDay(c *rule.Case, q *sql.Query) opt.Float {
	age, known := c.Snapshot.StatsAge()
	statements, told := c.Snapshot.StatementsAge()
	if !known || !told || age.Hours() < youngDay.In(c)*24 || statements > age {
		return opt.Float{}
	}
	sum := opt.Of(0.0)
	rule.Levels(q, func(level *sql.Query) {
		for _, x := range level.Tables {
			t := c.Snapshot.Table(x.Schema, x.Name)
			if t == nil || t.Kind != "" && t.Kind != "r" {
				sum = opt.Float{}
				continue
			}
			sum = opt.Both(sum, c.Snapshot.TablePerDay(t, (*workload.Table).Writes), func(a, b float64) float64 { return a + b })
		}
	})
	return sum
}

// servedByChosen reports whether one of the indexes that are proposed for the
// workload makes a statement cheaper.
func servedByChosen(c *rule.Case, s *workload.Statement) bool {
	return slices.ContainsFunc(rule.SelectionOf.Of(c).Choices, func(choice indexadvisor.Choice) bool {
		return slices.ContainsFunc(choice.Serves, func(served indexadvisor.Served) bool { return served.Statement == s })
	})
}
