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
	viewWritten = rule.NewThreshold("rows_written", 0.01, "share", "of its calls, as changed rows of its tables: a hundred calls on average read the same data")
	viewReads   = rule.NewThreshold("blocks_per_row", 100, "blocks", "read for each row returned: the result is small compared with its input")
	viewCalls   = rule.NewThreshold("calls", 500, "calls", "enough to tell few changes from none")
)

var materializedViewCandidate = rule.Rule{
	ID:     "materialized-view-candidate",
	Title:  "Same aggregate computed again over unchanged rows",
	Sees:   "An aggregate that takes 10% of total execution time, over tables with fewer changed rows than 1% of its calls.",
	Why:    "Nearly every call computes the same result as the one before.",
	Silent: "Tables that are written often. Ranges, whose bounds change from call to call. Conditions on more than one value. A proposed index that serves the statement. A plan in the input. Less than one day since the statistics reset, or different periods for tables and statements.",
	Fix:    "Create a materialized view and refresh it when the tables have changed. Or cache the result in the application.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/rules-materializedviews.html",
	},
	Thresholds: []*rule.Threshold{viewShare, viewWritten, viewReads, viewCalls, slowMean, youngDay},
	Rank:       rule.RankText, // an option, not the cause of the time
	Needs:      []workload.View{workload.ViewDatabase, workload.ViewStatements, workload.ViewTables},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		share, calls := c.ShareOf(s).Or(0), s.Calls.Or(0)
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
		e.Number("changed rows of its tables per day", opt.Of(written), "rows", "pg_stat_user_tables")
		e.Number("blocks per call", opt.Of(rule.BlocksPerCall(s)), "blocks", "pg_stat_statements")
		e.Number("rows per call", opt.Of(s.Rows.Or(0)/calls), "rows", "pg_stat_statements")
		e.Text("statement", s.Query, "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Low, Evidence: e}, Aside: true}
		f.Title = redact.Sprintf("%s computes the same aggregate %s per day; %s of its tables change per day", rule.Upper(rule.StatementOn(q)), rule.Often(perDay), rule.Counted(written, "row"))
		f.SaysShare = true
		f.Detail = redact.Sprintf("The statement takes %s per call, %s of total execution time.", figures.Ms(s.MeanMs.Or(0)), figures.Share(share))
		f.Decide("May the result be some minutes old?", "the people who use the result", "leave the statement as it is")
		f.Fix = redact.Plain("Create a materialized view of the aggregate, grouped by the column in its filter, with a unique index, so that REFRESH MATERIALIZED VIEW CONCURRENTLY does not block readers. Refresh it when the tables have changed.")
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

// writtenPerDay returns how many rows of a statement's tables change per day;
// absent if this is unknown for one of them, or counted for less than a day.
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
			sum = opt.Sum(sum, c.Snapshot.TablePerDay(t, (*workload.Table).Writes))
		}
	})
	return sum
}

// servedByChosen reports whether an index that is proposed for the workload makes
// a statement cheaper.
func servedByChosen(c *rule.Case, s *workload.Statement) bool {
	return slices.ContainsFunc(rule.SelectionOf.Of(c).Choices, func(choice indexadvisor.Choice) bool {
		return slices.ContainsFunc(choice.Serves, func(served indexadvisor.Served) bool { return served.Statement == s })
	})
}
