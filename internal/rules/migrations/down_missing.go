package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var downMissing = rule.Rule{
	ID:      "down-missing",
	Title:   "Migration without a down part",
	Sees:    "A migration of a tool with down parts that has none, or an empty one.",
	Why:     "Nobody wrote down how to take it back.",
	Silent:  "Tools without down parts; Flyway, sqlx and Liquibase if no file has one. Files that lose data (no-rollback reports this). Files without statements.",
	Fix:     "Write the reverse statements, or say in the down part why there are none.",
	Sources: []string{"https://github.com/pressly/goose", "https://github.com/amacneil/dbmate"},
	Rank:    rule.RankChange,
	File: func(c *rule.Case, file *migration.File, found func(rule.Found)) {
		if file.Tool == nil || !file.Tool.Downs || len(file.Down) > 0 || len(file.Statements) == 0 || len(irreversible(c, file)) > 0 {
			return
		}
		if _, renames := breaking(c, file); renames > 0 || !hasDowns(c, file) {
			return
		}
		if !slices.ContainsFunc(file.Statements, func(s *migration.Statement) bool {
			return len(done(s)) > 0 && len(done(s, ddl.Set, ddl.Select, ddl.Transaction, ddl.Analyze, ddl.Vacuum, ddl.ValidateConstr)) < len(done(s))
		}) {
			return
		}
		f := rule.Found{File: file}
		f.Tag, f.Severity = finding.Concern, finding.Low
		f.Title = redact.Plain("There is no down part")
		if file.HasDown {
			f.Title = redact.Plain("The down part is empty: nothing takes the migration back")
		}
		f.Detail = redact.Sprintf("%s runs the down part to take a migration back.", rule.Upper(toolName(file)))
		f.Decide("What does the person on call run to take it back?", "a down part or a written answer", "write the reverse statements.")
		f.Fix = redact.Plain("Write the reverse statements into the down part.")
		found(f)
	},
}

// hasDowns reports whether the files are of those that have down parts: with Flyway and
// sqlx they are a choice, which another file shows.
func hasDowns(c *rule.Case, file *migration.File) bool {
	if file.HasDown || file.Tool.Name != "flyway" && file.Tool.Name != "sqlx" && file.Tool.Name != "liquibase" {
		return true
	}
	return slices.ContainsFunc(c.Migration.Files, func(other *migration.File) bool { return other.Tool == file.Tool && other.HasDown })
}
