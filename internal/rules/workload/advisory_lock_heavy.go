package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	advisoryShare = rule.NewThreshold("share", 0.05, "share", "of total execution time")
	advisoryMean  = rule.NewThreshold("mean", 1, "ms", "a free lock is granted in microseconds")
)

// advisoryLocks lists the functions that wait for an advisory lock.
var advisoryLocks = []string{"pg_advisory_lock", "pg_advisory_xact_lock"}

var advisoryLockHeavy = rule.Rule{
	ID:     "advisory-lock-heavy",
	Title:  "Advisory lock waits take much of the time",
	Sees:   "Statements that call pg_advisory_lock or pg_advisory_xact_lock, take 1 ms per call or more, and together 5% of total execution time or more.",
	Why:    "A session that requests a key waits until no other session holds it. The application makes this queue itself. No index makes it shorter.",
	Silent: "pg_try_advisory_lock, which does not wait. Calls of less than 1 ms, which found the lock free.",
	Fix:    "Use one key for each resource that is really shared. Use transaction-level locks, which end with COMMIT. Use pg_try_advisory_xact_lock if the work can be retried later.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS",
	},
	Thresholds: []*rule.Threshold{advisoryShare, advisoryMean},
	Rank:       rule.RankWorkload,
	Needs:      []workload.View{workload.ViewStatements},
	Case: func(c *rule.Case, found func(rule.Found)) {
		var asking []*workload.Statement
		var top *workload.Statement
		for _, s := range c.Snapshot.Statements {
			if !s.TopLevel || s.MeanMs.Or(0) < advisoryMean.In(c) || !asksForAdvisoryLock(s.Query.Raw()) {
				continue
			}
			asking = append(asking, s)
			if top == nil || s.TotalMs.Or(0) > top.TotalMs.Or(0) {
				top = s
			}
		}
		share := c.ShareOf(asking...)
		if share.Or(0) < advisoryShare.In(c) {
			return
		}
		e := c.OfStatement(top)
		e.Number("slowest call", top.MaxMs, "ms", "pg_stat_statements")
		e.Number("statements that request advisory locks", opt.Of(float64(len(asking))), "statements", "pg_stat_statements")
		e.Text("statement", top.Query, "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Low, Evidence: e}, Statement: top}
		f.SaysShare = true
		f.Title = redact.Sprintf("Advisory lock waits take %s of total execution time", figures.Share(share.Or(0)))
		f.Detail = redact.Sprintf("Each call takes %s on average, and up to %s.", figures.Ms(top.MeanMs.Or(0)), figures.Ms(top.MaxMs.Or(0)))
		f.Decide("Can the application lock separate keys, or retry instead of waiting?", "the application's code; pg_locks (locktype advisory) shows which keys sessions wait for", "leave the locks as they are, since one worker at a time may be intended")
		f.Fix = redact.Plain("Use one key for each shared resource instead of one for all. Call pg_advisory_xact_lock late in a short transaction, or use pg_try_advisory_xact_lock and retry.")
		found(f)
	},
}

func asksForAdvisoryLock(text string) bool {
	return lex.Holds(text, advisoryLocks...)
}
