package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var versionDuplicate = rule.Rule{
	ID:      "version-duplicate",
	Title:   "Two files with one version",
	Sees:    "Two migrations of one tool and folder with the same version.",
	Why:     "The tool refuses to start, or applies one of them only: the other one is taken for applied.",
	Silent:  "Files without a version.",
	Fix:     "Give the later one a new version.",
	Sources: []string{"https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md", "https://documentation.red-gate.com/fd/migrations-184127470.html"},
	Rank:    rule.RankChange,
	Set: func(c *rule.Case, found func(rule.Found)) {
		type key struct{ tool, folder, version string }
		first := map[key]*migration.File{}
		for _, file := range c.Migration.Files {
			if file.Version == "" {
				continue
			}
			folder := ""
			if i := strings.LastIndex(file.Path, "/"); i >= 0 {
				folder = file.Path[:i]
			}
			k := key{toolName(file), folder, file.Version}
			if first[k] == nil {
				first[k] = file
				continue
			}
			if first[k].Path == file.Path {
				continue
			}
			f := rule.Found{File: file}
			f.Tag, f.Severity = finding.Confirmed, finding.Medium
			f.Title = redact.Sprintf("%s has the version of %s", fileName(file), fileName(first[k]))
			f.Detail = redact.Plain("The tool refuses to start, or takes the second one for applied.")
			f.Fix = redact.Plain("Give the later file a new version.")
			found(f)
		}
	},
}
