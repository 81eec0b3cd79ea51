package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var cluster = rule.Rule{
	ID:      "cluster",
	Title:   "CLUSTER",
	Sees:    "CLUSTER in a migration.",
	Why:     "It rewrites the table in the order of an index under ACCESS EXCLUSIVE: reads and writes wait. The order is not kept by later writes.",
	Silent:  "ALTER TABLE ... CLUSTER ON, which only notes the index. The table is new. On a table known to be tiny, the finding is minor.",
	Fix:     "Use pg_repack with an order, or run it in a planned downtime.",
	Sources: []string{manual + "sql-cluster.html"},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range tried(s, ddl.Cluster) {
			if a.Table != nil && !existing(c, s, a.Table) {
				continue
			}
			f := c.Sized(s, a.Table, finding.Severe)
			f.Title = redact.Sprintf("CLUSTER rewrites %s while reads and writes wait", named(c, s, a.Table))
			f.Detail = redact.Plain("It holds ACCESS EXCLUSIVE for the whole rewrite.")
			f.Fix = redact.Plain("Use pg_repack with an order, or run it in a planned downtime.")
			if f.Severity > finding.Nit {
				f.Critical(s, finding.DoNotShip)
			}
			found(f)
		}
	},
}
