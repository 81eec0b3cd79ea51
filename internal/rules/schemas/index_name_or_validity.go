package schemas

import (
	"github.com/pgverdict/pgverdict/internal/design"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var indexNameOrValidity = rule.Rule{
	ID:      "index-name-or-validity",
	Title:   "Invalid index",
	Sees:    "An index that the exports mark as invalid or not ready. A dump leaves such an index out.",
	Why:     "No query can use the index. Once it is ready, every write maintains it nevertheless. If it is unique, duplicates may exist.",
	Silent:  "The index of a partitioned table, which waits for those of its partitions. A session holds the lock of a build.",
	Fix:     "Check that no build is running. Then drop the index with DROP INDEX CONCURRENTLY, and build it again if it is needed.",
	Sources: []string{manual + "sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY"},
	Rank:    rule.RankDesign,
	Relation: func(c *rule.Case, t *design.Table, found func(rule.Found)) {
		of := c.Stored(t)
		if of == nil || of.Kind == "p" || isBuilding(c, of) {
			return
		}
		for _, ix := range of.Indexes {
			if ix.Valid.Or(true) && ix.Ready.Or(true) {
				continue
			}
			f := c.InSchema(t, finding.Confirmed, finding.High)
			f.Where.Index, f.Evidence = ix.QName(), c.OfIndex(ix)
			if len(ix.Def.Keys) > 0 {
				f.Where.Column = ix.Def.Keys[0].Column
			}
			f.Title = redact.Sprintf("%s is invalid: no query can use it", lex.QuoteIdent(ix.Name))
			f.Detail = redact.Plain("Its build failed or is still running. A dump leaves the index out, so that a restored database does not have it.")
			if ix.Unique.Or(ix.Def.Unique) {
				f.Detail = redact.Append(f.Detail, "The index is unique, but duplicates may exist.")
			}
			f.Fix = redact.Sprintf("Check in pg_stat_progress_create_index that no build is running. Run DROP INDEX CONCURRENTLY %s; and create it again with CONCURRENTLY if it is needed.", ix.QName())
			found(f)
		}
	},
}

// isBuilding reports whether a session holds the lock of CREATE INDEX CONCURRENTLY.
func isBuilding(c *rule.Case, t *workload.Table) bool {
	for _, l := range c.Snapshot.Locks {
		if l.Granted && l.Mode == "ShareUpdateExclusiveLock" && l.Relation == t.Name {
			return true
		}
	}
	return false
}
