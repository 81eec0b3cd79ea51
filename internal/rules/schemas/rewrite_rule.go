package schemas

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var rewriteRule = rule.Rule{
	ID:      "rewrite-rule",
	Title:   "Rewrite rule",
	Sees:    "CREATE RULE on a table or view.",
	Why:     "A rule rewrites the statement, not the rows: expressions are evaluated more than once, and row counts and RETURNING change.",
	Silent:  "The rule that makes a view.",
	Fix:     "Use a trigger. Of a view, use an INSTEAD OF trigger.",
	Sources: []string{manual + "rules-triggers.html", "https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_rules"},
	Rank:    rule.RankDesign,
	Schema: func(c *rule.Case, found func(rule.Found)) {
		for _, t := range c.Schema.All() {
			for _, name := range t.Rules {
				if name == "_RETURN" || t.IsPartition() {
					continue
				}
				f := c.OnObject(t.Name.String(), t.Since, t.At, finding.Confirmed, finding.Medium)
				f.Title = redact.Sprintf("Rewrite rule %s on %s", quoted(name), t.Name.Short())
				f.Detail = redact.Plain("A rule rewrites statements. Volatile expressions run more than once, and the row count and RETURNING are those of the rewritten statement.")
				f.Fix = redact.Plain("Use a trigger: it sees each row, after its values are known.")
				found(f)
			}
		}
	},
}
