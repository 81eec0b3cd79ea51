package migrations

import (
	"github.com/pgverdict/pgverdict/internal/catalog"
	"github.com/pgverdict/pgverdict/internal/ddl"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/migration"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
)

var dropIndexNotConcurrent = rule.Rule{
	ID:    "drop-index-not-concurrent",
	Title: "DROP INDEX without CONCURRENTLY",
	Sees:  "DROP INDEX without CONCURRENTLY on a table that was there before the migration.",
	Why:   "It takes ACCESS EXCLUSIVE on the table. The drop itself is instant, but while it waits for a running query all later reads and writes wait behind it.",
	Silent: "The index or its table is new in this migration. IF EXISTS of an index that is not known and that the migration then creates on a new table. The index belongs to a partitioned table, where CONCURRENTLY is not possible. Another statement of a transaction that takes no time locks the table as strongly. On a table known to be tiny, the " +
		"finding is minor.",
	Fix:     "Drop the index with CONCURRENTLY, outside of a transaction.",
	Sources: []string{docDropIndex, docLocks},
	Rank:    rule.RankChange,
	Blocks:  true,
	Change: func(c *rule.Case, s *migration.Statement, found func(rule.Found)) {
		for _, a := range onExisting(c, s, ddl.DropIndex) {
			if a.Concurrent || a.Index != nil && !existing(c, s, a.Index) && !isBack(s) || a.Table != nil && a.Table.Kind == catalog.Partitioned || a.Exists && (a.Index == nil || a.Index.Assumed) && madeAnew(c, s, a) || lockedAnyway(s, a.Table, ddl.AccessExclusive) {
				continue
			}
			f := c.Sized(s, a.Table, finding.Medium)
			f.Asks = nil // the drop takes no longer on a large table
			f.Where.Index = a.Name
			on := ""
			if a.Table != nil {
				on = " of " + named(c, s, a.Table)
			}
			f.Title = redact.Sprintf("DROP INDEX %s blocks reads and writes%s while it waits and until its transaction ends", a.Name, on)
			f.Detail = redact.Plain("It takes ACCESS EXCLUSIVE on the table. While it waits for a running query, all later queries on the table wait behind it.")
			f.Fix = redact.Plain(sentence("Run DROP INDEX CONCURRENTLY instead.", concurrentWayOut(s)))
			found(f)
		}
	},
}

// madeAnew reports whether the file creates an index of the name on a table of its own
// afterwards: there was none that its DROP ... IF EXISTS could lock.
func madeAnew(c *rule.Case, s *migration.Statement, drop *ddl.Action) bool {
	for _, later := range statementsOf(s.File) {
		for _, a := range done(later, ddl.CreateIndex) {
			if later.Number > s.Number && quoted(a.Name) == drop.Name && !existing(c, later, a.Table) {
				return true
			}
		}
	}
	return false
}
