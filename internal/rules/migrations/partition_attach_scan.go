package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var partitionAttachScan = rule.Rule{
	ID:      "partition-attach-scan",
	Title:   "ATTACH PARTITION that reads rows",
	Sees:    "ATTACH PARTITION of a table without a validated CHECK that implies the bounds, or beside a default partition without a CHECK that excludes them.",
	Why:     "The server reads the new partition, and the default partition, under ACCESS EXCLUSIVE on it: its reads and writes wait.",
	Silent:  "A validated CHECK implies the bounds, with IS NOT NULL of the key. The partition is new and empty, and there is no default partition.",
	Fix:     "Add such a CHECK with NOT VALID, validate it, attach, then drop the CHECK. For the default partition, add and validate a CHECK that excludes the bounds.",
	Sources: []string{docPartition + "#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE"},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.Attach) {
			if a.Target == "index" || len(s.Effect.Reads) == 0 || !existing(c, s, a.Table) {
				continue
			}
			var names []string
			byDefault := false
			read := slices.DeleteFunc(slices.Clone(s.Effect.Reads), func(r *catalog.Relation) bool { return !existing(c, s, r) })
			if len(read) == 0 {
				continue
			}
			for _, r := range read {
				names = append(names, named(c, s, r))
				byDefault = byDefault || r.Bound.Default
			}
			f := c.Blocking(s, read[0], finding.High)
			f.Title = redact.Sprintf("ATTACH PARTITION reads all of %s under ACCESS EXCLUSIVE", rule.Words(names))
			f.Detail = redact.Plain("No validated CHECK proves that the rows fit the bounds.")
			f.Fix = redact.Plain("Add a CHECK that implies the bounds, with IS NOT NULL of the key, with NOT VALID. Validate it, attach the partition, then drop the CHECK.")
			if byDefault {
				f.Detail = redact.Append(f.Detail, "The default partition is read for rows that belong into the new one.")
				f.Fix = redact.Append(f.Fix, "For the default partition, add and validate a CHECK that excludes the bounds.")
			}
			found(f)
		}
	},
}
