package migrations

import (
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var conventionTimeouts = rule.Rule{
	ID:      "convention-timeouts",
	Title:   "No lock_timeout, unlike earlier migrations",
	Sees:    "A change of a table that was there before without lock_timeout, where most of the last 50 migrations of the repository set it.",
	Why:     "The authors chose to stop rather than to queue. This migration waits without a limit.",
	Silent:  "Fewer than 4 cases, or fewer than two thirds that keep it. No repository was looked at.",
	Fix:     "Set lock_timeout first, as the other migrations do.",
	Sources: []string{docTimeouts},
	Rank:    rule.RankText,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		if f, is := departure(c, file, "convention-timeouts", "The migration sets no lock_timeout, unlike the others", "Set lock_timeout first, as the other migrations do."); is {
			found(f)
		}
	},
}
