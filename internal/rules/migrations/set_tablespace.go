package migrations

import (
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var setTablespace = rule.Rule{
	ID:      "set-tablespace",
	Title:   "SET TABLESPACE",
	Sees:    "ALTER TABLE, INDEX or MATERIALIZED VIEW ... SET TABLESPACE of what was there before.",
	Why:     "The files are copied under ACCESS EXCLUSIVE: reads and writes wait.",
	Silent:  "The relation is new, or partitioned, which has no file. On a table known to be tiny, the finding is minor.",
	Fix:     "Use pg_repack with --tablespace. For an index, run REINDEX (TABLESPACE ...) CONCURRENTLY.",
	Sources: []string{docAlter, docReindex},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range storageRewrites(c, s, "tablespace") {
			found(storageRewrite(c, s, a, "SET TABLESPACE", "Use pg_repack with --tablespace. For an index, run REINDEX (TABLESPACE ...) CONCURRENTLY."))
		}
	},
}
