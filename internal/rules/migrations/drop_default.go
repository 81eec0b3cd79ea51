package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dropDefault = rule.Rule{
	ID:      "drop-default",
	Title:   "DROP DEFAULT",
	Sees:    "DROP DEFAULT on a column of a table that was there before.",
	Why:     "INSERT statements that do not name the column write NULL from then on, or fail if the column is NOT NULL.",
	Silent:  "The table or the column is new in this migration.",
	Fix:     "Deploy code that names the column first.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.DropDefault) {
			if !oldColumn(a) || replacesDefault(s, a) {
				continue
			}
			f := c.About(s, a.Table, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("Column %s of %s has no default from now on", actionColumn(a), rule.TableWords(a.Table))
			f.Detail = redact.Plain("INSERT statements that do not name the column write NULL, or fail if it is NOT NULL.")
			f.Decide("Does every INSERT name the column?", "the INSERT statements of the code that is running", "deploy code that names the column first.")
			f.Fix = redact.Plain("Deploy code that names the column first.")
			found(f)
		}
	},
}

// replacesDefault reports whether the statement gives the column another default or an
// identity, or another type, for which generators drop the default and set it again.
func replacesDefault(s *migration.Statement, drop *ddl.Action) bool {
	for _, b := range done(s) {
		if b != drop && sameColumn(drop, b) && b.Column != nil && addsItself(b.Column) && b.Verb != ddl.DropDefault {
			return true
		}
	}
	return false
}
