package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var tableInheritance = rule.Rule{
	ID:      "table-inheritance",
	Title:   "Table inheritance",
	Sees:    "A table that inherits from another one and is not its partition.",
	Why:     "Indexes, unique constraints and foreign keys of the parent do not hold for the rows of its children. A query of the parent reads all of them.",
	Silent:  "Partitions of a partitioned table.",
	Fix:     "Use declarative partitioning, or tables with foreign keys.",
	Sources: []string{manual + "ddl-inherit.html#DDL-INHERIT-CAVEATS", "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_table_inheritance"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for _, oid := range t.Parents {
			parent := c.Schema.Get(oid)
			if parent == nil {
				continue
			}
			f := c.InSchema(t, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("%s inherits from %s", t.Name.Short(), parent.Name.Short())
			f.Detail = redact.Sprintf("Unique and foreign keys of %s do not hold for the rows of %s, and foreign keys to %[1]s do not find them.", parent.Name.Short(), t.Name.Short())
			f.Fix = redact.Plain("Use declarative partitioning if the rows are of one kind. Otherwise use tables of their own with a foreign key.")
			found(f)
			return
		}
	},
}
