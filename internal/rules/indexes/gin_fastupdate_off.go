package indexes

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	directWrites = rule.NewThreshold("writes", 10_000, "rows", "fewer cost nothing that matters")
	directTimes  = rule.NewThreshold("times", 2, "times", "the WAL of a row, over that with the pending list")
)

var ginFastupdateOff = rule.Rule{
	ID:     "gin-fastupdate-off",
	Title:  "A GIN index takes every row at once",
	Sees:   "A GIN index with fastupdate off on a table of which 10,000 rows or more were inserted or updated, where the pending list would halve its log at least.",
	Why:    "With the pending list a row's keys are logged once, and moved into the index by the batch. Without it each key's list of rows is logged again for each row: 5 to 14 times the WAL.",
	Silent: "Tables that are hardly written; indexes of which the keys' frequencies are not in the statistics.",
	Fix:    "ALTER INDEX ... SET (fastupdate = on), where a lookup may wait for the pending list to be read as well.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/gin.html#GIN-FAST-UPDATE",
	},
	Thresholds: []*rule.Threshold{directWrites, directTimes},
	Rank:       rule.RankUnused - 2,
	Needs:      []workload.View{workload.ViewClass, workload.ViewIndex, workload.ViewTables, workload.ViewStats},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		rows := opt.Both(t.Inserted, t.Updated, func(a, b float64) float64 { return a + b })
		if rows.Or(0) < directWrites.In(c) {
			return
		}
		for _, ix := range t.Indexes {
			on, off := c.Advisor.WithPendingList(ix)
			if !off {
				continue
			}
			now, listed := c.Advisor.IndexCost(ix).WALBytesPerInsert, on.WALBytesPerInsert
			direct, list, known := opt.Two(now, listed)
			if !known || direct < directTimes.In(c)*list {
				continue
			}
			e := c.OfIndex(ix)
			e.Number("rows inserted or updated", rows, "rows", "pg_stat_user_tables")
			e.Number("WAL an INSERT", now, "bytes", "model")
			e.Number("WAL an INSERT with the pending list", listed, "bytes", "model")
			f := rule.OnIndex(ix)
			f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
			f.Title = redact.Sprintf("%s writes %s into the log a row, and would write %s with fastupdate on", ix.QName(), figures.Bytes(direct), figures.Bytes(list))
			f.Detail = redact.Plain("Judgment needed: whether its lookups may read the pending list as well, which makes some of them slower until vacuum or a full list moves it. " +
				"Whoever switched it off knows; without that, leave it.")
			f.Fix = redact.Sprintf("If they may: ALTER INDEX %s SET (fastupdate = on);", ix.QName())
			found(f)
		}
	},
}
