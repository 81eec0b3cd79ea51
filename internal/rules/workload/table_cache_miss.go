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
	missRead  = rule.NewThreshold("blocks_read", 100_000, "blocks", "800 MB from outside of the cache")
	missHit   = rule.NewThreshold("hit_share", 0.9, "share", "of the table's blocks found in the cache: the rest are a tenth, each some hundred times as dear")
	missOfAll = rule.NewThreshold("share_of_all", 0.5, "share", "of the blocks that all tables read from outside of the cache")
)

var tableCacheMiss = rule.Rule{
	ID:     "table-cache-miss",
	Title:  "One table is read past the cache",
	Sees:   "A table of whose blocks more than a tenth come from outside of the cache, 100,000 or more, and as many as of all others together.",
	Why:    "It accounts for most of what the server reads, and pushes out of the cache what the others need.",
	Silent: "The reads are spread over the tables; a statement that reads most of them at every call (read-heavy-statement), or an index that another rule proposes for it.",
	Fix:    "See what reads it: the statements by blocks read. An index, fewer rows kept, or more memory.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STATIO-ALL-TABLES-VIEW",
	},
	Thresholds: []*rule.Threshold{missRead, missHit, missOfAll},
	Rank:       rule.RankWorkload - 3,
	Needs:      []workload.View{workload.ViewIOTables},
	Case: func(c *rule.Case, found func(rule.Found)) {
		if c.Snapshot == nil {
			return
		}
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
		e.Number("share found in the cache", opt.Of(hit/(read+hit)), "share", "pg_statio_user_tables")
		e.Number("share of what all tables read", opt.Of(read/all), "share", "pg_statio_user_tables")
		e.Number("table size", top.Bytes(), "bytes", "pg_class")
		e.Number("shared_buffers", c.Snapshot.SettingBytes("shared_buffers"), "bytes", "pg_settings")
		f := rule.OnTable(top)
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		f.Title = redact.Sprintf("%s of what is read from outside of the cache is %s", figures.Share(read/all), top.QName())
		f.Detail = redact.Sprintf("%s of its blocks were found in the cache, %s were read. Judgment needed: whether these are a report's or a backup's reads, which nobody waits for. "+
			"The statements on it by blocks read settle it (pg_stat_statements); without them, leave it.", figures.Share(hit/(read+hit)), figures.Bytes(read*workload.BlockSize))
		if s := readsMost(c, top); s != nil {
			f.Statement, f.Query, f.Named = s, c.Statements[s], []*workload.Table{top}
			f.Evidence = append(f.Evidence, finding.Evidence{Name: "the statement that reads most of those on it", Value: s.Query, Source: "pg_stat_statements"})
		}
		f.Fix = redact.Plain("EXPLAIN (ANALYZE, BUFFERS) of the statements that read most of it; an index so that they need fewer blocks comes before more memory.")
		found(f)
	},
}

// readsMost is the statement on a table that reads most from outside of the
// cache.
func readsMost(c *rule.Case, t *workload.Table) *workload.Statement {
	var top *workload.Statement
	for _, s := range c.On(t) {
		if s.TopLevel && s.SharedRead.Or(0) > 0 && (top == nil || s.SharedRead.Or(0) > top.SharedRead.Or(0)) {
			top = s
		}
	}
	return top
}
