package migrations

import (
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var statementRefused = rule.Rule{
	ID:      "statement-refused",
	Title:   "Statement that the server refuses",
	Sees:    "A statement that fails whatever the rows are: an index expression that is not IMMUTABLE, a type without an operator class, a view that would lose a column, syntax of a newer version.",
	Why:     "The server refuses the statement, and the release stops there.",
	Silent:  "Another rule says why. The statement is in a body, which may not run it. With a schema played from older migrations it is a low question.",
	Fix:     "Correct the statement, and run the migration on a copy of the database first.",
	Sources: []string{manual + "errcodes-appendix.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if s.Effect.Refused == "" || s.Effect.Missing != "" || outerOf(s) != s {
			return
		}
		said := false
		for _, r := range refusals {
			r.Change(c, s, func(rule.Found) { said = true })
		}
		if said {
			return
		}
		f := refused(c, s)
		f.Fix = redact.Plain("Correct the statement, and run the migration on a copy of the database first.")
		found(f)
	},
}
