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

var dropIndexFKSupport = rule.Rule{
	ID:      "drop-index-fk-support",
	Title:   "Dropped index that a foreign key needs",
	Sees:    "DROP INDEX of the last index that begins with the columns of a foreign key of the table.",
	Why:     "Each DELETE of a referenced row, and each change of its key, scans the table from then on.",
	Silent:  "Another valid index begins with the columns, also one that the files create. The key is dropped too. Tables known to be tiny.",
	Fix:     "Keep the index, or create another one that begins with the columns first.",
	Sources: []string{manual + "ddl-constraints.html#DDL-CONSTRAINTS-FK"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.DropIndex) {
			if a.Index == nil || a.Index.Index == nil || a.Table == nil {
				continue
			}
			for _, k := range c.ForeignKeysAtEnd(a.Table) {
				if !a.Index.Index.LeadsWith(k.Columns) || slices.ContainsFunc(c.IndexesAtEnd(a.Table), func(ix *catalog.Relation) bool { return ix.Index.LeadsWith(k.Columns) }) {
					continue
				}
				f := c.Sized(s, a.Table, finding.Medium)
				f.Where.Index = a.Index.Name.String()
				f.Title = redact.Sprintf("%s is the last index for the foreign key %s on %s", a.Index.Name.Short(), quoted(k.Name), columnWords(k.Columns))
				f.Detail = redact.Sprintf("Each DELETE of a row of %s scans %s for references from then on.", k.RefName.Short(), named(c, s, a.Table))
				f.Fix = redact.Plain("Keep the index, or create another one that begins with these columns first.")
				found(f)
			}
		}
	},
}
