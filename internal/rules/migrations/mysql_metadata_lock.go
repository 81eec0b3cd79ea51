package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var mysqlMetadataLock = rule.Rule{
	ID:    "mysql-metadata-lock",
	Title: "MySQL: change of a table without lock_wait_timeout",
	Sees:  "A file of MySQL that changes or drops an existing table, with no SET SESSION lock_wait_timeout before it. Once per file.",
	Why: "Each change waits for the metadata lock behind any open transaction that has read the table. All later queries of the table wait behind it. lock_wait_timeout is a year if " +
		"nobody sets it.",
	Silent:  "lock_wait_timeout is set before. The file creates new tables only.",
	Fix:     "Run SET SESSION lock_wait_timeout = 5 before it, and run the migration again if it stops with error 1205.",
	Sources: []string{docMetaLock, mysqlManual + "server-system-variables.html#sysvar_lock_wait_timeout"},
	Rank:    rule.RankChange,
	Posture: true,
	Prepend: mysqlWait,
	Engine:  mysqlEngine,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		for _, s := range file.Statements {
			e := s.Dialect
			if e == nil {
				continue
			}
			for _, set := range e.Settings {
				if set.Name == "lock_wait_timeout" && !set.Global {
					return
				}
			}
			if !e.OnExisting() || e.Refused != "" {
				continue
			}
			f := aboutTable(c, s, e.Table, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("No lock_wait_timeout: while %s waits for open transactions, all later queries of %s wait behind it", statementWords(s), tableWords(e))
			f.Detail = redact.Plain("The statement needs the metadata lock of the table, also if it is INSTANT. One open transaction that has read the table holds it up, for a year if lock_wait_timeout is at its default.")
			f.Fix = redact.Sprintf("Run %s before it, and run the migration again if it stops with error 1205.", mysqlWait)
			found(f)
			return
		}
	},
}
