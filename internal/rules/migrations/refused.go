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

// refused begins a finding about a statement that the server refuses.
func refused(c *rule.Case, s *migration.Statement) rule.Found {
	f := c.About(s, nil, finding.Confirmed, finding.High)
	for _, a := range tried(s) {
		if a.Table != nil {
			f.Where.Relation = a.Table.Name.String()
			break
		}
	}
	f.Title = redact.Sprintf("%s fails: %s", what(s), s.Effect.Refused)
	f.Detail = redact.Plain("The server refuses the statement, and the release stops here.")
	if c.Migration.Schema == migration.Played || c.Migration.Schema == migration.NoSchema && s.Effect.Missing != "" && !ownTable(s) {
		f.Tag, f.Severity = finding.Concern, finding.Low
		f.Detail = redact.Plain("The schema is that of the other migrations, which may not be complete.")
		f.Decide("Do the other migrations show the whole schema?", "pg_dump -s of the database", "compare with the database before the release.")
	}
	return f
}

// known reports whether anything tells what is there: a schema, or a migration that creates
// the table which a statement names.
func known(c *rule.Case, s *migration.Statement) bool {
	return c.Migration.Schema != migration.NoSchema || slices.ContainsFunc(tried(s), func(a *ddl.Action) bool { return a.Table != nil && a.Table.Since > 0 })
}

// ownTable reports whether the file of a statement creates the table which it names.
func ownTable(s *migration.Statement) bool {
	return s.File != nil && slices.ContainsFunc(tried(s), func(a *ddl.Action) bool {
		return a.Table != nil && a.Table.Since > 0 && a.Table.At.Input == s.File.Input
	})
}

// inDoBlock reports whether another DO block, which may do nothing, names what a statement misses.
func inDoBlock(c *rule.Case, s *migration.Statement) bool {
	name := s.Effect.Missing[strings.LastIndexByte(s.Effect.Missing, '.')+1:]
	for other := range all(c) {
		if other != s && other.Tree.Kind == "DoStmt" && strings.Contains(other.Text, name) {
			return true
		}
	}
	return false
}
