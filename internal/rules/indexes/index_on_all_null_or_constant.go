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
	constantRows  = rule.NewThreshold("rows", 10_000, "rows", "in a smaller table other values may be about to come")
	constantSize  = rule.NewThreshold("size", 1<<20, "bytes", "smaller ones are not worth the risk")
	constantRead  = rule.NewThreshold("read_share", 0.2, "share", "of the table's rows, which a scan read (each process of a parallel one counts): one that finds few has values to go by that no sample saw")
	constantFresh = rule.NewThreshold("changed_share", 0.1, "share", "of the rows since ANALYZE: beyond it the statistics are of another time")
)

var indexOnAllNullOrConstant = rule.Rule{
	ID:    "index-on-all-null-or-constant",
	Title: "An index on a column that is the same in every row",
	Sees:  "An index on one column that held a single value, or NULL alone, in all rows that ANALYZE looked at, and whose scans, if there were any, read the table.",
	Why:   "No lookup can tell rows apart by it, while each write maintains it.",
	Silent: "Scans that read few rows: a sample does not see a rare value, and finding that there is none is worth an index as well. Partial and unique indexes, those of several columns, on a foreign key, " +
		"of a table that is counted by it; small tables; statistics that are old.",
	Fix: "Drop it, with the definition kept at hand; or make it partial for the values that are expected.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/view-pg-stats.html",
	},
	Thresholds: []*rule.Threshold{constantRows, constantSize, constantRead, constantFresh},
	Rank:       rule.RankUnused - 1,
	Needs:      []workload.View{workload.ViewIndex, workload.ViewIndexes, workload.ViewStats, workload.ViewTables, workload.ViewStatements, workload.ViewConstraint},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		rows := t.RowCount().Or(0)
		if !c.KeysKnown() || !c.Snapshot.Has(workload.ViewStatements) || rows < constantRows.In(c) || t.ModSinceAnalyze.Or(0) > constantFresh.In(c)*rows || t.SeqScan.Or(0)+t.IdxScan.Or(0) == 0 || c.SettingIsOff("track_counts") {
			return
		}
		for _, ix := range t.Indexes {
			if !rule.Usable(ix) || len(ix.Def.Keys) != 1 || len(ix.Def.Include) > 0 || !ix.Def.Where.Empty() ||
				c.Protected(ix) != "" || rule.OnForeignKey(ix) || usedByPlan(c, ix) || rule.SizeOf(ix).Or(0) < constantSize.In(c) {
				continue
			}
			col := t.Column(ix.Def.Keys[0].Column)
			if col == nil || col.Stats == nil {
				continue
			}
			holds := ""
			switch nulls, distinct, ok := opt.Two(col.Stats.NullFrac, col.Stats.NDistinct); {
			case ok && nulls == 1:
				holds = "is NULL"
			case ok && nulls == 0 && distinct == 1:
				holds = "has one value"
			default:
				continue
			}
			perScan, known := readPerScan(ix)
			if !known || ix.SinceReset().Scans.Or(0) > 0 && perScan < constantRead.In(c)*rows || readInPlaceOf(c, t, col.Name) {
				continue
			}
			e := c.OfIndex(ix)
			e.Number("null_frac of "+col.Name, col.Stats.NullFrac, "share", "pg_stats")
			e.Number("n_distinct of "+col.Name, col.Stats.NDistinct, "", "pg_stats")
			e.Number("rows", t.RowCount(), "rows", "pg_class")
			f := rule.OnIndex(ix)
			f.Aside = true
			f.Tag, f.Severity = finding.Confirmed, finding.Low
			f.Title = redact.Sprintf("%s takes %s, and %s %s in every row that ANALYZE saw", ix.QName(), figures.Bytes(rule.SizeOf(ix).Or(0)), col.Name, holds)
			f.Short = redact.Sprintf("%s %s in every row that ANALYZE saw", col.Name, holds)
			f.Detail = redact.Sprintf("No lookup can tell the %s rows apart by it.", figures.Count(rows))
			if ix.SinceReset().Scans.Or(0) > 0 {
				e.Number("entries read a scan", opt.Of(perScan), "entries", "pg_stat_user_indexes")
				f.Detail = redact.Sprintf("%s It was scanned %s, and a scan read %s entries.", f.Detail, rule.Often(ix.SinceReset().Scans.Or(0)), figures.Count(perScan))
			}
			f.Evidence = e
			f.Fix = redact.Plain("DROP INDEX CONCURRENTLY, with the definition kept at hand. If other values are to come that are looked for: a partial index on these.")
			found(f)
		}
	},
}
