package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var topStatement = rule.Rule{
	ID:     "top-statement",
	Title:  "One statement takes a large part of total execution time",
	Sees:   "A statement that takes 20% of total execution time or more, and 10 s per day or more. If the time of the statistics reset is unknown: 1 s in total.",
	Why:    "A gain here is a gain for the whole server. Work on other statements gains little.",
	Silent: "Utility statements, monitoring, EXPLAIN. A statement whose plan is in the input, or whose time another rule explains.",
	Fix:    "Run EXPLAIN (ANALYZE, BUFFERS) of the statement with values that the application uses.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*rule.Threshold{topShare, rule.TopDay, rule.TopTotal},
	Rank:       rule.RankWorkload - 2,
	Needs:      []workload.View{workload.ViewStatements},
	Gist:       true,
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		share, day, top := top(c, s)
		if !top || !c.Explains(s, q) {
			return
		}
		f := onStatement(c, s, q)
		f.Evidence = append(f.Evidence, perDay(day)...)
		f.SaysShare = true
		f.Title = redact.Sprintf("%s takes %s of total execution time: %s of %s", rule.Upper(rule.StatementOn(q)), figures.Share(share), rule.Counted(s.Calls.Or(0), "call"), figures.Ms(s.MeanMs.Or(0)))
		if c.Snapshot.Single() { // which somebody looked up: all of what is listed
			f.Title = redact.Sprintf("%s takes %s: %s of %s", rule.Upper(rule.StatementOn(q)), figures.Ms(s.TotalMs.Or(0)), rule.Counted(s.Calls.Or(0), "call"), figures.Ms(s.MeanMs.Or(0)))
		}
		if ms, ok := day.Get(); ok {
			begin(&f, "That is %s per day.", figures.Ms(ms))
		}
		found(f)
	},
}

func perDay(day opt.Float) rule.Evidence {
	var e rule.Evidence
	e.Number("time per day", day, "ms", "pg_stat_statements")
	return e
}
