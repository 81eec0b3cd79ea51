package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	slowDaily = rule.NewThreshold("calls_per_day", 1, "calls", "a job that runs less often has its time")
)

var slowStatement = rule.Rule{
	ID:     "slow-statement",
	Title:  "A statement is slow, and called often",
	Sees:   "A statement of 50 ms or more a call, called 50 times or more, that takes a hundredth of total execution time.",
	Why:    "Whoever calls it waits for it each time.",
	Silent: "Statements called less than once a day; utility statements, monitoring, EXPLAIN; a statement whose plan was pasted, or of which another rule says why it takes its time; the one that takes a fifth of the time (top-statement).",
	Fix:    "EXPLAIN (ANALYZE, BUFFERS) of it, with values that are asked for in practice.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*rule.Threshold{slowMean, rule.SlowCalls, rule.SlowShare, slowDaily, shareMedium},
	Rank:       rule.RankWorkload - 1,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		mean, share := s.MeanMs.Or(0), c.ShareOf([]*workload.Statement{s}).Or(0)
		if mean < slowMean.In(c) || s.Calls.Or(0) < rule.SlowCalls.In(c) || share < rule.SlowShare.In(c) || c.CallsPerDay(s).Or(slowDaily.In(c)) < slowDaily.In(c) || !c.Explainable(s) {
			return
		}
		if _, _, top := top(c, s); top {
			return // it is said there
		}
		f := slowOne(c, s, q)
		f.Title = redact.Sprintf("%s takes %s a call, in %s calls", rule.Upper(rule.StatementOn(q)), figures.Ms(mean), figures.Count(s.Calls.Or(0)))
		begin(&f, "That is %s of total execution time.", figures.Share(share))
		found(f)
	},
}
