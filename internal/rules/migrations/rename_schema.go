package migrations

import (
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var renameSchema = rule.Rule{
	ID:      "rename-schema",
	Title:   "RENAME SCHEMA",
	Sees:    "ALTER SCHEMA ... RENAME TO of a schema that was there before.",
	Why:     "Each qualified name and each search_path with the old schema fails at once.",
	Silent:  "The schema is new in this migration.",
	Fix:     "Create the new schema, move one object at a time with a view under the old name, and drop the old schema in a later release.",
	Sources: []string{manual + "sql-alterschema.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range renamed(c, s, "schema") {
			f := renameFinding(c, s, a, "schema "+quoted(a.Name))
			f.Fix = redact.Plain("Create the new schema and move one object at a time, with a view under the old name.")
			found(f)
		}
	},
}
