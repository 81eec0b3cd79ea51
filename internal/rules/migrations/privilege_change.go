package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var privilegeChange = rule.Rule{
	ID:      "privilege-change",
	Title:   "Privileges or owner of existing objects changed",
	Sees:    "GRANT, REVOKE or OWNER TO on a relation that was there before.",
	Why:     "Code that runs under another role may lose access at once. OWNER TO takes ACCESS EXCLUSIVE. Row security does not apply to the owner.",
	Silent:  "The relation is new in this migration.",
	Fix:     "Check which roles the application, the jobs and the reports use.",
	Sources: []string{manual + "ddl-priv.html", docAlter},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.Grant, ddl.SetStorage) {
			if a.Table == nil || a.Verb == ddl.SetStorage && a.Name != "owner" {
				continue
			}
			what := a.Name + " on " + rule.TableWords(a.Table)
			if a.Verb == ddl.SetStorage {
				what = "OWNER TO of " + rule.TableWords(a.Table)
			}
			f := c.About(s, a.Table, finding.Concern, finding.Low)
			f.Title = redact.Sprintf("%s changes who may use it", what)
			f.Detail = redact.Plain("The files do not show which roles the application uses.")
			f.Decide("Which roles do the application, the jobs and the reports use?", "their connection strings", "check them before the release.")
			f.Fix = redact.Plain("Check the roles of the application, the jobs and the reports.")
			found(f)
		}
	},
}
