package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var lockTable = rule.Rule{
	ID:      "lock-table",
	Title:   "LOCK TABLE",
	Sees:    "LOCK TABLE in SHARE mode or above, or without a mode, of a table that was there before.",
	Why:     "Writes wait, or reads too, until the transaction ends, whatever it does in between. Without a mode it is ACCESS EXCLUSIVE.",
	Silent:  "Weaker modes. The table is new. A later statement of the transaction takes as strong a lock on it anyway, and none of them takes time.",
	Fix:     "Leave it out: each statement takes the lock that it needs. If it guards against a deadlock, put it last and keep the transaction short.",
	Sources: []string{manual + "sql-lock.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		l := s.Effect.Strongest()
		if len(done(s, ddl.LockTable)) == 0 || l == nil || !l.Mode.BlocksWrites() || lockedAnyway(s, l.Relation, l.Mode) {
			return
		}
		f := c.About(s, l.Relation, finding.Confirmed, finding.High)
		blocked := "writes"
		if l.Mode.BlocksReads() {
			blocked = "reads and writes"
		}
		f.Title = redact.Sprintf("LOCK TABLE blocks %s of %s until the transaction ends", blocked, rule.TableWords(l.Relation))
		f.Detail = redact.Sprintf("It holds %s for as long as the rest of the transaction takes.", l.Mode)
		f.Fix = redact.Plain("Leave it out: each statement takes the lock that it needs.")
		found(f)
	},
}
