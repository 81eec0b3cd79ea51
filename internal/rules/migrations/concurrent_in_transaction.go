package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var concurrentInTransaction = rule.Rule{
	ID:      "concurrent-in-transaction",
	Title:   "CONCURRENTLY or VACUUM inside a transaction",
	Sees:    "A statement that the server refuses in a transaction block (CREATE, DROP or REINDEX INDEX CONCURRENTLY, DETACH CONCURRENTLY, VACUUM, CREATE DATABASE, ALTER SYSTEM), in a transaction of the file, of the tool, of a body, or of a string with several statements.",
	Why:     "The server refuses it with error 25001, and the release stops. Several statements sent as one string are one transaction, without any BEGIN.",
	Silent:  "The tool runs the statement alone, outside of a transaction. How a plain file is run is not known: psql -f runs its statements one by one.",
	Fix:     "Put the statement into a file of its own that runs without a transaction. On a table that the same file creates, leave CONCURRENTLY out.",
	Sources: []string{docBuild, manual + "protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT", manual + "sql-vacuum.html"},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if !s.Effect.NoBlock || !inBlock(s) {
			return
		}
		f := rule.Found{}
		f.Severity = finding.Severe
		what, fresh := "This statement", false
		if list := tried(s); len(list) > 0 {
			a := list[0]
			if a.Concurrent {
				what = concurrentWords(a)
			} else if a.Verb == ddl.Vacuum {
				what = "VACUUM"
			}
			if a.Table != nil {
				f.Where.Relation = a.Table.Name.String()
				fresh = a.Concurrent && !existing(c, s, a.Table)
			}
		}
		f.Blast = redact.Plain("the release: the migration fails here, whatever the table's size")
		f.Critical(s, finding.Split)
		f.Title = redact.Sprintf("%s fails: %s", what, transactionWords(s))
		f.Detail = redact.Plain("The server refuses it in a transaction block (error 25001), so the migration stops.")
		f.Fix = redact.Plain("Give the statement its own file, outside of BEGIN and COMMIT.")
		if s.Tx.WayOut != "" {
			f.Fix = redact.Plain("Give the statement its own file: " + s.Tx.WayOut + ".")
		}
		if fresh {
			f.Fix = redact.Plain("Leave CONCURRENTLY out: the table is new in this migration, so nobody waits for it.")
		}
		found(f)
	},
}
