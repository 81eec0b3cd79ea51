package migrations

import (
	"path"
	"slices"

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
	Silent:  "Files without a version. Three versions or more of a folder that several files have: its tool goes by the whole name.",
	Fix:     "Give the later one a new version.",
	Sources: []string{"https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md", "https://documentation.red-gate.com/fd/migrations-184127470.html"},
	Rank:    rule.RankChange,
	Set: func(c *rule.Case, found func(rule.Found)) {
		type folder struct{ tool, path string }
		type version struct {
			folder
			number string
		}
		files := map[version][]*migration.File{}
		repeated := map[folder]int{} // how many of its versions several files have
		for _, file := range c.Migration.Files {
			k := version{folder{toolName(file), path.Dir(file.Path)}, file.Version}
			if file.Version == "" || slices.ContainsFunc(files[k], func(f *migration.File) bool { return f.Path == file.Path }) {
				continue
			}
			if files[k] = append(files[k], file); len(files[k]) == 2 {
				repeated[k.folder]++
			}
		}
		for _, file := range c.Migration.Files {
			k := version{folder{toolName(file), path.Dir(file.Path)}, file.Version}
			if list := files[k]; len(list) > 1 && list[0] != file && slices.Contains(list, file) && repeated[k.folder] < byName {
				f := rule.Found{File: file}
				f.Tag, f.Severity = finding.Confirmed, finding.Medium
				f.Title = redact.Sprintf("%s has the version of %s", fileName(file), fileName(list[0]))
				f.Detail = redact.Plain("The tool refuses to start, or takes the second one for applied.")
				f.Fix = redact.Plain("Give the later file a new version.")
				found(f)
			}
		}
	},
}

// byName is how many versions of a folder several files have if its tool does not go by
// them: a tool that does would not have run the folder.
const byName = 3
