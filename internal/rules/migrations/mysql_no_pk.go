package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlNoPK = rule.Rule{
	ID:      "mysql-no-pk",
	Title:   "MySQL: table without a primary key",
	Sees:    "CREATE TABLE without a primary key and without a unique key over NOT NULL columns.",
	Why:     "InnoDB then orders the rows by a hidden number. A replica reads the whole table for each changed row, and gh-ost and group replication do not work.",
	Silent:  "A primary key, or a unique key over NOT NULL columns. CREATE TABLE ... LIKE and AS SELECT, temporary tables.",
	Fix:     "Add a primary key, such as id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY.",
	Sources: []string{mysqlManual + "innodb-index-types.html", mysqlManual + "group-replication-requirements.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Tables:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil || e.Kind != dialect.CreateTable || e.Temp || e.New.Partial {
			return
		}
		if slices.ContainsFunc(e.New.Keys, func(k *dialect.Key) bool {
			return k.Kind == dialect.Primary || k.Kind == dialect.Unique && k.Text == "" && !slices.ContainsFunc(k.Columns, func(name string) bool { return !e.New.Column(name).NotNull })
		}) || addsPrimaryKey(s) {
			return
		}
		f := aboutTable(c, s, e.Table, finding.Confirmed, finding.Medium)
		f.Title = redact.Sprintf("Table %s has no primary key", e.Table)
		f.Detail = redact.Plain("A replica with row-based replication reads the whole table for each row that is updated or deleted.")
		f.Fix = redact.Plain("Add a primary key, such as id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY.")
		found(f)
	},
}

// addsPrimaryKey reports whether a later statement of the file gives the table its
// primary key.
func addsPrimaryKey(create *migration.Statement) bool {
	for _, s := range create.File.Statements {
		if e := s.Dialect; e != nil && e.Kind == dialect.AlterTable && e.Table == create.Dialect.Table {
			for _, c := range e.Changes {
				if c.Key != nil && c.Verb == dialect.AddKey && c.Key.Kind == dialect.Primary || c.Column != nil && c.Column.Primary {
					return true
				}
			}
		}
	}
	return false
}
