package migrations

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var lockTimeoutLong = rule.NewThreshold("lock_timeout", 10_000, "ms", "for so long all later queries on the table wait behind the lock request")

var lockTimeoutTooLong = rule.Rule{
	ID:         "lock-timeout-too-long",
	Title:      "Long lock_timeout",
	Sees:       "A statement that takes SHARE or a stronger lock on what was there before, with a lock_timeout above 10 s.",
	Why:        "All later queries on the table wait behind the request for as long as it waits.",
	Silent:     "10 s or less. All relations are new.",
	Fix:        "Set lock_timeout to a few seconds and try again on error 55P03.",
	Sources:    []string{docTimeouts},
	Thresholds: []*rule.Threshold{lockTimeoutLong},
	Rank:       rule.RankChange,
	Posture:    true,
	File: func(c *rule.Case, f *migration.File, found func(rule.Found)) {
		for _, s := range f.Statements {
			ms := s.In.LockTimeout.Or(0)
			if strongLock(c, s) == nil || ms <= lockTimeoutLong.In(c) {
				continue
			}
			x := c.About(s, strongLock(c, s).Relation, finding.Confirmed, finding.Low)
			x.Title = redact.Sprintf("lock_timeout is %s: queries on %s may wait that long behind the lock request", figures.Ms(ms), rule.TableWords(strongLock(c, s).Relation))
			x.Detail = redact.Plain("While the statement waits for its lock, all later queries on the table wait behind it.")
			x.Fix = redact.Plain("Set lock_timeout to 2s or so, and try again on error 55P03.")
			found(x)
			return
		}
	},
}
