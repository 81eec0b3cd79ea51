package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
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
	Silent:  "The table is a partition, or a tool's own. It joins two tables (see junction-without-key). If other columns are unique and not null, the finding is low. On a table that data is loaded into, it is a question.",
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
		unique := identifying(t)
		switch id := t.Column("id"); {
		case unique != nil:
			f.Severity = finding.Low
			f.Detail = redact.Sprintf("%s is unique and not null, so rows can be told apart. Tools and logical replication look for a primary key.", design.ColumnList(unique.Columns))
			f.Fix = redact.Sprintf("Make %s the primary key. For logical replication, the unique index can be named with REPLICA IDENTITY USING INDEX instead.", design.ColumnList(unique.Columns))
			f.AddDDL("ALTER TABLE %s ADD PRIMARY KEY %s", t.Name.Short(), design.ColumnList(unique.Columns))
		case t.IsLoaded():
			f.Tag, f.Severity = finding.Concern, finding.Low
			f.Detail = redact.Plain("By its name, rows are loaded into it as they are. Nothing keeps the same row from being loaded twice.")
			f.Decide("Are the rows gone after the load?", "the program that loads them", "leave it, if nothing else reads the table")
		case id != nil && t.References("id") == nil:
			f.Fix = redact.Plain("Make id the primary key. Remove rows that have the same id first.")
			if t.Kind == catalog.Table {
				f.AddDDL("ALTER TABLE %s ADD PRIMARY KEY (id)", t.Name.Short())
			}
		case id == nil && t.Kind == catalog.Table:
			f.AddDDL("ALTER TABLE %s ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", t.Name.Short())
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
