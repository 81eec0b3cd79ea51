package indexes

import (
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var invalidIndex = rule.Rule{
	ID:     "invalid-index",
	Title:  "An index that no query can use",
	Sees:   "An index that is marked invalid: its build failed, or is under way.",
	Why:    "Queries cannot use it. If it is ready, every write maintains it all the same; if it was to be unique, what it was built for is not enforced, unless a valid one with the same definition stands beside it.",
	Silent: "A partitioned table's index, which waits for its partitions.",
	Fix:    "If no build of it is running: DROP INDEX CONCURRENTLY, and build it again.",
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
			f.Detail = redact.Plain("Its build failed, or is still running (pg_stat_progress_create_index tells).")
			if hasTwin(ix) {
				f.Detail = redact.Sprintf("%s A valid index with the same definition does its work meanwhile: REINDEX CONCURRENTLY leaves such a one behind.", f.Detail)
			}
			switch {
			case ix.Unique.Or(ix.Def.Unique) && !hasTwin(ix):
				f.Tag, f.Severity = finding.Critical, finding.High
				f.Detail = redact.Sprintf("%s It was to be unique: duplicates may stand in %s already, and nothing keeps further ones out.", f.Detail, t.QName())
			case ix.Ready.Or(true) && rule.SizeOf(ix).Or(1) > 0:
				f.Detail = redact.Sprintf("%s Every write maintains it all the same.", f.Detail)
			default:
				f.Severity = finding.Low
				f.Detail = redact.Sprintf("%s It is not maintained either: it only takes up its name.", f.Detail)
			}
			e.Number("ready", opt.Map(ix.Ready, func(b bool) float64 {
				if b {
					return 1
				}
				return 0
			}), "", "pg_index")
			f.Evidence = e
			f.Fix = redact.Plain("If no build of it is running, drop it and build it again.")
			if hasTwin(ix) {
				f.Fix = redact.Plain("If no build of it is running, drop it.")
			}
			f.Remedies = []rule.Remedy{{Drop: ix}}
			if ix.Definition == "" {
				f.Fix = redact.Plain("Check its definition with pg_get_indexdef first: it is not in the input. If no build of it is running, drop it and build it again.")
				f.Remedies = nil
			}
			if beingBuilt(c, t) {
				// A build under way is no defect, and a drop would undo it.
				f.Tag, f.Severity, f.Remedies = finding.Concern, finding.Nit, nil
				f.Detail = redact.Sprintf("A lock is held on %s as a build takes it. Judgment needed: whether this index is what is being built. "+
					"pg_stat_progress_create_index tells; without it, look again when the lock is gone.", t.QName())
			}
			found(f)
		}
	},
}

// beingBuilt reports whether somebody holds the lock of CREATE INDEX
// CONCURRENTLY on the table (VACUUM and ANALYZE take it as well).
func beingBuilt(c *rule.Case, t *workload.Table) bool {
	for _, l := range c.Snapshot.Locks {
		if l.Granted && l.Mode == "ShareUpdateExclusiveLock" && l.Relation == t.Name {
			return true
		}
	}
	return false
}
