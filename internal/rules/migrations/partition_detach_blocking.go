package migrations

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var partitionDetachBlocking = rule.Rule{
	ID:      "partition-detach-blocking",
	Title:   "DETACH PARTITION without CONCURRENTLY",
	Sees:    "DETACH PARTITION without CONCURRENTLY on PostgreSQL 14 or later, where no default partition forbids it.",
	Why:     "It takes ACCESS EXCLUSIVE on the partitioned table: all reads and writes of all partitions wait while it waits for one running query.",
	Silent:  "PostgreSQL 13. A default partition exists. The partitioned table is new.",
	Fix:     "Run DETACH PARTITION ... CONCURRENTLY outside of a transaction. If it is interrupted, run DETACH PARTITION ... FINALIZE.",
	Sources: []string{docAlter, docPartition},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.Detach) {
			if a.Concurrent || c.Migration.Server.Lacks(14) || hasDefaultPartition(s) || strings.Contains(strings.ToLower(s.Text), "finalize") {
				continue
			}
			f := c.About(s, a.Table, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("DETACH PARTITION blocks reads and writes of all of %s", rule.TableWords(a.Table))
			f.Detail = redact.Plain("It takes ACCESS EXCLUSIVE on the partitioned table. While it waits for one running query, all later queries wait behind it.")
			f.Fix = redact.Plain(sentence("Run DETACH PARTITION ... CONCURRENTLY.", concurrentWayOut(s), "If it is interrupted, run DETACH PARTITION ... FINALIZE."))
			found(f)
		}
	},
}

// hasDefaultPartition reports whether a statement locks a default partition.
func hasDefaultPartition(s *migration.Statement) bool {
	return slices.ContainsFunc(s.Effect.Locks, func(l ddl.Lock) bool { return l.Relation.Bound.Default })
}
