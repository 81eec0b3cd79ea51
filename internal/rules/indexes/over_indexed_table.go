package indexes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	manyIndexes = rule.NewThreshold("indexes", 10, "indexes", "each INSERT writes ten entries for one row")
	manyEntries = rule.NewThreshold("entries", 1_000_000, "rows", "index entries written by inserts and non-HOT updates; fewer cost too little to matter")
)

var overIndexedTable = rule.Rule{
	ID:     "over-indexed-table",
	Title:  "Table with many indexes",
	Sees:   "A table with ten or more indexes that are all in use, and a million or more index entries written.",
	Why:    "Each INSERT and each non-HOT UPDATE writes to every index. VACUUM cleans every index, and the planner considers every index.",
	Silent: "Indexes that other rules report (unused, duplicate, redundant) are not counted. Tables with few writes.",
	Fix:    "Review the least used indexes: which statements use them, and could another index serve these?",
	Sources: []string{
		"https://www.postgresql.org/docs/current/indexes-intro.html", "https://www.postgresql.org/docs/current/populate.html",
	},
	Thresholds: []*rule.Threshold{manyIndexes, manyEntries},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewIndex, workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		if float64(len(t.Indexes)) < manyIndexes.In(c) {
			return
		}
		var kept []*workload.Index
		for _, ix := range t.Indexes {
			unused := ix.SinceReset().Scans.Known() && ix.SinceReset().Scans.Or(0) == 0 && c.Protected(ix) == ""
			if rule.Usable(ix) && !unused && !hasTwin(c, ix) && widerThan(c, ix) == nil {
				kept = append(kept, ix)
			}
		}
		rewritten := opt.Both(t.Updated, t.HotUpdated, func(all, hot float64) float64 { return max(all-hot, 0) })
		rows, ok := opt.Sum(t.Inserted, rewritten).Get()
		entries := rows * float64(len(kept))
		if !ok || float64(len(kept)) < manyIndexes.In(c) || entries < manyEntries.In(c) {
			return
		}
		size, wal, walKnown := 0.0, 0.0, true
		for _, ix := range kept {
			size += rule.SizeOf(ix).Or(0)
			each, known := c.Advisor.IndexCost(ix).WALBytesPerInsert.Get()
			wal, walKnown = wal+each, walKnown && known
		}
		var e rule.Evidence
		e.Number("indexes", opt.Of(float64(len(kept))), "indexes", "pg_index")
		e.Number("size of the indexes", opt.Of(size), "bytes", "pg_class")
		e.Number("table size", t.Bytes(), "bytes", "pg_class")
		e.Number("rows inserted or updated without HOT", opt.Of(rows), "rows", "pg_stat_user_tables")
		if walKnown {
			e.Number("index WAL per inserted row", opt.Of(wal), "bytes", "model")
		}
		f := rule.OnTable(t)
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		f.Title = redact.Sprintf("%s has %d indexes, and each new row writes to all of them", t.QName(), len(kept))
		f.Detail = redact.Sprintf("%s new row versions caused %s index entries.", figures.Count(rows), figures.Count(entries))
		f.More = redact.Sprintf("Least used indexes without a constraint: %s.", leastUsed(c, kept))
		f.Decide("Could other indexes serve the statements that use the least used ones?", "pg_stat_user_indexes of every replica, and the plans of these statements", "keep the indexes")
		f.Fix = redact.Plain("Review the least used indexes, and merge those that begin with the same columns. Avoid adding another one.")
		found(f)
	},
}

// leastUsed names the least scanned indexes of those that may be dropped.
func leastUsed(c *rule.Case, list []*workload.Index) string {
	var droppable []*workload.Index
	for _, ix := range list {
		if c.Protected(ix) == "" && !c.SupportsForeignKey(ix) && ix.SinceReset().Scans.Known() {
			droppable = append(droppable, ix)
		}
	}
	slices.SortStableFunc(droppable, func(a, b *workload.Index) int {
		return cmp.Compare(a.SinceReset().Scans.Or(0), b.SinceReset().Scans.Or(0))
	})
	var out []string
	for _, ix := range droppable[:min(len(droppable), 3)] {
		out = append(out, fmt.Sprintf("%s (scanned %s, %s)", ix.Name, rule.Often(ix.SinceReset().Scans.Or(0)), figures.Bytes(rule.SizeOf(ix).Or(0))))
	}
	if len(out) == 0 {
		return "unknown (pg_stat_user_indexes)"
	}
	return strings.Join(out, ", ")
}
