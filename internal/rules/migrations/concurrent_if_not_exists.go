package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var concurrentIfNotExists = rule.Rule{
	ID:      "concurrent-if-not-exists",
	Title:   "CREATE INDEX CONCURRENTLY IF NOT EXISTS",
	Sees:    "CREATE INDEX CONCURRENTLY with IF NOT EXISTS, and no DROP INDEX of that name before it.",
	Why:     "If an earlier attempt failed, an INVALID index has the name. The retry then does nothing and is recorded as done.",
	Silent:  "The file drops the index of that name first, or the table is new.",
	Fix:     "Run DROP INDEX CONCURRENTLY IF EXISTS first, then CREATE INDEX CONCURRENTLY without IF NOT EXISTS.",
	Sources: []string{docBuild},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range concurrent(s) {
			if a.Verb != ddl.CreateIndex || !a.Exists || s.Effect.Refused != "" || !existing(c, s, a.Table) || droppedBefore(c, s, a.Name) {
				continue
			}
			f := c.About(s, a.Table, finding.Confirmed, finding.Medium)
			f.Where.Index = quoted(a.Name)
			f.Title = redact.Sprintf("IF NOT EXISTS takes an INVALID index %s for done", quoted(a.Name))
			f.Detail = redact.Plain("A build that failed leaves an INVALID index of this name. The next run then skips the build, and the migration is recorded as applied.")
			f.Fix = redact.Sprintf("Run DROP INDEX CONCURRENTLY IF EXISTS %s; first, and leave IF NOT EXISTS out.", quoted(a.Name))
			found(f)
		}
	},
}
