package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var objectExists = rule.Rule{
	ID:      "object-exists",
	Title:   "Statement creates an object that is there",
	Sees:    "CREATE or ADD of a table, column, constraint, index or type that the schema or an earlier statement has, without IF NOT EXISTS.",
	Why:     "The server refuses the statement, and the release stops. The migration may have been applied by hand.",
	Silent:  "No schema is given, and no file creates the table. The statement is in a body, which may not run it. With a schema played from older migrations it is a low question.",
	Fix:     "Compare the object with what the migration creates. If it is the same, mark the migration as applied.",
	Sources: []string{manual + "errcodes-appendix.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if s.Effect.Missing == "" || !known(c, s) || outerOf(s) != s || !strings.Contains(s.Effect.Refused, "already exists") {
			return
		}
		f := refused(c, s)
		f.Fix = redact.Plain("Compare the object with what the migration creates. If it is the same, mark the migration as applied; otherwise rename one.")
		found(f)
	},
}
