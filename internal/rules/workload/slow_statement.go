package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var slowDaily = rule.NewThreshold("calls_per_day", 1, "calls", "a job that runs less often may take longer")

var slowStatement = rule.Rule{
	ID:     "slow-statement",
	Title:  "Slow statement, called often",
	Sees:   "A statement of 50 ms per call or more, called 50 times or more, that takes 1% of total execution time.",
	Why:    "Every caller waits that long each time.",
	Silent: "Statements called less than once per day. Utility statements, monitoring, EXPLAIN. A statement whose plan is in the input, or whose time another rule explains. A statement with 20% of total execution time or more (top-statement).",
	Fix:    "Run EXPLAIN (ANALYZE, BUFFERS) of the statement with values that the application uses.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*rule.Threshold{slowMean, rule.SlowCalls, rule.SlowShare, slowDaily, shareMedium},
	Rank:       rule.RankWorkload - 1,
	Needs:      []workload.View{workload.ViewStatements},
	Gist:       true,
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		mean, share := s.MeanMs.Or(0), c.ShareOf(s).Or(0)
		if mean < slowMean.In(c) || s.Calls.Or(0) < rule.SlowCalls.In(c) || share < rule.SlowShare.In(c) || c.CallsPerDay(s).Or(slowDaily.In(c)) < slowDaily.In(c) || !c.Explains(s, q) {
			return
		}
		if _, _, top := top(c, s); top {
			return // top-statement reports it
		}
		f := onStatement(c, s, q)
		f.Title = redact.Sprintf("%s takes %s per call, in %s calls", rule.Upper(rule.StatementOn(q)), figures.Ms(mean), figures.Count(s.Calls.Or(0)))
		f.SaysShare = true
		begin(&f, "This statement is %s of total execution time.", figures.Share(share))
		found(f)
	},
}
