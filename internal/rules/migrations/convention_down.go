package migrations

import (
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var conventionDown = rule.Rule{
	ID:      "convention-down",
	Title:   "No down part, unlike earlier migrations",
	Sees:    "A migration without a down part, where most of the last 50 migrations of the repository have one.",
	Why:     "Whoever takes the release back expects a down part.",
	Silent:  "Fewer than 4 cases, or fewer than two thirds that keep it. No repository was looked at.",
	Fix:     "Write the down part, or say in it why there is none.",
	Sources: []string{"https://github.com/pressly/goose"},
	Rank:    rule.RankText,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		if f, is := departure(c, file, "convention-down", "The migration has no down part, unlike the others", "Write the down part, or say in it why there is none."); is {
			found(f)
		}
	},
}
