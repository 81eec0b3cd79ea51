package schemas

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var partitionKeyNotInPK = rule.Rule{
	ID:      "partition-key-not-in-pk",
	Title:   "Key that is unique in each partition only",
	Sees:    "A partitioned table without a key of its own, whose partitions have primary keys or unique indexes that leave out the partition key.",
	Why:     "Two partitions can hold the same key: nothing checks it across partitions.",
	Silent:  "The key belongs to the partitioned table, which needs the partition key in it.",
	Fix:     "Add the partition key to the key, and define it on the partitioned table.",
	Sources: []string{manual + "ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-LIMITATIONS"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if t.Kind != catalog.Partitioned {
			return
		}
		for _, oid := range t.Children {
			part := c.Schema.Get(oid)
			if part == nil {
				continue
			}
			for _, index := range part.Indexes {
				ix := c.Schema.Get(index)
				if ix == nil || len(ix.Index.Columns()) == 0 || !ix.Index.Unique || ix.Index.Parent != 0 || !slices.ContainsFunc(t.Keys, func(k string) bool { return k != "" && !slices.Contains(ix.Index.Columns(), k) }) {
					continue
				}
				f := c.InSchema(t, finding.Concern, finding.Low)
				f.Where.Column = ix.Index.Columns()[0]
				f.Title = redact.Sprintf("%s is unique in each partition of %s, not across them", strings.Join(ix.Index.Columns(), ", "), t.Name.Short())
				f.Detail = redact.Sprintf("%s belongs to partition %s alone. Another partition can hold the same value.", ix.Name.Short(), part.Name.Short())
				f.Decide("May two partitions hold the same value?", "where the values come from: a sequence does not repeat them", "define the key on the partitioned table, with the partition key.")
				f.Fix = redact.Sprintf("Add %s to the key and define it on %s.", rule.Words(t.Keys), t.Name.Short())
				found(f)
				return
			}
		}
	},
}
