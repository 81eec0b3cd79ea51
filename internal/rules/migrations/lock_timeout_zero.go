package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var lockTimeoutZero = rule.Rule{
	ID:      "lock-timeout-zero",
	Title:   "lock_timeout = 0 before a strong lock",
	Sees:    "A statement that takes SHARE or a stronger lock on what was there before, after lock_timeout was set to 0.",
	Why:     "0 switches the timeout off: the statement waits without end, and all later queries on the table wait behind it.",
	Silent:  "Concurrent builds, which need it so. All relations are new.",
	Fix:     "Set lock_timeout to a few seconds before the statement.",
	Sources: []string{docTimeouts},
	Rank:    rule.RankChange,
	Posture: true,
	File: func(c *rule.Case, f *migration.File, found func(rule.Found)) {
		for _, s := range f.Statements {
			if strongLock(c, s) == nil || !s.In.LockTimeout.Known() || s.In.LockTimeout.Or(0) > 0 {
				continue
			}
			x := c.About(s, strongLock(c, s).Relation, finding.Confirmed, finding.Low)
			x.Title = redact.Sprintf("lock_timeout is 0 when %s asks for %s on %s", what(s), strongLock(c, s).Mode, rule.TableWords(strongLock(c, s).Relation))
			x.Detail = redact.Plain("0 means no limit: while the statement waits, all later queries on the table wait behind it.")
			x.Fix = redact.Plain("Run SET lock_timeout = '2s'; before it.")
			found(x)
			return
		}
	},
}
