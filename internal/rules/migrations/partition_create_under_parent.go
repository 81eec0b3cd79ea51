package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var partitionCreateUnderParent = rule.Rule{
	ID:      "partition-create-under-parent",
	Title:   "CREATE TABLE ... PARTITION OF",
	Sees:    "CREATE TABLE ... PARTITION OF a partitioned table that was there before.",
	Why:     "It takes ACCESS EXCLUSIVE on the partitioned table: all reads and writes of all partitions wait. A default partition is read under the same lock.",
	Silent:  "The partitioned table is new in this migration.",
	Fix:     "Create the table alone with CREATE TABLE ... (LIKE parent), then ATTACH PARTITION, which takes SHARE UPDATE EXCLUSIVE on the parent.",
	Sources: []string{docPartition + "#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.CreateTable) {
			if !s.Tree.Get("partbound").Exists() {
				continue
			}
			var parent, byDefault *catalog.Relation
			for _, l := range s.Effect.Locks {
				switch {
				case l.New:
				case l.Relation.Bound.Default:
					byDefault = l.Relation
				case l.Relation.Kind == catalog.Partitioned || l.Relation.Assumed && parent == nil:
					parent = l.Relation
				}
			}
			if parent == nil {
				continue
			}
			f := c.About(s, parent, finding.Confirmed, finding.Medium)
			if byDefault != nil && s.Effect.Scans(byDefault.OID) {
				f = c.Blocking(s, byDefault, finding.High)
				f.Where.Relation = parent.Name.String()
			}
			f.Title = redact.Sprintf("PARTITION OF blocks reads and writes of all of %s", rule.TableWords(parent))
			f.Detail = redact.Plain("CREATE TABLE ... PARTITION OF takes ACCESS EXCLUSIVE on the partitioned table, and waits for each running query on it.")
			f.Fix = redact.Sprintf("Run CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS), then ALTER TABLE ... ATTACH PARTITION, which does not block reads or writes of the partitioned table.", partitionName(a), rule.TableWords(parent))
			if byDefault != nil && s.Effect.Scans(byDefault.OID) {
				f.Title = redact.Sprintf("PARTITION OF blocks %s while it reads the default partition %s", rule.TableWords(parent), named(c, s, byDefault))
				f.Detail = redact.Append(f.Detail, "The default partition %s is read under ACCESS EXCLUSIVE for rows that belong into the new one.", rule.TableWords(byDefault))
				f.Fix = redact.Append(f.Fix, "Before that, add a CHECK to %s that excludes the new bounds, with NOT VALID, and validate it.", rule.TableWords(byDefault))
			}
			found(f)
		}
	},
}

func partitionName(a *ddl.Action) string {
	if a.Other != nil {
		return a.Other.Name.Short()
	}
	return a.Name
}
