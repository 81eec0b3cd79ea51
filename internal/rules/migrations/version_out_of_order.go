package migrations

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var versionOutOfOrder = rule.Rule{
	ID:      "version-out-of-order",
	Title:   "New migration with an old version",
	Sees:    "A new migration whose version is below that of one that was there at the revision of --since or --base.",
	Why:     "Where the newer one was applied, Flyway refuses it, goose needs allow-missing, and golang-migrate never runs it; Rails runs it late. Databases differ then.",
	Silent:  "No --since and no --base. Files without a version.",
	Fix:     "Give it a version above the newest one.",
	Sources: []string{"https://documentation.red-gate.com/fd/flyway-out-of-order-setting-277578961.html", "https://pkg.go.dev/github.com/pressly/goose/v3#WithAllowMissing"},
	Rank:    rule.RankChange,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		if file.Late == "" {
			return
		}
		f := rule.Found{File: file}
		f.Tag, f.Severity = finding.Confirmed, finding.Medium
		f.Title = redact.Sprintf("%s has a version below %s, which was there before", fileName(file), file.Late)
		f.Detail = redact.Plain("Where that one was applied, the tool refuses the file, never runs it, or runs it late.")
		f.Fix = redact.Sprintf("Give it a version above %s.", file.Late)
		found(f)
	},
}
