package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var noPrimaryKey = rule.Rule{
	ID:      "no-primary-key",
	Title:   "Table without a primary key",
	Sees:    "A table that has no primary key.",
	Why:     "Nothing keeps the same row from being stored twice, and no row can be addressed. Logical replication refuses UPDATE and DELETE on the table.",
	Silent:  "The table is a partition, or a tool's own. It joins two tables (see junction-without-key).",
	Fix:     "Add a primary key on the columns that identify a row, or an identity column.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS", manual + "logical-replication-publication.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if t.PrimaryKey() != nil {
			return
		}
		f := c.InSchema(t, finding.Confirmed, finding.High)
		f.Title = redact.Sprintf("%s has no primary key", t.Name.Short())
		f.Detail = redact.Plain("Nothing keeps the same row from being stored twice, and no row can be addressed. Logical replication refuses UPDATE and DELETE.")
		f.Fix = redact.Plain("Add a primary key on the columns that identify a row, or an identity column.")
		found(f)
	},
}
