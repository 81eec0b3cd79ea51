package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var partitionGap = rule.Rule{
	ID:      "partition-gap",
	Title:   "Gap between partitions",
	Sees:    "Range partitions of which one ends before the next begins, or hash partitions of which remainders are missing.",
	Why:     "A row in the gap is refused, or goes to the default partition.",
	Silent:  "The bounds follow each other. Keys of several columns.",
	Fix:     "Create the missing partition.",
	Sources: []string{manual + "ddl-partitioning.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, gap := range t.PartitionGaps() {
			f := c.InSchema(t, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("No partition of %s is for %s", t.Name.Short(), gap.Words)
			f.Detail = redact.Plain("A row with such a key is refused, and the statement fails.")
			if c.Schema.Default(t.Relation) != nil {
				f.Detail = redact.Plain("Rows with such a key go to the default partition.")
			}
			f.Decide("Can such a row be written?", "the values of the partition key", "create the partition.")
			f.Fix = redact.Plain("Create the partition.")
			if gap.Bound != "" {
				f.AddDDL("CREATE TABLE %s PARTITION OF %s %s", catalog.Name{Schema: t.Name.Schema, Name: t.FreeName(t.Name.Name, "gap")}.Short(), t.Name.Short(), gap.Bound)
			}
			found(f)
		}
	},
}
