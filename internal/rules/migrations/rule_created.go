package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var ruleCreated = rule.Rule{
	ID:      "rule-created",
	Title:   "CREATE RULE",
	Sees:    "CREATE RULE on a table or view.",
	Why:     "A rule rewrites each statement, evaluates its expressions more than once, and changes the row counts that clients get. It takes ACCESS EXCLUSIVE.",
	Silent:  "Views: CREATE VIEW is not a rule here.",
	Fix:     "Use a trigger, or INSTEAD OF triggers on a view.",
	Sources: []string{manual + "rules-triggers.html", "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_rules"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.CreateRule) {
			f := c.About(s, a.Table, finding.Confirmed, finding.Medium)
			f.Title = redact.Sprintf("Rule %s rewrites each statement on %s", quoted(a.Name), rule.TableWords(a.Table))
			f.Detail = redact.Plain("Its expressions may run more than once per statement, and clients get other row counts.")
			f.Fix = redact.Plain("Use a trigger instead.")
			found(f)
		}
	},
}
