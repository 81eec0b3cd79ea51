package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var renameView = rule.Rule{
	ID:      "rename-view",
	Title:   "RENAME of a view",
	Sees:    "ALTER VIEW or ALTER MATERIALIZED VIEW ... RENAME TO, or SET SCHEMA, of a view that was there before.",
	Why:     "Running code names the old view and fails at once; the new code fails until the rename.",
	Silent:  "The view is new in this migration.",
	Fix:     "Create a second view with the new name, and drop the old one in a later release.",
	Sources: []string{manual + "sql-alterview.html"},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		moves := slices.DeleteFunc(onExisting(c, s, ddl.SetSchema), func(a *ddl.Action) bool {
			return a.Table == nil || a.Table.Kind != catalog.View && a.Table.Kind != catalog.MatView
		})
		for _, a := range slices.Concat(renamed(c, s, "view", "materialized view"), moves) {
			f := renameFinding(c, s, a, "view "+rule.TableWords(a.Table))
			f.Fix = redact.Plain("Create a second view with the new name, and drop the old one in a later release.")
			found(f)
		}
	},
}
