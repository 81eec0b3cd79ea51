package workload

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
	outsideTimes = rule.NewThreshold("times", 8, "times", "the size of the rows' own pages")
	outsideBytes = rule.NewThreshold("bytes", 500<<20, "bytes", "less is not worth looking at")
)

var mostlyOutsideTable = rule.Rule{
	ID:     "mostly-outside-table",
	Title:  "Indexes and TOAST far outweigh the table",
	Sees:   "A table whose indexes and TOAST data take eight times as much as its rows or more, 500 MB or more, in sizes that do not tell the two apart.",
	Why:    "Large values are stored in TOAST, which is no problem. Otherwise indexes have grown: a queue or a table with many deletes leaves them nearly empty and large, and each index is written with every row.",
	Silent: "The sizes of the indexes are in the input.",
	Fix:    "Find out which of the two it is. Rebuild bloated indexes with REINDEX INDEX CONCURRENTLY. Look at the autovacuum of a TOAST table that has many dead rows.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-DBSIZE", "https://www.postgresql.org/docs/current/storage-toast.html",
	},
	Thresholds: []*rule.Threshold{outsideTimes, outsideBytes},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewClass, workload.ViewTables},
	Case: func(c *rule.Case, found func(rule.Found)) {
		var list []*workload.Table
		for _, t := range c.Snapshot.Tables {
			if outside, own, ok := outsideOf(t); ok && outside >= outsideBytes.In(c) && outside >= outsideTimes.In(c)*own {
				list = append(list, t)
			}
		}
		if len(list) == 0 {
			return
		}
		slices.SortStableFunc(list, func(a, b *workload.Table) int { return cmp.Compare(b.TotalBytes.Or(0), a.TotalBytes.Or(0)) })
		t := list[0]
		outside, own, _ := outsideOf(t)
		var e rule.Evidence
		e.Number("size of the table's own pages", opt.Of(own), "bytes", "pg_relation_size")
		e.Number("size with indexes and TOAST", t.TotalBytes, "bytes", "pg_total_relation_size")
		f := rule.OnTable(t)
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		f.Title = redact.Sprintf("%s has %s of indexes and TOAST beside %s of rows", t.QName(), figures.Bytes(outside), figures.Bytes(own))
		f.Detail = redact.Plain("The sizes do not tell the two apart. Large values (documents, JSON) are in TOAST, and then this is as it should be. In a queue or a table with many deletes it is mostly indexes that have grown, or dead TOAST data.")
		if len(list) > 1 {
			var others []string
			for _, o := range list[1:] {
				outside, own, _ := outsideOf(o)
				others = append(others, fmt.Sprintf("%s (%s beside %s)", o.QName(), figures.Bytes(outside), figures.Bytes(own)))
			}
			f.More = redact.Sprintf("Others: %s.", strings.Join(rule.FirstFew(others), ", "))
		}
		f.Decide("Is it more than its large values?", "SELECT pg_size_pretty(pg_indexes_size(oid)), pg_size_pretty(pg_total_relation_size(reltoastrelid)) FROM pg_class WHERE oid = '"+t.QName()+"'::regclass, then pgstatindex and pgstattuple", "leave it as it is")
		f.Fix = redact.Plain("If the indexes take most of the space, rebuild them with REINDEX INDEX CONCURRENTLY, one after the other, and drop those that nobody uses. If it is TOAST, look at n_dead_tup and last_autovacuum of the TOAST table (pg_stat_all_tables).")
		found(f)
	},
}

// outsideOf returns the size of a table's indexes and TOAST data, and of its own pages, if no
// index has a size of its own.
func outsideOf(t *workload.Table) (outside, own float64, ok bool) {
	own, all, ok := opt.Two(t.SizeBytes, t.TotalBytes)
	sized := slices.ContainsFunc(t.Indexes, func(ix *workload.Index) bool { return rule.SizeOf(ix).Known() })
	return all - own, own, ok && own > 0 && !sized
}
