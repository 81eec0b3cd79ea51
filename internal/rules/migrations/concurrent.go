package migrations

import (
	"slices"

	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// concurrentWayOut says how a statement gets out of its transaction, for the
// concurrent form; empty if it is in none.
func concurrentWayOut(s *migration.Statement) string {
	if !inBlock(s) {
		return ""
	}
	return "CONCURRENTLY cannot run in a transaction. " + wayOut(s)
}

// concurrent are the actions of a statement that have CONCURRENTLY.
func concurrent(s *migration.Statement) []*ddl.Action {
	return slices.DeleteFunc(tried(s, ddl.CreateIndex, ddl.DropIndex, ddl.Reindex, ddl.Detach), func(a *ddl.Action) bool { return !a.Concurrent })
}

// concurrentWords names a concurrent action: "CREATE INDEX CONCURRENTLY".
func concurrentWords(a *ddl.Action) string {
	switch a.Verb {
	case ddl.CreateIndex:
		return "CREATE INDEX CONCURRENTLY"
	case ddl.DropIndex:
		return "DROP INDEX CONCURRENTLY"
	case ddl.Reindex:
		return "REINDEX CONCURRENTLY"
	}
	return "DETACH PARTITION CONCURRENTLY"
}

// droppedBefore reports whether an index is dropped by its name earlier in the run.
func droppedBefore(c *rule.Case, s *migration.Statement, name string) bool {
	at, dropped := histories.Of(c).dropped[name]
	return dropped && at < histories.Of(c).at[s]
}
