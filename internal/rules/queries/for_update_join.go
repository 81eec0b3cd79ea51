package queries

import (
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
)

var forUpdateJoin = rule.Rule{
	ID:     "for-update-join",
	Title:  "FOR UPDATE over a join locks the rows of every table",
	Sees:   "FOR UPDATE or FOR SHARE without OF on a join of two tables or more.",
	Why:    "The rows of all joined tables are locked, those that are only looked up as well: writers of a shared parent row then wait for each other, and deadlocks follow.",
	Silent: "OF names the tables; one table.",
	Fix:    "FOR UPDATE OF the table that is written; FOR NO KEY UPDATE where its key stays.",
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
		found(c.OnText(t, "locks the rows of all the tables that it joins",
			"FOR UPDATE or FOR SHARE without OF. Judgment needed: whether all of these rows are to be written. The application's code settles it; without it, leave the statement.",
			"FOR UPDATE OF the table whose rows are written; FOR NO KEY UPDATE where no key of theirs is changed."))
	},
}
