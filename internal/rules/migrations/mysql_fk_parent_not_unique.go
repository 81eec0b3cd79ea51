package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlFKParentNotUnique = rule.Rule{
	ID:      "mysql-fk-parent-not-unique",
	Title:   "MySQL: foreign key to columns that are not unique",
	Sees:    "A new foreign key whose referenced columns are no primary or unique key of the other table, if the schema has that table.",
	Why:     "The server needs an index there, and InnoDB takes one that is not unique: rows then refer to several rows. MySQL 8.4 refuses it.",
	Silent:  "The other table is not known.",
	Fix:     "Refer to the primary key, or create a unique key first.",
	Sources: []string{mysqlManual + "create-table-foreign-keys.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Tables:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil {
			return
		}
		added, _ := newKeys(e)
		for _, k := range added {
			parent := e.Parents[k.Table]
			if k.Kind != dialect.Foreign || parent == nil || len(k.Refers) == 0 || parent.IsUnique(k.Refers) {
				continue
			}
			f := aboutTable(c, s, e.Table, finding.Confirmed, finding.High)
			f.Where.Column = first(k.Columns)
			f.Title = redact.Sprintf("Foreign key of %s (%s) refers to %s (%s), which is not unique", e.Table, strings.Join(k.Columns, ", "), k.Table, strings.Join(k.Refers, ", "))
			f.Detail = redact.Plain("Without an index there the server refuses the key. With one that is not unique, a row refers to several rows, and MySQL 8.4 refuses it.")
			f.Fix = redact.Plain("Refer to the primary key, or create a unique key first.")
			found(f)
		}
	},
}
