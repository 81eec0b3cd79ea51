package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlAlgorithmRefused = rule.Rule{
	ID:      "mysql-algorithm-refused",
	Title:   "MySQL: ALGORITHM or LOCK that the change does not permit",
	Sees:    "An ALTER TABLE whose clause ALGORITHM or LOCK asks for what the change does not permit, or ALGORITHM=INSTANT beside LOCK.",
	Why:     "The server refuses the statement, and the release stops here. The statements before it stay done.",
	Silent:  "What the table was before is not known, and it decides.",
	Fix:     "Write the clause that the change permits, or use gh-ost or pt-online-schema-change.",
	Sources: []string{mysqlManual + "innodb-online-ddl-performance.html", docOnlineDDL},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		e := s.Dialect
		if e == nil || e.Refused == "" {
			return
		}
		f := aboutTable(c, s, e.Table, finding.Confirmed, finding.High)
		for _, fact := range e.Facts {
			if fact.Assumed != "" {
				f.Tag = finding.Concern
				f.More = redact.Plain(fact.Assumed)
				f.Decide("What is the definition of the column before the migration?", "SHOW CREATE TABLE "+e.Table, "keep the clause: the statement fails instead of copying the table.")
			}
		}
		f.Title = redact.Sprintf("%s fails: %s", statementWords(s), e.Refused)
		f.Detail = redact.Plain("The server refuses the statement. MySQL does not undo the statements before it.")
		f.Fix = redact.Sprintf("Write ALGORITHM=%s, or leave the clauses out.", e.Algorithm)
		if !e.DML {
			f.Fix = redact.Plain(onlineTool(s))
		}
		found(f)
	},
}
