package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var highVarianceQuery = rule.Rule{
	ID:     "high-variance-query",
	Title:  "Statement time varies widely",
	Sees:   "A statement with a standard deviation of three times its average time, and a slowest call of 20 times the average and 100 ms or more.",
	Why:    "The average hides the slow calls. They wait for a lock, for the storage or for a checkpoint, or get another plan than the rest.",
	Silent: "Averages below 1 ms. Fewer than 100 calls. 1% of total execution time or less.",
	Fix:    "Use auto_explain with log_min_duration to catch the plans of slow calls, log_lock_waits to see locks, and samples of pg_stat_activity at such times for the rest.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/auto-explain.html", "https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LOCK-WAITS",
	},
	Thresholds: []*rule.Threshold{varianceSpread, varianceMax, varianceMean, varianceSlow, varianceCalls, rule.SlowShare},
	Rank:       rule.RankWorkload - 2,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		if q == nil || q.Kind == sql.Other || !s.TopLevel || !varies(c, s) || c.ShareOf(s).Or(0) < rule.SlowShare.In(c) || len(rule.OwnTables(q)) == 0 {
			return
		}
		mean, most := s.MeanMs.Or(0), s.MaxMs.Or(0)
		e := c.OfStatement(s)
		e.Number("standard deviation", s.StddevMs, "ms", "pg_stat_statements")
		e.Number("slowest call", s.MaxMs, "ms", "pg_stat_statements")
		e.Text("statement", s.Query, "pg_stat_statements")
		f := rule.Found{
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: finding.Low, Evidence: e,
				Title:    redact.Sprintf("%s takes %s on average and up to %s", rule.Upper(rule.StatementOn(q)), figures.Ms(mean), figures.Ms(most)),
				Detail:   redact.Sprintf("The standard deviation over %s is %s.", rule.Counted(s.Calls.Or(0), "call"), figures.Ms(s.StddevMs.Or(0))),
				Question: redact.Plain("Why do some calls take so much longer: a lock, disk reads, a checkpoint, or another plan for other values?"),
				Settles:  redact.Plain("auto_explain and log_lock_waits"),
				Default:  redact.Plain("change nothing"),
				Fix:      redact.Plain("Set auto_explain.log_min_duration to a value between the average and the slowest call, and log_lock_waits = on. Then add the plan of a slow call to this input."),
			},
			Query: q, Short: redact.Sprintf("the varying times of %s", rule.StatementOn(q)),
		}
		if rule.Waits(c, s, q) {
			f.More = f.Detail
			f.Detail = redact.Sprintf("Each call touches only %s. The rest is waiting, most likely for row locks of other transactions.", rule.Counted(rule.BlocksPerCall(s), "block"))
		}
		found(f)
	},
}
