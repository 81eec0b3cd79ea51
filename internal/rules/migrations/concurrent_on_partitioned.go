package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var concurrentOnPartitioned = rule.Rule{
	ID:      "concurrent-on-partitioned",
	Title:   "CREATE INDEX CONCURRENTLY on a partitioned table",
	Sees:    "CREATE or DROP INDEX CONCURRENTLY on a partitioned table.",
	Why:     "The server refuses it: only the indexes of the partitions can be built concurrently.",
	Silent:  "The index is on a single partition, or no schema says that the table is partitioned.",
	Fix:     "Create the index ON ONLY the partitioned table, create it CONCURRENTLY on each partition, and attach each with ALTER INDEX ... ATTACH PARTITION.",
	Sources: []string{docBuild, docPartition},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range concurrent(s) {
			if a.Table == nil || a.Table.Kind != catalog.Partitioned || a.Verb != ddl.CreateIndex && a.Verb != ddl.DropIndex {
				continue
			}
			f := c.About(s, a.Table, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("%s fails: %s is partitioned", concurrentWords(a), rule.TableWords(a.Table))
			f.Detail = redact.Plain("The server refuses CONCURRENTLY on a partitioned table. Each partition's index can be built concurrently.")
			f.Fix = redact.Sprintf("Run CREATE INDEX ... ON ONLY %s, then CREATE INDEX CONCURRENTLY on each partition, then ALTER INDEX ... ATTACH PARTITION for each. The last one makes the index valid.", rule.TableWords(a.Table))
			if a.Verb == ddl.DropIndex {
				f.Fix = redact.Plain("Run DROP INDEX without CONCURRENTLY, with a short lock_timeout. The indexes of the partitions go with it.")
			}
			found(f)
		}
	},
}
