package schemas

import (
	"slices"

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
	Silent:  "The table is a partition, or a tool's own. It joins two tables (see junction-without-key). If other columns are unique and not null, the finding is low.",
	Fix:     "Add a primary key on the columns that identify a row, or an identity column.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS", manual + "logical-replication-publication.html"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		if t.PrimaryKey() != nil {
			return
		}
		if _, joins := junction(t); joins {
			return
		}
		f := c.InSchema(t, finding.Confirmed, finding.High)
		f.Title = redact.Sprintf("%s has no primary key", t.Name.Short())
		f.Detail = redact.Plain("Nothing keeps the same row from being stored twice, and no row can be addressed. Logical replication refuses UPDATE and DELETE.")
		f.Fix = redact.Plain("Add a primary key on the columns that identify a row, or an identity column.")
		if unique := identifying(t); unique != nil {
			f.Severity = finding.Low
			f.Detail = redact.Sprintf("%s is unique and not null, so rows can be told apart. Tools and logical replication look for a primary key.", design.ColumnList(unique.Columns))
			f.Fix = redact.Sprintf("Make %s the primary key. For logical replication, the unique index can be named with REPLICA IDENTITY USING INDEX instead.", design.ColumnList(unique.Columns))
			f.AddDDL("ALTER TABLE %s ADD PRIMARY KEY %s", t.Name.Short(), design.ColumnList(unique.Columns))
		}
		found(f)
	},
}

// identifying returns what is unique in a table and never NULL; nil if there is none.
func identifying(t *design.Table) *design.Unique {
	for _, u := range t.Uniques() {
		if u.Whole && !slices.ContainsFunc(u.Columns, func(name string) bool { col := t.Column(name); return col == nil || !col.NotNull }) {
			return &u
		}
	}
	return nil
}
