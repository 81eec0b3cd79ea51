package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlSeveralStatements = rule.Rule{
	ID:      "mysql-several-statements",
	Title:   "MySQL: several changes of the schema in one file",
	Sees:    "A file of MySQL with more than one statement that changes the schema.",
	Why:     "Each of them commits by itself, also between BEGIN and COMMIT. If a later one fails, the earlier ones stay, and the next run fails at them.",
	Silent:  "One statement. If all of them create new tables and indexes, the finding is low.",
	Fix:     "Write one statement a file. Join changes of one table into one ALTER TABLE.",
	Sources: []string{mysqlManual + "implicit-commit.html", mysqlManual + "atomic-ddl.html"},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		var second *migration.Statement
		count, existing := 0, false
		altered := map[string]int{}
		twice := ""
		for _, s := range file.Statements {
			e := s.Dialect
			if e == nil || !e.IsDDL() {
				continue
			}
			if count++; count == 2 {
				second = s
			}
			existing = existing || e.OnExisting()
			if e.Kind == dialect.AlterTable && e.OnExisting() {
				if altered[e.Table]++; altered[e.Table] > 1 {
					twice = e.Table
				}
			}
		}
		if count < 2 {
			return
		}
		f := c.About(second, nil, finding.Confirmed, finding.Medium)
		if !existing {
			f.Severity = finding.Low
		}
		f.Title = redact.Sprintf("%d changes of the schema in one file: MySQL commits each of them by itself", count)
		f.Detail = redact.Plain("If a later one fails, the earlier ones stay done. The next run then fails at the first of them.")
		f.Fix = redact.Plain("Put each statement into a file of its own.")
		if twice != "" {
			f.Fix = redact.Sprintf("Join the changes of %s into one ALTER TABLE. Put each other statement into a file of its own.", twice)
		}
		found(f)
	},
}
