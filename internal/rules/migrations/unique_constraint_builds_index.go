package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var uniqueConstraintBuildsIndex = rule.Rule{
	ID:      "unique-constraint-builds-index",
	Title:   "UNIQUE or PRIMARY KEY builds its index under ACCESS EXCLUSIVE",
	Sees:    "ADD UNIQUE or ADD PRIMARY KEY without USING INDEX on a table that was there before the migration.",
	Why:     "ALTER TABLE takes ACCESS EXCLUSIVE and builds the index under it. Reads and writes wait for the whole build.",
	Silent:  "USING INDEX. The table is new in this migration. On a table known to be tiny, the finding is minor.",
	Fix:     "Run CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT ... USING INDEX, which is instant.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range added(c, s, catalog.Unique, catalog.PrimaryKey) {
			if usesIndex(a) || a.Only && a.Table != nil && a.Table.Kind == catalog.Partitioned {
				continue
			}
			f := c.Blocking(s, a.Table, finding.High)
			f.Title = redact.Sprintf("ADD %s blocks reads and writes of %s while it builds the index", keyWords(a.Constraint), named(c, s, a.Table))
			f.Detail = redact.Sprintf("It holds ACCESS EXCLUSIVE on %s for the whole build.", rule.TableWords(a.Table))
			f.Fix = redact.Sprintf("Run CREATE UNIQUE INDEX CONCURRENTLY on %s%s outside of a transaction. Then run ALTER TABLE ... ADD CONSTRAINT ... %s USING INDEX.",
				rule.TableWords(a.Table), columnList(a.Constraint), keyWords(a.Constraint))
			found(f)
		}
	},
}

func keyWords(k *catalog.Constraint) string {
	if k.Type == catalog.PrimaryKey {
		return "PRIMARY KEY"
	}
	return "UNIQUE"
}
