package schemas

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var fkMissing = rule.Rule{
	ID:      "fk-missing",
	Title:   "Reference without a foreign key",
	Sees:    "A column that is named after another table, as customer_id is, has the type of that table's key, and no foreign key.",
	Why:     "Nothing keeps the referenced row from being deleted, or a value from being written that never was a key. Such rows are found when a join loses them.",
	Silent:  "The type differs from the key's. The name says that the key is another system's. A column such as x_type beside x_id says which table is meant. Several tables may be meant. On a log or a history, the finding is minor.",
	Fix:     "Add the foreign key as NOT VALID, remove the rows that break it, then validate it.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-FK"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		for i := range t.Columns {
			col := &t.Columns[i]
			if col.Inherited || col.Generated != "" || t.References(col.Name) != nil {
				continue
			}
			to, ok := t.Implied(col)
			if !ok {
				continue
			}
			name := columnOf(t, col.Name)
			f := c.InSchema(t, finding.Concern, finding.Medium)
			f.AtColumn(col)
			f.Title = redact.Sprintf("%s has no foreign key to %s", name, to.Table.Name.Short())
			f.Detail = redact.Sprintf("By its name and type it refers to %s. Nothing keeps that row from being deleted, or a value from being written that is no key.", columnsOf(to.Table, to.To))
			if t.IsLog() {
				f.Severity = finding.Low
				f.Detail = redact.Sprintf("By its name and type it refers to %s. In a table that records what happened, the row may be gone.", columnsOf(to.Table, to.To))
			}
			f.Fix = redact.Plain("Add the foreign key, and say what ON DELETE does. Remove the rows that break it before it is validated.")
			f.Decide("Does every value of "+name+" have to be in "+columnsOf(to.Table, to.To)+"?", "how many rows have a value that is not there, and what writes the column", "add the foreign key")
			f.AddDDL("ALTER TABLE %s ADD FOREIGN KEY %s REFERENCES %s %s ON DELETE RESTRICT", t.Name.Short(), design.ColumnList(to.From), to.Table.Name.Short(), design.ColumnList(to.To))
			if !slices.ContainsFunc(t.Indexes(), func(ix *catalog.Relation) bool {
				return ix.Index.LeadsWith([]string{col.Name}) || ix.Index.LeadsWith(to.From)
			}) {
				f.AddDDL("CREATE INDEX ON %s %s", t.Name.Short(), design.ColumnList(to.From))
			}
			found(f)
		}
	},
}
