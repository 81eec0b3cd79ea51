package migrations

import (
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var conventionConcurrently = rule.Rule{
	ID:      "convention-concurrently",
	Title:   "Index built otherwise than in earlier migrations",
	Sees:    "An index on a table that was there before, built without CONCURRENTLY, where most of the last 50 migrations of the repository use it.",
	Why:     "The authors chose concurrent builds for these tables. A plain build is probably an oversight.",
	Silent:  "Fewer than 4 cases, or fewer than two thirds that keep it. No repository was looked at.",
	Fix:     "Build the index with CONCURRENTLY, as the other migrations do.",
	Sources: []string{docIndex, docBuild},
	Rank:    rule.RankText,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		if f, is := departure(c, file, "convention-concurrently", "The index is built without CONCURRENTLY, unlike in the other migrations", "Build the index with CONCURRENTLY, as the other migrations do."); is {
			found(f)
		}
	},
}
