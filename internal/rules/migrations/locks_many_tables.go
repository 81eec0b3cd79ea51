package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var locksManyTables = rule.Rule{
	ID:      "locks-many-tables",
	Title:   "Strong locks on several tables in one transaction",
	Sees:    "Several statements of one transaction that take SHARE or stronger locks on two or more tables that were there before.",
	Why:     "The first lock is held while the transaction waits for the next one. A session that takes them in another order is a deadlock.",
	Silent:  "One statement alone needs both locks, such as a foreign key. With lock_timeout and only instant statements, the finding is low.",
	Fix:     "Change one table per transaction. Where that is not possible, take the locks in the order in which the application does.",
	Sources: []string{docLocks + "#LOCKING-DEADLOCKS"},
	Rank:    rule.RankChange,
	Set: func(c *rule.Case, found func(rule.Found)) {
		seen := map[*migration.Transaction]bool{}
		for s := range all(c) {
			if s.Tx == nil || s.Tx.Kind == migration.Block || seen[s.Tx] {
				continue
			}
			seen[s.Tx] = true
			var names []string
			var on *catalog.Relation
			var last *migration.Statement
			locked := map[catalog.OID]bool{}
			bounded, long := true, false
			for _, one := range s.Tx.Statements {
				fresh := false
				for _, r := range tables(c, one) {
					if !locked[r.OID] {
						locked[r.OID], fresh = true, true
						names, on = append(names, r.Name.Short()), r
					}
				}
				if fresh {
					last = one
					bounded = bounded && one.In.LockTimeout.Or(0) > 0
				}
				long = long || len(names) > 0 && isLong(one)
			}
			if len(names) < 2 || last == nil || len(tables(c, last)) >= len(names) {
				continue
			}
			severity := finding.Medium
			if bounded && !long {
				severity = finding.Low
			}
			f := c.About(last, on, finding.Confirmed, severity)
			f.Title = redact.Sprintf("One transaction locks %s: a deadlock is possible", rule.Words(rule.FirstFew(names)))
			f.Detail = redact.Sprintf("Each lock is held until the transaction ends (%s), also while it waits for the next one.", transactionWords(last))
			f.Fix = redact.Plain("Change one table per transaction.")
			found(f)
		}
	},
}
