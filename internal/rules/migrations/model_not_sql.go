package migrations

import (
	"path"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var modelNotSQL = rule.Rule{
	ID:      "model-not-sql",
	Title:   "Model of an ORM instead of SQL",
	Sees:    "A file of an ORM (schema.prisma, models.py, schema.rb, migrations in Ruby, Python or TypeScript) among the files.",
	Why:     "What it does to the database depends on the SQL that the ORM generates. That is not judged here.",
	Silent:  "SQL files.",
	Fix:     "Print the SQL with the tool's command, and give that.",
	Sources: []string{"https://www.prisma.io/docs/orm/reference/prisma-cli-reference#migrate-diff", "https://docs.djangoproject.com/en/stable/ref/django-admin/#sqlmigrate"},
	Rank:    rule.RankChange,
	Set: func(c *rule.Case, found func(rule.Found)) {
		for _, m := range c.Migration.Models {
			f := rule.Found{}
			f.Tag, f.Severity = finding.Concern, finding.Low
			f.Title = redact.Sprintf("%s is not judged: it is no SQL (%s)", path.Base(m.Path), m.Kind)
			f.Detail = redact.Plain("What it does to the database depends on the SQL that the tool generates.")
			f.Decide("Which SQL does the tool run?", "the output of: "+m.Command, "print the SQL and review that.")
			f.Fix = redact.Sprintf("Run: %s", m.Command)
			found(f)
		}
	},
}
