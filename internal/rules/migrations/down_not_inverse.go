package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var downNotInverse = rule.Rule{
	ID:      "down-not-inverse",
	Title:   "Down part does not bring the schema back",
	Sees:    "The schema after the up part and the down part differs from the schema before.",
	Why:     "After a rollback, an index, constraint or default is missing or left over, and nobody notices until the next release.",
	Silent:  "There is no down part, or it is empty. Lost data. Files without a known schema tell only what they create and drop.",
	Fix:     "Add what is missing to the down part.",
	Sources: []string{"https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md"},
	Rank:    rule.RankChange,
	Posture: true,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		if len(file.Left) == 0 || len(file.Down) == 0 {
			return
		}
		f := c.About(file.Down[0], nil, finding.Confirmed, finding.Medium)
		f.Title = redact.Sprintf("After the down part the schema is not what it was: %s", rule.Words(rule.FirstFew(file.Left)))
		f.Detail = redact.Plain("The down part does not bring it back.")
		f.Fix = redact.Plain("Add what is missing to the down part.")
		f.Where.Input = opt.Some(file.DownInput)
		found(f)
	},
}
