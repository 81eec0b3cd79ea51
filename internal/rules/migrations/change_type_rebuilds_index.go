package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var changeTypeRebuildsIndex = rule.Rule{
	ID:      "change-type-rebuilds-index",
	Title:   "Type change that builds indexes again",
	Sees:    "ALTER COLUMN TYPE that rewrites no row, on a column that an index expression or predicate mentions, or with another collation.",
	Why:     "These indexes are dropped and built again under ACCESS EXCLUSIVE: reads and writes wait for the builds.",
	Silent:  "Plain column indexes of a free type change keep their files. The table is new. On a table known to be tiny, the finding is minor.",
	Fix:     "Drop the expression index concurrently, change the type, and create the index again concurrently, in a quiet hour.",
	Sources: []string{docAlter + "#SQL-ALTERTABLE-NOTES"},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.AlterType) {
			if len(s.Effect.Rewrites) > 0 || len(s.Effect.Rebuilds) == 0 || a.Nothing {
				continue
			}
			var names []string
			for _, ix := range s.Effect.Rebuilds {
				if a.Table == nil || ix.On == a.Table.OID {
					names = append(names, ix.Name.Short())
				}
			}
			if len(names) == 0 {
				continue
			}
			f := c.Blocking(s, a.Table, finding.High)
			f.Title = redact.Sprintf("The type change of %s builds %s again under ACCESS EXCLUSIVE on %s", actionColumn(a), rule.Words(rule.FirstFew(names)), named(c, s, a.Table))
			f.Detail = redact.Plain("No row is rewritten, but the index depends on the column's type by an expression, a predicate or the collation. Reads and writes wait for the build.")
			f.Fix = redact.Plain("Drop the index concurrently, change the type, and create the index concurrently again. Queries do without it until then.")
			found(f)
		}
	},
}
