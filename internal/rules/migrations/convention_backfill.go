package migrations

import (
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var conventionBackfill = rule.Rule{
	ID:      "convention-backfill",
	Title:   "Rows and schema are changed together, unlike in earlier migrations",
	Sees:    "UPDATE, DELETE or INSERT ... SELECT of existing tables beside DDL, where most of the last 50 migrations of the repository keep them apart.",
	Why:     "The authors keep long work on rows out of migrations that hold locks.",
	Silent:  "Fewer than 4 cases, or fewer than two thirds that keep it. No repository was looked at.",
	Fix:     "Move the change of rows into a migration of its own.",
	Sources: []string{docLocks},
	Rank:    rule.RankText,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		if f, is := departure(c, file, "convention-backfill", "The migration changes rows and the schema, which the others keep apart", "Move the change of rows into a migration of its own."); is {
			found(f)
		}
	},
}
