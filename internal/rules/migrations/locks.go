package migrations

import (
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/rule"
)

// strongLock returns the strongest lock of a statement that blocks writes to what was
// there before, on a table if there is one; nil if there is none. The last, short phase of a concurrent form does
// not count.
func strongLock(c *rule.Case, s *migration.Statement) *ddl.Lock {
	if len(concurrent(s)) > 0 || s.Effect.Refused != "" {
		return nil
	}
	var strongest *ddl.Lock
	for i := range s.Effect.Locks {
		l := &s.Effect.Locks[i]
		switch {
		case l.New || !l.Mode.BlocksWrites() || l.Relation.Since > 0 && c.Migration.Pending:
		case strongest == nil || l.Mode > strongest.Mode || l.Mode == strongest.Mode && strongest.Relation.Kind == catalog.IndexKind && l.Relation.Kind != catalog.IndexKind:
			strongest = l
		}
	}
	return strongest
}

// tables are the relations of a statement that it locks against writes and that were
// there before: tables, and of a partitioned one the whole.
func tables(c *rule.Case, s *migration.Statement) []*catalog.Relation {
	var list []*catalog.Relation
	if strongLock(c, s) == nil {
		return nil
	}
	for _, l := range s.Effect.Locks {
		if l.Mode.BlocksWrites() && !l.New && !(l.Relation.Since > 0 && c.Migration.Pending) && (l.Relation.IsTable() || l.Relation.Kind == catalog.MatView) && !l.Relation.IsPartition() {
			list = append(list, l.Relation)
		}
	}
	return list
}

// isLong reports whether a statement takes the longer the more rows there are: it
// reads, rewrites or builds what was there before.
func isLong(s *migration.Statement) bool {
	return s.Effect.Refused == "" && (len(s.Effect.Reads) > 0 || len(s.Effect.Rewrites) > 0 || len(s.Effect.Rebuilds) > 0)
}

// blockedWords says what a lock mode blocks.
func blockedWords(m ddl.Mode) string {
	if m.BlocksReads() {
		return "reads and writes"
	}
	return "writes"
}

// what names a statement by its first words: "CREATE INDEX", "ALTER TABLE".
func what(s *migration.Statement) string {
	words := strings.Fields(strings.Replace(strings.ToUpper(s.Text), "CREATE OR REPLACE", "CREATE", 1))
	switch {
	case len(words) == 0:
		return "The statement"
	case words[0] == "CREATE" && len(words) > 2 && words[1] == "UNIQUE":
		return "CREATE UNIQUE INDEX"
	case len(words) > 2 && words[1] == "MATERIALIZED":
		return words[0] + " MATERIALIZED VIEW"
	case len(words) > 1 && slices.Contains([]string{"CREATE", "ALTER", "DROP", "REFRESH", "LOCK"}, words[0]):
		return words[0] + " " + words[1]
	}
	return strings.Trim(words[0], "(;")
}

// largestOf returns the largest of the relations that a statement reads or rewrites;
// of those that it names, if their sizes are not known.
func largestOf(c *rule.Case, s *migration.Statement) *catalog.Relation {
	var most *catalog.Relation
	for _, r := range slices.Concat(s.Effect.Rewrites, s.Effect.Reads) {
		if most == nil || c.ExtentOf(r).Rows.Or(0) > c.ExtentOf(most).Rows.Or(0) {
			most = r
		}
	}
	return most
}
