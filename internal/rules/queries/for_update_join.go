package queries

import (
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var forUpdateJoin = rule.Rule{
	ID:     "for-update-join",
	Title:  "FOR UPDATE over a join locks rows of every table",
	Sees:   "FOR UPDATE or FOR SHARE without OF on a join of two or more tables.",
	Why:    "The rows of all joined tables are locked, also those that are only looked up. Writers of a shared parent row then wait for each other, and deadlocks follow.",
	Silent: "OF names the tables. A single table.",
	Fix:    "Use FOR UPDATE OF the table that is written. Use FOR NO KEY UPDATE if its key does not change.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE",
	},
	Rank: rule.RankText,
	Text: func(c *rule.Case, t *rule.Text, found func(rule.Found)) {
		joined := 0
		rule.Levels(t.Shape, func(q *sql.Query) {
			if q.Kind == sql.Select && q.LocksAll {
				joined = max(joined, len(q.Tables))
			}
		})
		if joined < 2 {
			return
		}
		f := c.OnText(t, "locks the rows of all joined tables", "FOR UPDATE or FOR SHARE has no OF.",
			"Use FOR UPDATE OF the table whose rows are written. Use FOR NO KEY UPDATE if no key of these rows changes.")
		f.Decide("Are some of these tables only read?", "the application's code", "leave the statement as it is")
		found(f)
	},
}
