package schemas

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var partitionWithoutDefault = rule.Rule{
	ID:      "partition-without-default",
	Title:   "Partitioned table without a default partition",
	Sees:    "A table partitioned by range or list, with partitions and without a default one.",
	Why:     "A row that fits no partition is refused.",
	Silent:  "A default partition. Partitions by hash, and by a list of all values of a boolean or an enum. No partition is known.",
	Fix:     "Create the next partitions ahead of time, and watch that they are there. Or create a default partition while the table is small.",
	Sources: []string{manual + "ddl-partitioning.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if t.Kind != catalog.Partitioned || t.Strategy == "HASH" || len(t.Children) == 0 || c.Schema.Default(t.Relation) != nil || t.IsListedWhole() {
			return
		}
		f := c.InSchema(t, finding.Concern, finding.Low)
		f.Title = redact.Sprintf("%s has no default partition", t.Name.Short())
		f.Detail = redact.Plain("A row that fits none of the partitions is refused, and the statement fails.")
		f.Decide("Which job creates the next partition, and who learns that it failed?", "the job's schedule", "create a default partition, and alert when it has rows.")
		f.Fix = redact.Plain("Create partitions ahead of time by a job that is watched. A default partition takes what fits no other, but each new partition then scans it.")
		found(f)
	},
}
