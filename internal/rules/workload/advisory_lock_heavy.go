package workload

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	advisoryShare = rule.NewThreshold("share", 0.05, "share", "of total execution time")
	advisoryMean  = rule.NewThreshold("mean", 1, "ms", "a lock that is free is had in microseconds")
)

// advisoryLocks are the functions that wait for an advisory lock.
var advisoryLocks = []string{"pg_advisory_lock", "pg_advisory_xact_lock"}

var advisoryLockHeavy = rule.Rule{
	ID:     "advisory-lock-heavy",
	Title:  "Time goes into waiting for advisory locks",
	Sees:   "Statements that ask for an advisory lock, wait for it and take a twentieth of total execution time together.",
	Why:    "Whoever wants the same key waits until it is free. The time is the application's own queue, and no index makes it shorter.",
	Silent: "pg_try_advisory_lock, which does not wait; calls of less than a millisecond, which found the lock free.",
	Fix:    "A key for each thing that is really shared; transaction-level locks that end with COMMIT; pg_try_advisory_xact_lock where a later try will do.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS",
	},
	Thresholds: []*rule.Threshold{advisoryShare, advisoryMean},
	Rank:       rule.RankWorkload,
	Needs:      []workload.View{workload.ViewStatements},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
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
		share := c.ShareOf(asking)
		if share.Or(0) < advisoryShare.In(c) {
			return
		}
		e := c.OfStatement(top)
		e.Number("slowest call", top.MaxMs, "ms", "pg_stat_statements")
		e.Number("statements that ask for one", opt.Of(float64(len(asking))), "statements", "pg_stat_statements")
		e.Text("statement", top.Query, "pg_stat_statements")
		f := rule.Found{Finding: finding.Finding{Tag: finding.Concern, Severity: finding.Low, Evidence: e}, Statement: top}
		f.Title = redact.Sprintf("Waiting for advisory locks takes %s of total execution time", figures.Share(share.Or(0)))
		f.Detail = redact.Sprintf("A call waits %s on average, and up to %s. Judgment needed: whether the waiting is the purpose, as where one worker at a time may run. "+
			"The application's code settles it; pg_locks (locktype advisory) shows which keys are waited for. Without them, leave it.", figures.Ms(top.MeanMs.Or(0)), figures.Ms(top.MaxMs.Or(0)))
		f.Fix = redact.Plain("If it is not: one key for each thing that is shared instead of one for all, pg_advisory_xact_lock late in a short transaction, or pg_try_advisory_xact_lock and another try.")
		found(f)
	},
}

func asksForAdvisoryLock(text string) bool {
	text = strings.ToLower(text)
	for _, name := range advisoryLocks {
		if strings.Contains(text, name) {
			return true
		}
	}
	return false
}
