package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var retryUnknown = rule.Rule{
	ID:      "retry-unknown",
	Title:   "lock_timeout without a known retry",
	Sees:    "lock_timeout is in force at a strong lock, and nothing in the input says what runs the migration again when it stops. Once per report.",
	Why:     "With a short lock_timeout a stop with error 55P03 is normal. If nothing tries again, the release stops with it.",
	Silent:  "No statement takes a strong lock, or lock_timeout is not set. A file of the repository shows what retries.",
	Fix:     "Let the runner try again on 55P03 with back-off: 1 s doubling to 60 s, up to about 30 times.",
	Sources: []string{docTimeouts, manual + "errcodes-appendix.html"},
	Rank:    rule.RankChange,
	Set: func(c *rule.Case, found func(rule.Found)) {
		if c.Recon != nil && c.Recon.Retry != nil {
			return
		}
		for _, file := range c.Migration.Files {
			for _, s := range file.Statements {
				if strongLock(c, s) == nil || s.In.LockTimeout.Or(0) <= 0 {
					continue
				}
				f := c.About(s, strongLock(c, s).Relation, finding.Concern, finding.Low)
				f.Title = redact.Plain("Nothing shows what runs the migration again when lock_timeout stops it")
				f.Detail = redact.Plain("Error 55P03 (lock_not_available) is normal on a busy table.")
				again := "The file runs in one transaction: after a stop it can be run again as a whole."
				if s.Tx == nil {
					again = "The file runs in no transaction: the statements before the stop are done, so a second run must skip them (IF NOT EXISTS)."
				}
				f.More = redact.Plain(again)
				f.Decide("What runs the migration again when error 55P03 stops it?", "the configuration of the runner", "run it again by hand.")
				f.Fix = redact.Plain("Let the runner try again on 55P03 with back-off and jitter, 1 s doubling to 60 s, up to about 30 times.")
				found(f)
				return
			}
		}
	},
}
