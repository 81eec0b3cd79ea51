package indexes

import (
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/lex"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	brinPages     = rule.NewThreshold("pages", 131_072, "pages", "1 GB: for a smaller table the B-tree is small as well")
	brinOrder     = rule.NewThreshold("correlation", 0.9999, "", "between the column and the physical row order: if one row in 10,000 is not in order, two of five page ranges contain one, and each of these ranges then matches every value")
	brinRewritten = rule.NewThreshold("rewritten", 0.01, "share", "of the inserts may be updates or deletes, which break the row order")
	brinSaved     = rule.NewThreshold("saved", 100<<20, "bytes", "less saved space is not worth a change")
	brinBlocks    = rule.NewThreshold("blocks_per_call", 128, "blocks", "a scan of a BRIN index reads at least one range of 128 blocks")
	brinScans     = rule.NewThreshold("scans_known", 1.1, "times", "the known calls: with more scans, something else uses the index")
)

var appendOnlyBRIN = rule.Rule{
	ID:    "append-only-brin",
	Title: "B-tree on append-only data where BRIN is enough",
	Sees: "A table of 1 GB or more that only receives inserts. A B-tree index on a column that follows the physical order of the rows. Statements that filter on ranges of that " +
		"column and read 128 blocks or more per call.",
	Why:    "A BRIN index stores the minimum and maximum of every 128 pages. For such ranges it is nearly as fast as a B-tree, about a thousandth of the size, and cheap to maintain on INSERT.",
	Silent: "Statements that look up single values, sort, use min or max, or join on the column. Constraint indexes. Partitions. More index scans than the exported statements account for.",
	Fix:    "Create a BRIN index. If the statements are as fast without the B-tree, drop the B-tree.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/brin.html",
	},
	Thresholds: []*rule.Threshold{brinPages, brinOrder, brinRewritten, brinSaved, brinBlocks, brinScans},
	Rank:       rule.RankText,
	Needs:      []workload.View{workload.ViewClass, workload.ViewIndex, workload.ViewStatements, workload.ViewStats, workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		rewritten, inserted, ok := opt.Two(opt.Sum(t.Updated, t.Deleted), t.Inserted)
		if !ok || t.Kind == "p" || t.IsPartition.Or(false) || t.Pages.Or(0) < brinPages.In(c) || inserted <= 0 || rewritten > brinRewritten.In(c)*inserted || c.UnreadOn(t) {
			return
		}
		for _, ix := range t.Indexes {
			if !rule.Usable(ix) || ix.Def.Method != "btree" || ix.Unique.Or(true) || ix.ConstraintType != "" || len(ix.Def.Keys) != 1 || len(ix.Def.Include) > 0 || !ix.Def.Where.Empty() {
				continue
			}
			col := t.Column(ix.Def.Keys[0].Column)
			if col == nil || col.Stats == nil || math.Abs(col.Stats.Correlation.Or(0)) < brinOrder.In(c) {
				continue
			}
			calls, ranges := onlyRangesOf(c, t, col.Name)
			brin := indexadvisor.Index{Schema: t.Schema, Table: t.Name, IndexDef: workload.IndexDef{Method: "brin", Keys: []workload.IndexKey{{Column: col.Name}}}}
			small, large, sized := opt.Two(c.Advisor.SizeBytes(brin), rule.SizeOf(ix))
			if !ranges || ix.SinceReset().Scans.Or(calls*brinScans.In(c)+1) > calls*brinScans.In(c) || !sized || large-small < brinSaved.In(c) {
				continue
			}
			e := c.OfIndex(ix)
			e.Number("size as BRIN", opt.Of(small), "bytes", "model")
			e.Number("size as a newly built B-tree", c.Advisor.SizeBytes(*rule.IndexLike(ix)), "bytes", "model")
			e.Number("correlation of "+col.Name, col.Stats.Correlation, "", "pg_stats")
			e.Number("rows inserted", t.Inserted, "rows", "pg_stat_user_tables")
			e.Number("rows updated or deleted", opt.Of(rewritten), "rows", "pg_stat_user_tables")
			e.Number("calls of the statements that filter on it", opt.Of(calls), "calls", "pg_stat_statements")
			f := rule.OnIndex(ix)
			f.Aside = true
			f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
			f.Title = redact.Sprintf("%s takes %s; a BRIN index would take %s", ix.QName(), figures.Bytes(large), figures.Bytes(small))
			f.Detail = redact.Sprintf("The rows of %s are stored in the order of %s and never move. The exported statements only filter on ranges of %[2]s.", t.QName(), col.Name)
			f.Decide("Do reports and replicas also filter on ranges only, never on single values?", "the application's code", "leave the index as it is")
			f.Fix = redact.Sprintf("CREATE INDEX CONCURRENTLY ON %s USING brin (%s) WITH (autosummarize = on). Then run EXPLAIN (ANALYZE, BUFFERS) of the statements on a copy without the B-tree to see what they lose.", t.QName(), lex.QuoteIdent(col.Name))
			found(f)
		}
	},
}

// onlyRangesOf reports whether all statements that filter on or sort by a column
// of a table read wide ranges, and how often they are called.
func onlyRangesOf(c *rule.Case, t *workload.Table, column string) (calls float64, ranges bool) {
	for _, s := range c.On(t) {
		inRange := false
		other := false
		rule.Levels(c.Statements[s], func(q *sql.Query) {
			mine := func(col sql.Column) bool { return col.Name == column }
			rule.EachCond(q.Where, func(cond sql.Cond) {
				switch {
				case mine(cond.Left) && cond.Op == sql.Range && cond.Value < sql.Runtime:
					inRange = true
				case mine(cond.Left) || mine(cond.Other) || slices.ContainsFunc(cond.Others, mine):
					other = true
				}
			})
			for _, j := range q.Joins {
				other = other || slices.ContainsFunc(j.On, func(cond sql.Cond) bool { return mine(cond.Left) || mine(cond.Other) })
			}
			other = other || slices.ContainsFunc(q.Sort, func(k sql.Key) bool { return mine(k.Column) }) || slices.ContainsFunc(q.MinMax, func(end sql.MinMax) bool { return mine(end.Column) })
		})
		if other || inRange && rule.BlocksPerCall(s) < brinBlocks.In(c) {
			return 0, false
		}
		if inRange {
			calls += s.Calls.Or(0)
		}
	}
	return calls, calls > 0
}
