package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var statementAfterStrongLock = rule.Rule{
	ID:      "statement-after-strong-lock",
	Title:   "Long statement while ACCESS EXCLUSIVE is held",
	Sees:    "A statement that reads, rewrites or builds, in a transaction in which an earlier statement took ACCESS EXCLUSIVE on what was there before.",
	Why:     "The lock is held until the transaction ends: reads and writes of the first table wait for the later statement too. lock_timeout bounds only the wait for a lock, not how long it is held.",
	Silent:  "The later statements are instant, or lock the same table ACCESS EXCLUSIVE themselves. The locked table is new or known to be tiny. VALIDATE has its own rule.",
	Fix:     "Put the long statement into a file of its own, or before the lock.",
	Sources: []string{docLocks},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if s.Tx == nil || s.Tx.Kind == migration.Block || !isLong(s) || len(done(s, ddl.ValidateConstr)) > 0 {
			return
		}
		for _, earlier := range s.Tx.Statements {
			if earlier == s {
				return
			}
			l := strongLock(c, earlier)
			if l == nil || !l.Mode.BlocksReads() || c.ExtentOf(l.Relation).Size() == rule.Tiny || s.Effect.Lock(l.Relation.OID).BlocksReads() {
				continue
			}
			most := largestOf(c, s)
			f := c.Blocking(s, most, finding.Medium)
			f.Title = redact.Sprintf("%s runs while %s is locked ACCESS EXCLUSIVE since %s: its reads wait too", what(s), rule.TableWords(l.Relation), at(s, earlier))
			f.Detail = redact.Sprintf("Locks are held until the transaction ends (%s). lock_timeout bounds the wait for a lock, not how long it is held.", transactionWords(s))
			f.Fix = redact.Plain("Put the long statement into a file of its own.")
			if earlier.File != s.File {
				f.Fix = redact.Sprintf("Release %s and %s in two deploys.", fileName(earlier.File), fileName(s.File))
			}
			found(f)
			return
		}
	},
}
