package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dropNotNull = rule.Rule{
	ID:      "drop-not-null",
	Title:   "DROP NOT NULL",
	Sees:    "DROP NOT NULL on a column of a table that was there before.",
	Why:     "Code that reads the column may not expect NULL. Once a NULL is written, the way back fails.",
	Silent:  "The table is new in this migration.",
	Fix:     "Check that all readers of the column accept NULL.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.DropNotNull) {
			f := c.About(s, a.Table, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("Column %s of %s may be NULL from now on", actionColumn(a), rule.TableWords(a.Table))
			f.Detail = redact.Plain("Once a NULL is written, SET NOT NULL fails and the old code may read a NULL.")
			f.Decide("Does all code that reads the column accept NULL?", "the code that reads the column", "deploy code that accepts NULL before code that writes it.")
			f.Fix = redact.Plain("Deploy readers that accept NULL first.")
			found(f)
		}
	},
}
