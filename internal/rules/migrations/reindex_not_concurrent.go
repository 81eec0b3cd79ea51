package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var reindexNotConcurrent = rule.Rule{
	ID:      "reindex-not-concurrent",
	Title:   "REINDEX without CONCURRENTLY",
	Sees:    "REINDEX of an index, table, schema or database without CONCURRENTLY.",
	Why:     "It holds SHARE on the table and ACCESS EXCLUSIVE on the index while it builds. Writes wait, and so do queries that would plan to use the index.",
	Silent:  "The table is new in this migration. On a table known to be tiny, the finding is minor.",
	Fix:     "Run REINDEX ... CONCURRENTLY outside of a transaction. Then look for indexes ending in _ccnew or _ccold, which a failed run leaves behind.",
	Sources: []string{docReindex},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.Reindex) {
			if a.Concurrent {
				continue
			}
			f := c.Blocking(s, a.Table, finding.High)
			f.Title = redact.Sprintf("REINDEX blocks writes to %s while it builds", named(c, s, a.Table))
			if a.Table == nil {
				f.Title = redact.Plain("REINDEX blocks writes to each table while it builds its indexes")
			}
			f.Detail = redact.Plain("It holds SHARE on the table and ACCESS EXCLUSIVE on the index. Queries wait too if the planner looks at the index.")
			f.Fix = redact.Plain(sentence("Run REINDEX CONCURRENTLY instead.", concurrentWayOut(s)))
			found(f)
		}
	},
}
