package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	missRead  = rule.NewThreshold("blocks_read", 100_000, "blocks", "800 MB that were not in shared_buffers")
	missHit   = rule.NewThreshold("hit_share", 0.9, "share", "of the table's blocks in shared_buffers, at most: a read is some hundred times as expensive")
	missOfAll = rule.NewThreshold("share_of_all", 0.5, "share", "of all block reads of all tables")
)

var tableCacheMiss = rule.Rule{
	ID:     "table-cache-miss",
	Title:  "One table causes most block reads",
	Sees:   "A table with more than 10% of its blocks not in shared_buffers, 100,000 reads or more, and as many as all other tables together.",
	Why:    "The table accounts for most of what the server reads, and evicts from shared_buffers what others need.",
	Silent: "Reads that are spread over the tables. A statement that causes most of the reads on every call (read-heavy-statement), or an index that another rule proposes for it.",
	Fix:    "Find the statements with most blocks read on the table. Create an index, keep fewer rows, or add memory.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STATIO-ALL-TABLES-VIEW",
	},
	Thresholds: []*rule.Threshold{missRead, missHit, missOfAll},
	Rank:       rule.RankWorkload - 3,
	Needs:      []workload.View{workload.ViewIOTables},
	Case: func(c *rule.Case, found func(rule.Found)) {
		all := 0.0
		var top *workload.Table
		for _, t := range c.Snapshot.Tables {
			all += t.HeapRead.Or(0)
			if top == nil || t.HeapRead.Or(0) > top.HeapRead.Or(0) {
				top = t
			}
		}
		if top == nil {
			return
		}
		read, hit, ok := opt.Two(top.HeapRead, top.HeapHit)
		if !ok || read < missRead.In(c) || hit >= missHit.In(c)*(read+hit) || read < missOfAll.In(c)*all {
			return
		}
		var e rule.Evidence
		e.Number("heap_blks_read", top.HeapRead, "blocks", "pg_statio_user_tables")
		e.Number("heap_blks_hit", top.HeapHit, "blocks", "pg_statio_user_tables")
		e.Number("share in shared_buffers", opt.Of(hit/(read+hit)), "share", "pg_statio_user_tables")
		e.Number("share of all block reads", opt.Of(read/all), "share", "pg_statio_user_tables")
		e.Number("table size", top.Bytes(), "bytes", "pg_class")
		e.Number("shared_buffers", c.Snapshot.SettingBytes("shared_buffers"), "bytes", "pg_settings")
		f := rule.OnTable(top)
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		f.Title = redact.Sprintf("Block reads: %s are of %s (not in shared_buffers)", figures.Share(read/all), top.QName())
		f.Detail = redact.Sprintf("%s of the table's blocks were in shared_buffers, %s were read.", figures.Share(hit/(read+hit)), figures.Bytes(read*workload.BlockSize))
		f.Decide("Does anyone wait for these reads, or are they from a report or a backup?", "the statements on the table by blocks read (pg_stat_statements)", "leave the table as it is")
		if s := topOn(c, top, func(s *workload.Statement) float64 { return s.SharedRead.Or(0) }); s != nil {
			f.Statement, f.Query, f.Named = s, c.Statements[s], []*workload.Table{top}
			f.Evidence = append(f.Evidence, finding.Evidence{Name: "statement with most blocks read on the table", Value: s.Query, Source: "pg_stat_statements"})
		}
		f.Fix = redact.Plain("Run EXPLAIN (ANALYZE, BUFFERS) of the statements with most blocks read on the table. Prefer an index that needs fewer blocks to more memory.")
		found(f)
	},
}
