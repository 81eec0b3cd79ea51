package workload

import (
	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

// steadyFill is how full the leaf pages of an index stay with inserts at random
// places, relative to the 90% of a new index.
const steadyFill = 0.69 / 0.9

var indexBloat = rule.Rule{
	ID:     "index-bloat",
	Title:  "Index bloat",
	Sees:   "A B-tree that is more than twice as large as its entries need in steady use, by the size model, with 100 MB or more of free space. Or three times as large, with 10 MB.",
	Why:    "Lookups and scans read more pages for the same entries, and fewer of them stay in the cache. VACUUM frees only pages that are completely empty.",
	Silent: "Other index types than B-tree. Statistics without the size of the entries. Less free space than that. Many dead rows that vacuum has not removed yet (dead-tuples).",
	Fix:    "Run REINDEX INDEX CONCURRENTLY. If the bloat returns, check for delayed vacuum, or for a queue's pattern of inserts and deletes.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-reindex.html",
	},
	Thresholds: []*rule.Threshold{bloatShare, bloatBytes, bloatMostly, bloatSmall},
	Rank:       rule.RankUnused - 1,
	Needs:      []workload.View{workload.ViewIndex, workload.ViewStats},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		if t.Dead.Or(0) > 0.2*t.RowCount().Or(0) {
			return
		}
		for _, ix := range t.Indexes {
			if !rule.Usable(ix) || ix.Def.Method != "btree" {
				continue
			}
			fresh := c.Advisor.SizeBytes(indexadvisor.Index{Schema: t.Schema, Table: t.Name, IndexDef: ix.Def})
			size, model, ok := opt.Two(rule.SizeOf(ix), fresh)
			steady := model / steadyFill
			if !ok || !bloated(c, steady, size) {
				continue
			}
			e := c.OfIndex(ix)
			e.Number("size after a rebuild", fresh, "bytes", "model")
			f := rule.OnIndex(ix)
			f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
			f.Title = redact.Sprintf("Index bloat: %s takes %s; rebuilt it would take about %s", ix.QName(), figures.Bytes(size), figures.Bytes(model))
			f.Detail = redact.Plain("The rebuilt size is a model estimate, accurate to about 12%.")
			f.Decide("Should the index be rebuilt, or will new rows fill the free space soon?", "pgstatindex (avg_leaf_density), which shows how full the index is", "leave the index as it is")
			f.Fix = redact.Sprintf("Run REINDEX INDEX CONCURRENTLY %s. The command needs disk space for both copies, waits for every older transaction, and leaves an invalid index if it fails.", ix.QName())
			found(f)
		}
	},
}
