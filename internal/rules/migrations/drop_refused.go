package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dropRefused = rule.Rule{
	ID:      "drop-refused",
	Title:   "DROP that the server refuses",
	Sees:    "DROP of a column, table, type, function or view without CASCADE, while other objects depend on it.",
	Why:     "The server refuses it with error 2BP01, and the release stops.",
	Silent:  "No schema is given, or the dependent objects are dropped before.",
	Fix:     "Drop or change the dependent objects first, by their names.",
	Sources: []string{manual + "ddl-depend.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		if s.Effect.Refused == "" || s.Effect.Missing != "" {
			return
		}
		for _, a := range tried(s, ddl.DropColumn, ddl.DropTable, ddl.DropObject, ddl.DropConstraint, ddl.DropIndex) {
			stops := slices.DeleteFunc(slices.Clone(a.Takes), func(o ddl.Object) bool { return !o.Stops })
			if len(stops) == 0 || a.Cascade {
				continue
			}
			what := a.Name
			if a.Table != nil && a.Verb == ddl.DropTable {
				what = a.Table.Name.Short()
			}
			f := c.About(s, a.Table, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("DROP of %s fails: %s depends on it", what, takes(stops))
			f.Detail = redact.Plain("The server refuses the drop (error 2BP01).")
			f.Fix = redact.Sprintf("First drop or change %s.", takes(stops))
			found(f)
		}
	},
}
