package migrations

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// storageRewrites are the changes of a table's storage that rewrite it, of one kind.
func storageRewrites(c *rule.Case, s *migration.Statement, words ...string) []*ddl.Action {
	return slices.DeleteFunc(onExisting(c, s, ddl.SetStorage), func(a *ddl.Action) bool {
		name := strings.ToLower(a.Name)
		return !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) }) || !a.Rewrites && len(s.Effect.Rewrites) == 0
	})
}

// storageRewrite is the finding on such a change.
func storageRewrite(c *rule.Case, s *migration.Statement, a *ddl.Action, what, fix string) rule.Found {
	f := c.Blocking(s, a.Table, finding.High)
	f.Title = redact.Sprintf("%s rewrites %s under ACCESS EXCLUSIVE", what, named(c, s, a.Table))
	f.Detail = redact.Plain("The table and its indexes are copied while reads and writes wait.")
	f.Fix = redact.Plain(fix)
	return f
}
