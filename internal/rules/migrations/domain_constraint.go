package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var domainConstraint = rule.Rule{
	ID:      "domain-constraint",
	Title:   "Constraint added to a domain in use",
	Sees:    "ALTER DOMAIN ... ADD CONSTRAINT without NOT VALID, SET NOT NULL or VALIDATE of a domain that was there before.",
	Why:     "It reads every table with a column of the domain and holds SHARE on each: writes wait.",
	Silent:  "NOT VALID. The domain is new, or no table of the schema uses it.",
	Fix:     "Add the constraint with NOT VALID. Prove the old rows of each table by a CHECK with NOT VALID and VALIDATE, or run ALTER DOMAIN ... VALIDATE CONSTRAINT in a quiet hour.",
	Sources: []string{manual + "sql-alterdomain.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.AlterDomain) {
			if a.Type != nil && a.Type.Since > 0 || len(s.Effect.Reads) == 0 {
				continue
			}
			var names []string
			for _, r := range s.Effect.Reads {
				names = append(names, r.Name.Short())
			}
			f := c.Blocking(s, s.Effect.Reads[0], finding.High)
			f.Title = redact.Sprintf("ALTER DOMAIN %s blocks writes to %s while it reads them", a.Name, rule.Words(rule.FirstFew(names)))
			f.Detail = redact.Plain("Every table with a column of the domain is locked in SHARE mode and read.")
			f.Fix = redact.Plain("Add the constraint with NOT VALID, which reads nothing: new values are checked from then on. ALTER DOMAIN ... VALIDATE CONSTRAINT still blocks writes. Run it in a quiet hour, or leave it out and prove the old rows of each table: ADD CONSTRAINT ... CHECK NOT VALID, then VALIDATE CONSTRAINT, which blocks no writes.")
			if a.To == "validate constraint" {
				f.Fix = redact.Plain("There is no form that lets writes go on. Run it in a quiet hour with lock_timeout set. Or leave the constraint NOT VALID, which checks new values, and prove the old rows of each table: ADD CONSTRAINT ... CHECK with the same condition NOT VALID, then VALIDATE CONSTRAINT, which blocks no writes.")
			}
			found(f)
		}
	},
}
