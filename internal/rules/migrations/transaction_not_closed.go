package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var transactionNotClosed = rule.Rule{
	ID:      "transaction-not-closed",
	Title:   "BEGIN without COMMIT",
	Sees:    "A transaction that the file opens and does not end.",
	Why:     "Everything is rolled back when the session ends, and the tool may record the file as applied. Until then the locks are held.",
	Silent:  "The tool ends the transaction.",
	Fix:     "Add COMMIT.",
	Sources: []string{manual + "sql-begin.html"},
	Rank:    rule.RankChange,
	Set: func(c *rule.Case, found func(rule.Found)) {
		seen := map[*migration.Transaction]bool{}
		for s := range all(c) {
			if s.Tx == nil || !s.Tx.Open || seen[s.Tx] || s.Tx.Kind != migration.Explicit {
				continue
			}
			seen[s.Tx] = true
			f := c.About(s, nil, finding.Confirmed, finding.High)
			f.Title = redact.Plain("BEGIN without COMMIT: the changes are rolled back when the session ends")
			f.Detail = redact.Plain("Until then all locks of the transaction are held.")
			f.Fix = redact.Plain("Add COMMIT at the end of the file.")
			found(f)
		}
	},
}
