package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var alterSystem = rule.Rule{
	ID:      "alter-system",
	Title:   "ALTER SYSTEM",
	Sees:    "ALTER SYSTEM in a migration.",
	Why:     "It changes the configuration of the whole server, for all databases. It cannot run in a transaction, and no rollback of the migration takes it back.",
	Silent:  "SET, ALTER DATABASE SET and ALTER ROLE SET.",
	Fix:     "Change it where the server is configured, or use ALTER DATABASE ... SET.",
	Sources: []string{manual + "sql-altersystem.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if s.Tree.Kind != "AlterSystemStmt" {
			return
		}
		f := c.About(s, nil, finding.Critical, finding.Severe)
		f.Blast = redact.Plain("all databases of the server")
		f.Critical(s, finding.DoNotShip)
		f.Title = redact.Plain("ALTER SYSTEM changes the whole server, not this database")
		f.Detail = redact.Plain("No rollback of the migration takes it back.")
		f.Fix = redact.Plain("Change it where the server is configured, or use ALTER DATABASE ... SET.")
		found(f)
	},
}
