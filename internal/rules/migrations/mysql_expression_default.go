package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlExpressionDefault = rule.Rule{
	ID:      "mysql-expression-default",
	Title:   "MySQL: added column whose default is an expression",
	Sees:    "ADD COLUMN with DEFAULT (expression) on an existing table.",
	Why:     "The expression is computed for each row: the table is copied, and writes wait.",
	Silent:  "The default is a constant or CURRENT_TIMESTAMP. The migration created the table.",
	Fix:     "Add the column without a default, which is INSTANT. Then set the default with ALTER COLUMN ... SET DEFAULT, and fill the old rows in batches.",
	Sources: []string{mysqlManual + "data-type-defaults.html", docOnlineDDL},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := mysqlAlter(s)
		if e == nil {
			return
		}
		fact := factBy(e, dialect.ByExpression)
		if fact == nil {
			return
		}
		f := copied(c, s, fact)
		f.Severity = finding.Medium
		f.Fix = redact.Sprintf("Add %s without a default, which is INSTANT. Then run ALTER COLUMN %[1]s SET DEFAULT (...), and fill the old rows in batches.", fact.Change.Name)
		found(f)
	},
}
