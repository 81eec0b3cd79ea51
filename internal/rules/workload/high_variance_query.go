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
	Title:  "A statement is fast as a rule, and slow at times",
	Sees:   "A statement whose times spread three times as wide as their mean, with a slowest call of twenty times the mean and a tenth of a second.",
	Why:    "The mean hides it: some calls wait, for a lock, for the storage, for a checkpoint, or get another plan than the rest.",
	Silent: "Means below a millisecond; fewer than 100 calls; a hundredth of the time or less.",
	Fix:    "auto_explain with log_min_duration catches the slow calls' plans; log_lock_waits tells of locks; pg_stat_activity sampled at such times tells the rest.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/auto-explain.html", "https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LOCK-WAITS",
	},
	Thresholds: []*rule.Threshold{varianceSpread, varianceMax, varianceMean, varianceSlow, varianceCalls, rule.SlowShare},
	Rank:       rule.RankWorkload - 2,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		if q == nil || q.Kind == sql.Other || !s.TopLevel || !varies(c, s) || c.ShareOf([]*workload.Statement{s}).Or(0) < rule.SlowShare.In(c) || len(rule.OwnTables(q)) == 0 {
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
				Title: redact.Sprintf("%s takes %s as a rule and up to %s", rule.Upper(rule.StatementOn(q)), figures.Ms(mean), figures.Ms(most)),
				Detail: redact.Plain("Judgment needed: why some calls take so much longer: a lock, the storage, a checkpoint, or another plan for other values. " +
					"auto_explain and log_lock_waits settle it; without them, change nothing."),
				Fix: redact.Plain("auto_explain.log_min_duration set between the two times, and log_lock_waits = on; then paste the plan of a slow call."),
			},
			Query: q, Short: redact.Sprintf("the spread of the times of %s", rule.StatementOn(q)),
		}
		if rule.Waits(c, s, q) {
			f.Detail = redact.Sprintf("It touches %s a call, which is no work: it waits, most likely for rows that other transactions have locked. %s", rule.Counted(rule.BlocksPerCall(s), "block"), f.Detail)
		}
		found(f)
	},
}
