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

// steadyFill is how full the leaves of an index stay that grows at random
// places, against a fresh one's nine tenths.
const steadyFill = 0.69 / 0.9

var indexBloat = rule.Rule{
	ID:     "index-bloat",
	Title:  "An index takes more than twice the room of its entries",
	Sees:   "A B-tree that is more than twice as large as its entries take in steady use, by the size model, with 100 MB or more to spare; or three times as large, with 10 MB.",
	Why:    "Lookups and scans read more pages for the same entries, and less of them stay in the cache. VACUUM frees only pages that are quite empty.",
	Silent: "Other methods than B-tree; statistics that do not tell the entries' size; less room than that; many dead rows still there (dead-tuples).",
	Fix:    "REINDEX INDEX CONCURRENTLY. Where it comes again: vacuum held up, or a queue's pattern of inserts and deletes.",
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
			e.Number("size when just built", fresh, "bytes", "model")
			f := rule.OnIndex(ix)
			f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
			f.Title = redact.Sprintf("%s takes %s, and just built it would take %s", ix.QName(), figures.Bytes(size), figures.Bytes(model))
			f.Detail = redact.Plain("The size just built is a model's, good to some 12%. Judgment needed: whether the rows come back soon and fill the room again. pgstatindex (avg_leaf_density) settles how full it is; without it, leave it as it is.")
			f.Fix = redact.Sprintf("REINDEX INDEX CONCURRENTLY %s; it needs room for both, waits for every older transaction, and leaves an invalid index behind if it fails.", ix.QName())
			found(f)
		}
	},
}
