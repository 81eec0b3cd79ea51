package migrations

import (
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var concurrentIndexMayBeInvalid = rule.Rule{
	ID:      "concurrent-index-may-be-invalid",
	Title:   "Concurrent index build without a check",
	Sees:    "CREATE INDEX CONCURRENTLY without a query of pg_index.indisvalid after it and without DROP INDEX IF EXISTS before it.",
	Why:     "A build that fails or is cancelled leaves an INVALID index. No query uses it, every write maintains it, and the next attempt fails because the name is taken.",
	Silent:  "The file checks indisvalid, or drops the index of the name first. IF NOT EXISTS has its own rule.",
	Fix:     "Check pg_index.indisvalid after the build. If it is false, drop the index and build it again.",
	Sources: []string{docBuild},
	Rank:    rule.RankChange,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range done(s, ddl.CreateIndex) {
			if !a.Concurrent || a.Exists || inBlock(s) || !existing(c, s, a.Table) || droppedBefore(c, s, a.Name) || checksValidity(c, s) {
				continue
			}
			f := c.About(s, a.Table, finding.Confirmed, finding.Low)
			f.Where.Index = quoted(a.Name)
			f.Title = redact.Sprintf("Nothing checks whether the index on %s is valid after the build", rule.TableWords(a.Table))
			f.Detail = redact.Plain("A build that fails leaves an INVALID index: no query uses it, and every write maintains it.")
			f.Fix = redact.Plain("Run SELECT indisvalid FROM pg_index WHERE indexrelid = '<index>'::regclass; afterwards. If it is false, run DROP INDEX CONCURRENTLY and build again.")
			if a.Name != "" {
				f.Fix = redact.Sprintf("Run SELECT indisvalid FROM pg_index WHERE indexrelid = '%s'::regclass; afterwards. If it is false, run DROP INDEX CONCURRENTLY %[1]s and build again.", quoted(a.Name))
			}
			found(f)
		}
	},
}

// checksValidity reports whether a later statement looks at indisvalid.
func checksValidity(c *rule.Case, s *migration.Statement) bool {
	return histories.Of(c).checked > histories.Of(c).at[s]
}
