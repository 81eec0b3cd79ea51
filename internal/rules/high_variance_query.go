package rules

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	varianceSpread = NewThreshold("stddev", 3, "times", "the mean: a few calls that are far off, not a broad field")
	varianceMax    = NewThreshold("max", 20, "times", "the mean")
	varianceMean   = NewThreshold("mean", 1, "ms", "below that a pause of the machine makes any ratio")
	varianceSlow   = NewThreshold("slowest", 100, "ms", "a call that somebody noticed")
	varianceCalls  = NewThreshold("calls", 100, "calls", "fewer may hold one cold start")
)

var highVarianceQuery = Rule{
	ID:     "high-variance-query",
	Title:  "A statement is fast as a rule, and slow at times",
	Sees:   "A statement whose times spread three times as wide as their mean, with a slowest call of twenty times the mean and a tenth of a second.",
	Why:    "The mean hides it: some calls wait, for a lock, for the storage, for a checkpoint, or get another plan than the rest.",
	Silent: "Means below a millisecond; fewer than 100 calls; a hundredth of the time or less.",
	Fix:    "auto_explain with log_min_duration catches the slow calls' plans; log_lock_waits tells of locks; pg_stat_activity sampled at such times tells the rest.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/auto-explain.html", "https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LOCK-WAITS",
	},
	Thresholds: []*Threshold{varianceSpread, varianceMax, varianceMean, varianceSlow, varianceCalls, slowShare},
	Rank:       rankWorkload - 2,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *Case, s *workload.Statement, q *sql.Query, found func(Found)) {
		if q == nil || q.Kind == sql.Other || !s.TopLevel || !varies(c, s) || c.shareOf([]*workload.Statement{s}).Or(0) < slowShare.In(c) || len(ownTables(q)) == 0 {
			return
		}
		mean, most := s.MeanMs.Or(0), s.MaxMs.Or(0)
		e := c.ofStatement(s)
		e.number("standard deviation", s.StddevMs, "ms", "pg_stat_statements")
		e.number("slowest call", s.MaxMs, "ms", "pg_stat_statements")
		e.text("statement", s.Query, "pg_stat_statements")
		f := Found{
			Finding: finding.Finding{
				Tag: finding.Concern, Severity: finding.Low, Evidence: e,
				Title: redact.Sprintf("%s takes %s as a rule and up to %s", upper(statementOn(q)), figures.Ms(mean), figures.Ms(most)),
				Detail: redact.Plain("Judgment needed: why some calls take so much longer: a lock, the storage, a checkpoint, or another plan for other values. " +
					"auto_explain and log_lock_waits settle it; without them, change nothing."),
				Fix: redact.Plain("auto_explain.log_min_duration set between the two times, and log_lock_waits = on; then paste the plan of a slow call."),
			},
			query: q, short: redact.Sprintf("the spread of the times of %s", statementOn(q)),
		}
		if waits(c, s, q) {
			f.Detail = redact.Sprintf("It touches %s a call, which is no work: it waits, most likely for rows that other transactions have locked. %s", counted(blocksPerCall(s), "block"), f.Detail)
		}
		found(f)
	},
}

// varies reports whether a statement's slow calls are far from its mean.
func varies(c *Case, s *workload.Statement) bool {
	mean, dev, most := s.MeanMs.Or(0), s.StddevMs.Or(0), s.MaxMs.Or(0)
	return mean >= varianceMean.In(c) && s.Calls.Or(0) >= varianceCalls.In(c) && most >= varianceSlow.In(c) && dev >= varianceSpread.In(c)*mean && most >= varianceMax.In(c)*mean
}
