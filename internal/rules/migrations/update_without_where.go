package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var updateWithoutWhere = rule.Rule{
	ID:      "update-without-where",
	Title:   "UPDATE without WHERE",
	Sees:    "UPDATE without WHERE of columns that were there before the migration.",
	Why:     "Each row's old value is overwritten: no rollback brings it back. The whole table is written again, with dead rows of the same size.",
	Silent:  "Only columns that are new in this migration are set. The table is new or temporary. On a table known to be tiny, the finding is minor.",
	Fix:     "Add the condition, and keep the old values in another column or table until nobody needs them.",
	Sources: []string{manual + "sql-update.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, w := range writesOf(c, s) {
			if w.word != "UPDATE" || w.a.Node.Get("whereClause").Exists() || w.a.Node.Get("fromClause").Exists() || s.Loop != nil {
				continue
			}
			old := slices.DeleteFunc(w.columnsSet(), func(name string) bool {
				col := w.a.Table.Column(name)
				return col != nil && col.Since > 0
			})
			if len(old) == 0 {
				continue
			}
			f := c.Sized(s, w.rows, finding.Severe)
			f.Title = redact.Sprintf("UPDATE without WHERE overwrites %s in all of %s", columnWords(old), named(c, s, w.rows))
			f.Detail = redact.Plain("The old values are gone, and every row is written again.")
			f.Fix = redact.Plain("Add the condition. Keep the old values in another column until nobody needs them, and write in batches.")
			if f.Severity > finding.Nit {
				f.Blast = redact.Sprintf("every value of %s in %s", columnWords(old), rule.TableWords(w.rows))
				f.Critical(s, finding.Rewrite)
			}
			found(f)
		}
	},
}
