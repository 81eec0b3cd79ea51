package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var migrationEdited = rule.Rule{
	ID:      "migration-edited",
	Title:   "Applied migration edited",
	Sees:    "A migration that was there at the revision of --since and has other statements now.",
	Why:     "Where it was applied, the change does not run: the tool skips it, or stops because the checksum differs (Flyway, Liquibase, Prisma, sqlx). Databases then differ.",
	Silent:  "No --since. Changes of comments.",
	Fix:     "Take the change back, and write a new migration.",
	Sources: []string{"https://documentation.red-gate.com/fd/validate-184127464.html"},
	Rank:    rule.RankChange,
	Engine:  rule.AnyEngine,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		if !file.Edited {
			return
		}
		f := rule.Found{File: file}
		f.Tag, f.Severity = finding.Confirmed, finding.High
		f.Title = redact.Sprintf("%s was there before and is edited: where it was applied, the change does not run", fileName(file))
		f.Detail = redact.Plain("The tool skips it, or stops because its checksum differs. Databases then differ.")
		f.Fix = redact.Plain("Take the change back, and write a new migration.")
		found(f)
	},
}
