package migrations

import (
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var vacuumFull = rule.Rule{
	ID:      "vacuum-full",
	Title:   "VACUUM FULL",
	Sees:    "VACUUM FULL in a migration.",
	Why:     "It rewrites the table and its indexes under ACCESS EXCLUSIVE: reads and writes wait. It needs as much free disk space as the table takes.",
	Silent:  "Plain VACUUM and VACUUM ANALYZE. On a table known to be tiny, the finding is minor.",
	Fix:     "Run plain VACUUM. If the file has to shrink, use pg_repack or pg_squeeze.",
	Sources: []string{manual + "sql-vacuum.html"},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range tried(s, ddl.Vacuum) {
			if len(s.Effect.Rewrites) == 0 && !strings.Contains(strings.ToLower(s.Text), "full") || a.Table != nil && !existing(c, s, a.Table) {
				continue
			}
			f := c.Sized(s, a.Table, finding.Severe)
			f.Title = redact.Sprintf("VACUUM FULL rewrites %s while reads and writes wait", named(c, s, a.Table))
			f.Detail = redact.Plain("It holds ACCESS EXCLUSIVE for the whole rewrite, and needs free disk space of the table's size.")
			f.Fix = redact.Plain("Run plain VACUUM. If the file has to shrink, use pg_repack or pg_squeeze.")
			if f.Severity > finding.Nit {
				f.Critical(s, finding.DoNotShip)
			}
			found(f)
		}
	},
}
