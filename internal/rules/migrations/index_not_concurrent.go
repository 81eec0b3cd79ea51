package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var indexNotConcurrent = rule.Rule{
	ID:    "index-not-concurrent",
	Title: "CREATE INDEX without CONCURRENTLY",
	Sees:  "CREATE INDEX without CONCURRENTLY on a table that was there before the migration.",
	Why: "The build holds a SHARE lock: INSERT, UPDATE and DELETE wait until it is done, and until the transaction ends. The build reads the whole table, also for a partial " +
		"index.",
	Silent:  "The table is new in this migration. The index is on a partitioned table ONLY, which reads nothing. On a table known to be tiny, the finding is minor.",
	Fix:     "Create the index with CONCURRENTLY, outside of a transaction. Then check pg_index.indisvalid.",
	Sources: []string{docIndex, docBuild},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.CreateIndex) {
			if a.Concurrent || a.Only && a.Table != nil && a.Table.Kind == catalog.Partitioned {
				continue
			}
			f := c.Blocking(s, a.Table, finding.High)
			f.Where.Index = quoted(a.Name)
			f.Title = redact.Sprintf("CREATE INDEX blocks writes to %s during the build", named(c, s, a.Table))
			f.Detail = redact.Sprintf("It holds a SHARE lock on %s and reads the whole table. INSERT, UPDATE and DELETE wait until the build and its transaction end.", rule.TableWords(a.Table))
			if a.Index != nil && a.Index.Index != nil && a.Index.Index.Where.There() {
				f.More = redact.Plain("The index is partial, but the build still reads every row.")
			}
			f.Fix = redact.Plain(sentence("Run CREATE INDEX CONCURRENTLY instead, then check pg_index.indisvalid.", concurrentWayOut(s)))
			if a.Table != nil && a.Table.Kind == catalog.Partitioned {
				f.Fix = redact.Plain("Create the index ON ONLY the partitioned table, create it CONCURRENTLY on each partition, and attach these with ALTER INDEX ... ATTACH PARTITION.")
			}
			found(f)
		}
	},
}
