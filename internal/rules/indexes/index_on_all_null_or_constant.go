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
	constantRows  = rule.NewThreshold("rows", 10_000, "rows", "in a smaller table other values may appear soon")
	constantSize  = rule.NewThreshold("size", 1<<20, "bytes", "a smaller index is not worth the risk of dropping it")
	constantRead  = rule.NewThreshold("read_share", 0.2, "share", "of the table's rows per scan (each parallel process counts): a scan that finds few rows looks for values that the sample missed")
	constantFresh = rule.NewThreshold("changed_share", 0.1, "share", "of the rows changed since ANALYZE: with more changes the statistics are outdated")
)

var indexOnAllNullOrConstant = rule.Rule{
	ID:    "index-on-all-null-or-constant",
	Title: "Index on a column with a single value",
	Sees:  "An index on one column that had a single value, or only NULL, in all rows that ANALYZE sampled. Its scans, if any, read most of the table.",
	Why:   "The index cannot narrow down any lookup, but every write maintains it.",
	Silent: "Scans that read few rows: a sample can miss a rare value, and finding that no such row exists is a valid use. Partial, unique and multicolumn indexes, and indexes on " +
		"a foreign key or used for counting. Small tables. Outdated statistics.",
	Fix: "Drop the index and keep its definition, or make it partial for the values that are expected.",
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
			f.Short = redact.Sprintf("%s %s in every row that ANALYZE sampled", col.Name, holds)
			f.Title = redact.Sprintf("%s takes %s, but %s", ix.QName(), figures.Bytes(rule.SizeOf(ix).Or(0)), f.Short)
			f.Detail = redact.Sprintf("The index cannot narrow down a lookup in the %s rows.", figures.Count(rows))
			if scans := ix.SinceReset().Scans.Or(0); scans > 0 {
				e.Number("entries read per scan", opt.Of(perScan), "entries", "pg_stat_user_indexes")
				f.Detail = redact.Append(f.Detail, "%s so far, with %s entries read per scan.", rule.Counted(scans, "scan"), figures.Count(perScan))
			}
			f.Evidence = e
			f.Fix = redact.Plain(dropKeepingDefinition + " If other values are expected and looked up, create a partial index for these.")
			found(f)
		}
	},
}
