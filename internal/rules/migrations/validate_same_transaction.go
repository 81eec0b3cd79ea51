package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var validateSameTransaction = rule.Rule{
	ID:      "validate-same-transaction",
	Title:   "VALIDATE under a strong lock",
	Sees:    "VALIDATE CONSTRAINT in the statement or transaction that took a stronger lock on the table, for example to add the constraint.",
	Why:     "VALIDATE alone blocks neither reads nor writes. But locks are held until the transaction ends, so the scan runs under the strong lock, and NOT VALID gains nothing.",
	Silent:  "VALIDATE runs in another transaction. The table is new.",
	Fix:     "Run VALIDATE CONSTRAINT in a later file, or at least in a later transaction.",
	Sources: []string{docAlter, docLocks},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.ValidateConstr) {
			if a.Table == nil {
				continue
			}
			mode, by, who := s.Effect.Lock(a.Table.OID), "the same ALTER TABLE", s
			if !mode.BlocksWrites() {
				if who = heldBefore(s, a.Table); who == nil {
					continue
				}
				mode, by = who.Effect.Lock(a.Table.OID), at(s, who)
			}
			f := c.Blocking(s, a.Table, finding.High)
			f.Title = redact.Sprintf("VALIDATE reads all of %s under the %s lock of %s", named(c, s, a.Table), mode, by)
			f.Detail = redact.Sprintf("Locks are held until the transaction ends: %s.", transactionWords(s))
			if who == s && s.Tx == nil {
				f.Detail = redact.Plain("One ALTER TABLE holds the strongest lock that any of its actions needs.")
			}
			blocked := "reads and writes"
			if !mode.BlocksReads() {
				blocked = "writes"
			}
			f.Detail = redact.Append(f.Detail, "So %s wait for the scan, and NOT VALID gains nothing.", blocked)
			if who.File != s.File {
				f.Fix = redact.Sprintf("Release %s in a later deploy than %s.", fileName(s.File), fileName(who.File))
			} else {
				f.Fix = redact.Plain("Move VALIDATE CONSTRAINT into a later file.")
			}
			found(f)
		}
	},
}
