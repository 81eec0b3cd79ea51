package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var unloggedToReplica = rule.Rule{
	ID:      "unlogged-to-replica",
	Title:   "UNLOGGED table",
	Sees:    "CREATE UNLOGGED TABLE, or SET UNLOGGED.",
	Why:     "Its rows are not in WAL: replicas cannot read it, and after a crash it is empty.",
	Silent:  "SET LOGGED, and temporary tables.",
	Fix:     "Use a logged table unless every row can be computed again.",
	Sources: []string{manual + "sql-createtable.html#SQL-CREATETABLE-UNLOGGED"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		var on *catalog.Relation
		for _, a := range done(s, ddl.CreateTable, ddl.CreateRelationAs, ddl.SetStorage) {
			switch {
			case a.Verb == ddl.SetStorage && a.Name == "logged" && a.To == "UNLOGGED":
				on = a.Table
			case a.Verb != ddl.SetStorage && a.Other != nil && a.Other.Unlogged:
				on = a.Other
			}
		}
		if on == nil {
			return
		}
		f := c.About(s, on, finding.Concern, finding.High)
		f.Title = redact.Sprintf("%s is UNLOGGED: empty after a crash, and not readable on replicas", rule.TableWords(on))
		f.Detail = redact.Plain("Its rows are not written to WAL.")
		f.Decide("Can every row be computed again after a crash?", "what the table is for", "leave UNLOGGED out.")
		f.Fix = redact.Plain("Leave UNLOGGED out unless every row can be computed again.")
		found(f)
	},
}
