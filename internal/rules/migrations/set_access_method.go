package migrations

import (
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var setAccessMethod = rule.Rule{
	ID:      "set-access-method",
	Title:   "SET ACCESS METHOD",
	Sees:    "ALTER TABLE ... SET ACCESS METHOD of a table that was there before.",
	Why:     "The table and its indexes are written again under ACCESS EXCLUSIVE: reads and writes wait.",
	Silent:  "The table is new. On a table known to be tiny, the finding is minor.",
	Fix:     "Create a new table with the method, copy in batches, and swap the names.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range storageRewrites(c, s, "access method") {
			found(storageRewrite(c, s, a, "SET ACCESS METHOD", "Create a new table with the method, copy in batches, and swap the names."))
		}
	},
}
