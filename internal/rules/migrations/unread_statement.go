package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var unreadStatement = rule.Rule{
	ID:      "unread-statement",
	Title:   "Statement that was not understood",
	Sees:    "A statement that the engine's grammar does not accept.",
	Why:     "What it locks and changes is not known. The server may refuse it too.",
	Silent:  "Statements of psql, and data of COPY.",
	Fix:     "Check the statement by hand.",
	Sources: []string{manual + "sql-commands.html"},
	Rank:    rule.RankChange,
	Engine:  rule.AnyEngine,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if s.Err == nil {
			return
		}
		f := c.About(s, nil, finding.Concern, finding.Low)
		f.Title = redact.Sprintf("%s was not understood: %s", what(s), redact.Plain(s.Err.Error()))
		f.Detail = redact.Plain("What it locks and changes is not known.")
		f.Decide("What does the statement do?", "a run on a copy", "check it by hand.")
		f.Fix = redact.Plain("Check the statement by hand. Templates have to be filled in first.")
		found(f)
	},
}
