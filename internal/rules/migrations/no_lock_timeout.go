package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var noLockTimeout = rule.Rule{
	ID:    "no-lock-timeout",
	Title: "Strong lock without lock_timeout",
	Sees:  "A statement that takes SHARE or a stronger lock on what was there before, with no lock_timeout in force. Once per file.",
	Why: "Behind one long query, a backup or an idle transaction the statement waits, and every later query on the table waits behind it. The table is down until the first query " +
		"ends, even if the statement itself is instant. A lock that blocks writes only waits for writers, and later writes wait behind it.",
	Silent:  "lock_timeout is set before the first such statement, by the file, by an option, or by ALTER ROLE. All relations are new. Concurrent builds.",
	Fix:     "Run SET lock_timeout = '2s' before it, and let the runner try again on error 55P03.",
	Sources: []string{docTimeouts, docLocks},
	Rank:    rule.RankChange,
	Posture: true,
	Prepend: "SET lock_timeout = '2s';",
	File: func(c *rule.Case, f *migration.File, found func(rule.Found)) {
		var first *migration.Statement
		count := 0
		for _, s := range f.Statements {
			if l := strongLock(c, s); l == nil || s.In.LockTimeout.Known() {
				continue
			}
			if count++; first == nil {
				first = s
			}
		}
		if first == nil {
			return
		}
		l := strongLock(c, first)
		x := c.About(first, l.Relation, finding.Confirmed, finding.Medium)
		x.Title = redact.Sprintf("No lock_timeout: while %s waits for its lock, all later %s of %s wait behind it", what(first), blockedWords(l.Mode), rule.TableWords(l.Relation))
		x.Detail = redact.Sprintf("It needs %s and waits for each transaction that has written to the table, and for a running VACUUM. Later writes queue behind the waiting lock.", l.Mode)
		if l.Mode.BlocksReads() {
			x.Detail = redact.Sprintf("It needs %s and waits for each running query on the table, also for a backup, which holds ACCESS SHARE to its end. New queries queue behind the waiting lock.", l.Mode)
		}
		if count > 1 {
			x.More = redact.Sprintf("So do %d later statements of the file.", count-1)
			if count == 2 {
				x.More = redact.Plain("So does a later statement of the file.")
			}
		}
		how := "SET lock_timeout = '2s';"
		if first.Tx != nil {
			how = "SET LOCAL lock_timeout = '2s';"
		}
		x.Fix = redact.Sprintf("Run %s before it, and run the migration again if it stops with error 55P03.", how)
		found(x)
	},
}
