package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rollout"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var deployOrder = rule.Rule{
	ID:      "deploy-order",
	Title:   "Statement in the wrong deploy",
	Sees:    "With --deploy before: a statement that code that is running now does not survive, such as DROP COLUMN. With --deploy after: a statement that the new code needs, such as ADD COLUMN or CREATE TABLE.",
	Why:     "Between the migration and the code, the code that runs fails on a schema that it does not expect.",
	Silent:  "--deploy is not given. Statements that any order suits, such as a concurrent index. Renames, for which no order is safe, have their own rules.",
	Fix:     "Move the statement into a migration that runs in the other deploy.",
	Sources: []string{"https://martinfowler.com/bliki/ParallelChange.html"},
	Rank:    rule.RankChange,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		if c.Migration.Deploy != "before" && c.Migration.Deploy != "after" {
			return
		}
		for _, s := range file.Statements {
			belongs := plans.Of(c).Deploy(s)
			var title string
			switch {
			case s.Effect.Refused != "":
				continue
			case c.Migration.Deploy == "before" && belongs == rollout.After:
				title = what(s) + " runs before the new code, but the code that is running needs what it takes away"
			case c.Migration.Deploy == "after" && belongs == rollout.Before:
				title = what(s) + " runs after the new code, which needs it from its start"
			default:
				continue
			}
			f := c.About(s, nil, finding.Confirmed, finding.High)
			if list := tried(s); len(list) > 0 && list[0].Table != nil {
				f.Where.Relation = list[0].Table.Name.String()
			}
			f.Title = redact.Plain(title)
			f.Detail = redact.Plain("Between the migration and the code, the code that runs fails on a schema that it does not expect.")
			f.Fix = redact.Plain("Move it into a migration that runs in the other deploy.")
			found(f)
		}
	},
}

// plans say for the statements of a case in which deploy they belong.
var plans = rule.Derive(func(c *rule.Case) *rollout.Plan { return rollout.For(c.Migration) })
