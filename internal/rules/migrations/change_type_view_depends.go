package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var changeTypeViewDepends = rule.Rule{
	ID:      "change-type-view-depends",
	Title:   "Type change of a column that a view uses",
	Sees:    "ALTER COLUMN TYPE of a column that a view, a materialized view, a rule or a policy reads.",
	Why:     "The server refuses it, also for a change that would be free. The release stops.",
	Silent:  "No schema is given, or nothing in it reads the column.",
	Fix:     "In one transaction drop the view, change the type, and create the view again with its grants.",
	Sources: []string{docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range tried(s, ddl.AlterType) {
			if s.Effect.Refused == "" || s.Effect.Missing != "" {
				continue
			}
			var names []string
			for _, o := range a.Takes {
				names = append(names, o.Kind+" "+o.Name)
			}
			if len(names) == 0 && !strings.Contains(s.Effect.Refused, "view") {
				continue
			}
			f := c.About(s, a.Table, finding.Confirmed, finding.High)
			f.Title = redact.Sprintf("The type change of %s fails: %s", actionColumn(a), s.Effect.Refused)
			f.Detail = redact.Plain("The server refuses to change the type of a column that a view or rule reads.")
			f.Fix = redact.Plain("In one transaction drop the view, change the type, and create the view again, with its grants.")
			if len(names) > 0 {
				f.Title = redact.Sprintf("The type change of %s fails: %s reads the column", actionColumn(a), rule.Words(names))
				f.Fix = redact.Sprintf("In one transaction drop %s, change the type, and create what was dropped again, with its grants.", rule.Words(names))
			}
			found(f)
		}
	},
}
