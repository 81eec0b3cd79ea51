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
	manyIndexes = rule.NewThreshold("indexes", 10, "indexes", "each insert writes ten entries for one row")
	manyEntries = rule.NewThreshold("entries", 1_000_000, "rows", "index entries written, by inserts and updates that are not HOT; fewer cost nothing that matters")
)

var overIndexedTable = rule.Rule{
	ID:     "over-indexed-table",
	Title:  "A table has very many indexes",
	Sees:   "A table with ten indexes or more that are all in use, and a million entries or more written into them.",
	Why:    "Each insert, and each update that is not HOT, writes into all of them; vacuum cleans all of them; planning looks at all of them.",
	Silent: "Indexes that other rules name already (unused, duplicate, redundant) are not counted; tables that are hardly written to.",
	Fix:    "Go through the least used ones: what reads by them, and whether another index does nearly as well.",
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
			if rule.Usable(ix) && !unused && !hasTwin(ix) && widerThan(c, ix) == nil {
				kept = append(kept, ix)
			}
		}
		rewritten := opt.Both(t.Updated, t.HotUpdated, func(all, hot float64) float64 { return max(all-hot, 0) })
		rows, ok := opt.Both(t.Inserted, rewritten, func(a, b float64) float64 { return a + b }).Get()
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
		e.Number("their size", opt.Of(size), "bytes", "pg_class")
		e.Number("table size", t.Bytes(), "bytes", "pg_class")
		e.Number("rows inserted, and updated without HOT", opt.Of(rows), "rows", "pg_stat_user_tables")
		if walKnown {
			e.Number("WAL of the indexes for an inserted row", opt.Of(wal), "bytes", "model")
		}
		f := rule.OnTable(t)
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		f.Title = redact.Sprintf("%s has %d indexes, and each new row writes into all of them", t.QName(), len(kept))
		f.Detail = redact.Sprintf("%s rows wrote %s entries. Least used of those that back no constraint: %s. Judgment needed: whether what reads by these could do with another index. "+
			"pg_stat_user_indexes of every replica and the plans of those readers settle it; without them, keep them.", figures.Count(rows), figures.Count(entries), leastUsed(c, kept))
		f.Fix = redact.Plain("Go through the least used ones, and merge those that begin alike. Think twice before adding one more.")
		found(f)
	},
}

// leastUsed names the indexes that were scanned least, of those that may go.
func leastUsed(c *rule.Case, list []*workload.Index) string {
	var mayGo []*workload.Index
	for _, ix := range list {
		if c.Protected(ix) == "" && !c.SupportsForeignKey(ix) && ix.SinceReset().Scans.Known() {
			mayGo = append(mayGo, ix)
		}
	}
	slices.SortStableFunc(mayGo, func(a, b *workload.Index) int {
		return cmp.Compare(a.SinceReset().Scans.Or(0), b.SinceReset().Scans.Or(0))
	})
	var out []string
	for _, ix := range mayGo[:min(len(mayGo), 3)] {
		out = append(out, fmt.Sprintf("%s (scanned %s, %s)", ix.Name, rule.Often(ix.SinceReset().Scans.Or(0)), figures.Bytes(rule.SizeOf(ix).Or(0))))
	}
	if len(out) == 0 {
		return "not known (pg_stat_user_indexes)"
	}
	return strings.Join(out, ", ")
}
