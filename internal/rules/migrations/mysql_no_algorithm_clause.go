package migrations

import (
	"github.com/pgverdict/pgverdict/internal/dialect"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlNoAlgorithmClause = rule.Rule{
	ID:      "mysql-no-algorithm-clause",
	Title:   "MySQL: ALTER TABLE without ALGORITHM and LOCK",
	Sees:    "An ALTER TABLE, CREATE INDEX or DROP INDEX of MySQL on an existing table with neither ALGORITHM nor LOCK. Once per file.",
	Why:     "If the table or the server does not permit the fast way, the server silently takes a slower one, at worst a copy that blocks writes.",
	Silent:  "The statement copies the table in any case. RENAME TABLE and OPTIMIZE TABLE, which have no such clause.",
	Fix:     "Add ALGORITHM=INSTANT, or ALGORITHM=INPLACE, LOCK=NONE. The statement then fails instead of blocking writes.",
	Sources: []string{mysqlManual + "innodb-online-ddl-performance.html", docOnlineDDL},
	Rank:    rule.RankChange,
	Engine:  mysqlEngine,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		var first *migration.Statement
		count := 0
		for _, s := range file.Statements {
			e := mysqlAlter(s)
			if e == nil || e.Algorithm == dialect.Copy || e.Statement.Algorithm != "" || e.Lock != "" || len(e.Changes) == 0 {
				continue
			}
			if v := e.Changes[0].Verb; v == dialect.RenameTable || v == dialect.Force {
				continue
			}
			if count++; first == nil {
				first = s
			}
		}
		if first == nil {
			return
		}
		e := first.Dialect
		f := aboutTable(c, first, e.Table, finding.Concern, finding.Low)
		clause := "ALGORITHM=INPLACE, LOCK=NONE"
		if e.Algorithm == dialect.Instant {
			clause = "ALGORITHM=INSTANT"
		}
		f.Title = redact.Sprintf("%s without %s: the server may silently take a slower way", statementWords(first), clause)
		f.Detail = redact.Sprintf("By the rules of MySQL %s it runs %s. If the table or the server does not permit that, it rebuilds or copies %s without a word.", file.EngineVersion, e.Algorithm, tableWords(e))
		if count > 1 {
			f.More = redact.Sprintf("The file has %s more without such a clause.", figures.Plural(count-1, "statement"))
		}
		f.Decide("Does the production table permit "+e.Algorithm.String()+"?", "SELECT TOTAL_ROW_VERSIONS FROM INFORMATION_SCHEMA.INNODB_TABLES for it (INSTANT ends at 64), and its FULLTEXT indexes and ROW_FORMAT", "add the clause, so that the statement fails instead.")
		f.Fix = redact.Sprintf("Add %s to the statement.", clause)
		found(f)
	},
}
