package migrations

import (
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var setLogged = rule.Rule{
	ID:      "set-logged",
	Title:   "SET LOGGED or SET UNLOGGED",
	Sees:    "ALTER TABLE ... SET LOGGED or SET UNLOGGED that changes a table that was there before.",
	Why:     "The table and its indexes are written again under ACCESS EXCLUSIVE, and SET LOGGED writes the whole table to WAL.",
	Silent:  "The table is so already, or it is new. On a table known to be tiny, the finding is minor.",
	Fix:     "Create a new table, copy in batches, and swap the names.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range storageRewrites(c, s, "logged") {
			found(storageRewrite(c, s, a, "SET "+a.To, "Create a new table, copy in batches, and swap the names."))
		}
	},
}
