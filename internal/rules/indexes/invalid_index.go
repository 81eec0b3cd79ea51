package indexes

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var invalidIndex = rule.Rule{
	ID:    "invalid-index",
	Title: "Invalid index",
	Sees:  "An index that is marked invalid: its build failed or is still running.",
	Why: "Queries cannot use an invalid index, but every write maintains it once it is ready. An invalid unique index does not guarantee uniqueness, unless a valid index with " +
		"the same definition exists.",
	Silent: "The index of a partitioned table, which waits for its partitions.",
	Fix:    "Check that no build is running. Then run DROP INDEX CONCURRENTLY and build the index again.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
	},
	Rank:  rule.RankInvalid,
	Needs: []workload.View{workload.ViewIndex},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		for _, ix := range t.Indexes {
			if ix.Valid.Or(true) || t.Kind == "p" {
				continue
			}
			e := c.OfIndex(ix)
			f := rule.OnIndex(ix)
			f.Tag, f.Severity, f.Evidence = finding.Confirmed, finding.Medium, e
			f.Title = redact.Sprintf("%s is invalid: no query can use it", ix.QName())
			f.Detail = redact.Plain("Its build failed or is still running.")
			f.More = redact.Plain("pg_stat_progress_create_index shows a running build.")
			if hasTwin(c, ix) {
				f.More = redact.Append(f.More, "A valid index with the same definition serves the queries: a failed REINDEX CONCURRENTLY leaves such a second index behind.")
			}
			switch {
			case ix.Unique.Or(ix.Def.Unique) && !hasTwin(c, ix):
				f.Tag, f.Severity = finding.Critical, finding.High
				f.Blast = redact.Sprintf("the rows of %s: duplicates may exist", t.QName())
				f.Detail = redact.Append(f.Detail, "The index is unique, but %s may already contain duplicates.", t.QName())
				if !ix.Ready.Or(true) {
					f.More = redact.Append(f.More, "New duplicates are not rejected either.")
				}
			case ix.Ready.Or(true) && rule.SizeOf(ix).Or(1) > 0:
				f.Detail = redact.Append(f.Detail, "Every write still maintains the index.")
			default:
				f.Severity = finding.Low
				f.Detail = redact.Append(f.Detail, "Writes do not maintain the index; it only occupies its name.")
			}
			e.Number("ready", opt.Figure(ix.Ready, func(b bool) float64 {
				if b {
					return 1
				}
				return 0
			}), "", "pg_index")
			f.Evidence = e
			f.Fix = redact.Plain("Drop the index and build it again, if no build is running.")
			if hasTwin(c, ix) {
				f.Fix = redact.Plain("Drop the index, if no build is running.")
			}
			f.Remedies = []rule.Remedy{{Drop: ix}}
			if ix.Definition == "" {
				f.Fix = redact.Plain("Check the definition with pg_get_indexdef first: it is not in the input. If no build is running, drop the index and build it again.")
				f.Remedies = nil
			}
			if beingBuilt(c, t) {
				// A running build is no defect, and a drop would undo it.
				f.Tag, f.Severity, f.Remedies = finding.Concern, finding.Nit, nil
				f.More, f.Blast = redact.Text{}, redact.Text{}
				f.Detail = redact.Sprintf("A session holds a ShareUpdateExclusiveLock on %s, as CREATE INDEX CONCURRENTLY does.", t.QName())
				f.Decide("Is this index still being built?", "pg_stat_progress_create_index", "check again when the lock is released")
			}
			found(f)
		}
	},
}

// beingBuilt reports whether a session holds the lock of CREATE INDEX
// CONCURRENTLY on the table (VACUUM and ANALYZE take it as well).
func beingBuilt(c *rule.Case, t *workload.Table) bool {
	for _, l := range c.Snapshot.Locks {
		if l.Granted && l.Mode == "ShareUpdateExclusiveLock" && l.Relation == t.Name {
			return true
		}
	}
	return false
}
