package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlCopyAlgorithm = rule.Rule{
	ID:    "mysql-copy-algorithm",
	Title: "MySQL: ALTER TABLE that copies the table",
	Sees: "An ALTER TABLE of MySQL that needs ALGORITHM=COPY: another type or character set of a column, DROP PRIMARY KEY alone, a stored generated column, a CHECK, a foreign key " +
		"with foreign_key_checks on, other partitions, or the clause itself.",
	Why:     "All rows are written into a new table. INSERT, UPDATE and DELETE wait until it is done.",
	Silent:  "The migration created the table. The reason is one that has a rule of its own: members of ENUM, length of VARCHAR, the default of a column.",
	Fix:     "Use gh-ost or pt-online-schema-change, or change the table so that INPLACE is enough.",
	Sources: []string{docOnlineDDL},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := mysqlAlter(s)
		if e == nil || e.Algorithm != dialect.Copy {
			return
		}
		own := []dialect.Cause{dialect.ByEnumOrder, dialect.ByEnumSize, dialect.ByVarchar, dialect.ByExpression}
		at := slices.IndexFunc(e.Facts, func(f dialect.Fact) bool { return f.Algorithm == dialect.Copy && !slices.Contains(own, f.Cause) })
		if at < 0 {
			return
		}
		fact := &e.Facts[at]
		f := copied(c, s, fact)
		switch fact.Cause {
		case dialect.ByForeignKey:
			f.Fix = redact.Plain("Check that no row violates the key. Then run SET SESSION foreign_key_checks = 0, add the key with ALGORITHM=INPLACE, LOCK=NONE, and set it to 1 again.")
		case dialect.ByDropKey:
			f.Fix = redact.Plain("Drop the primary key and add the new one in the same ALTER TABLE. It then runs INPLACE.")
		case dialect.ByStored:
			f.Fix = redact.Plain("Use a VIRTUAL column, which is INSTANT and can be indexed. If its values have to be stored: " + onlineTool(s))
		case dialect.ByClause:
			f.Fix = redact.Plain("Leave out ALGORITHM=COPY, or write ALGORITHM=INPLACE, LOCK=NONE.")
		}
		found(f)
	},
}
