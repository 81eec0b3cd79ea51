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
	directWrites = rule.NewThreshold("writes", 10_000, "rows", "fewer writes cost too little to matter")
	directTimes  = rule.NewThreshold("times", 2, "times", "WAL per row without the pending list, divided by WAL per row with it")
)

var ginFastupdateOff = rule.Rule{
	ID:     "gin-fastupdate-off",
	Title:  "GIN index with fastupdate off",
	Sees:   "A GIN index with fastupdate = off on a table with 10,000 or more rows inserted or updated, if the pending list would at least halve its WAL.",
	Why:    "With the pending list, the keys of a row are logged once and moved into the index in batches. Without it, the row list of each key is logged again for every row: 5 to 14 times the WAL.",
	Silent: "Tables with few writes. Indexes whose key frequencies are not in the statistics.",
	Fix:    "Run ALTER INDEX ... SET (fastupdate = on), if lookups may also read the pending list.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/gin.html#GIN-FAST-UPDATE",
	},
	Thresholds: []*rule.Threshold{directWrites, directTimes},
	Rank:       rule.RankUnused - 2,
	Needs:      []workload.View{workload.ViewClass, workload.ViewIndex, workload.ViewTables, workload.ViewStats},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		rows := opt.Sum(t.Inserted, t.Updated)
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
			e.Number("WAL per INSERT", now, "bytes", "model")
			e.Number("WAL per INSERT with the pending list", listed, "bytes", "model")
			f := rule.OnIndex(ix)
			f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
			f.Title = redact.Sprintf("%s writes %s of WAL per row, and would write %s with fastupdate on", ix.QName(), figures.Bytes(direct), figures.Bytes(list))
			f.Detail = redact.Plain("fastupdate is off, so every key of a new row is written to the index at once.")
			f.More = redact.Plain("With fastupdate on, some lookups are slower until VACUUM or a full list moves the pending entries into the index.")
			f.Decide("May lookups also read the pending list?", "the reason why fastupdate was switched off", "leave fastupdate off")
			f.Fix = redact.Sprintf("If so, run ALTER INDEX %s SET (fastupdate = on).", ix.QName())
			found(f)
		}
	},
}
