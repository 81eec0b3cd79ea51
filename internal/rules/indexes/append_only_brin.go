package indexes

import (
	"fmt"
	"math"
	"slices"

	"github.com/pgverdict/pgverdict/indexadvisor"
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	brinPages     = rule.NewThreshold("pages", 131_072, "pages", "1 GB: of a smaller table the B-tree is small as well")
	brinOrder     = rule.NewThreshold("correlation", 0.9999, "", "of the column with the rows' place: one row in ten thousand that came late would be in two of five ranges of pages, and each of these then holds every value")
	brinRewritten = rule.NewThreshold("rewritten", 0.01, "share", "of the inserts that may be updates or deletes, which put rows out of order")
	brinSpared    = rule.NewThreshold("spared", 100<<20, "bytes", "less is not worth a thought")
	brinBlocks    = rule.NewThreshold("blocks_per_call", 128, "blocks", "what one range of a BRIN index makes a scan read at least")
	brinScans     = rule.NewThreshold("scans_known", 1.1, "times", "the calls that are known: more scans, and something else reads by the index")
)

var appendOnlyBRIN = rule.Rule{
	ID:     "append-only-brin",
	Title:  "A B-tree on rows that stand in order",
	Sees:   "A table of 1 GB or more that is only inserted into, with a B-tree on a column whose order the rows have, and statements that ask by ranges of it, each of which reads 128 blocks or more.",
	Why:    "A BRIN index keeps the smallest and the largest value of each 128 pages: it answers such ranges nearly as well, at a thousandth of the size, and an insert hardly touches it.",
	Silent: "Lookups by one value, orders, min and max, and joins by the column; a constraint's index; partitions; scans of the index that no exported statement accounts for.",
	Fix:    "A BRIN index beside it; when the statements are as fast with the B-tree gone, drop that.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/brin.html",
	},
	Thresholds: []*rule.Threshold{brinPages, brinOrder, brinRewritten, brinSpared, brinBlocks, brinScans},
	Rank:       rule.RankText,
	Needs:      []workload.View{workload.ViewClass, workload.ViewIndex, workload.ViewStatements, workload.ViewStats, workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		rewritten, inserted, ok := opt.Two(opt.Both(t.Updated, t.Deleted, func(a, b float64) float64 { return a + b }), t.Inserted)
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
			if !ranges || ix.SinceReset().Scans.Or(calls*brinScans.In(c)+1) > calls*brinScans.In(c) || !sized || large-small < brinSpared.In(c) {
				continue
			}
			e := c.OfIndex(ix)
			e.Number("size as BRIN", opt.Of(small), "bytes", "model")
			e.Number("size as a B-tree just built", c.Advisor.SizeBytes(*rule.IndexLike(ix)), "bytes", "model")
			e.Number("correlation of "+col.Name, col.Stats.Correlation, "", "pg_stats")
			e.Number("rows inserted", t.Inserted, "rows", "pg_stat_user_tables")
			e.Number("rows updated or deleted", opt.Of(rewritten), "rows", "pg_stat_user_tables")
			e.Number("calls of the statements that ask by it", opt.Of(calls), "calls", "pg_stat_statements")
			f := rule.OnIndex(ix)
			f.Aside = true
			f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
			f.Title = redact.Sprintf("%s takes %s; as BRIN it would be %s", ix.QName(), figures.Bytes(large), figures.Bytes(small))
			f.Detail = redact.Sprintf("The rows of %s stand in the order of %s, none is moved, and the exported statements ask for ranges of it. "+
				"Judgment needed: whether a report or a replica looks up single values by it. Its code settles it; without that, leave it.", t.QName(), col.Name)
			f.Fix = redact.Plain(fmt.Sprintf("CREATE INDEX CONCURRENTLY ON %s USING brin (%s) WITH (autosummarize = on); EXPLAIN (ANALYZE, BUFFERS) of the statements on a copy without the B-tree tells what they lose.", t.QName(), workload.QuoteIdent(col.Name)))
			found(f)
		}
	},
}

// onlyRangesOf reports whether all statements that compare or order by a column
// of a table ask for wide ranges of it, and how often they do.
func onlyRangesOf(c *rule.Case, t *workload.Table, column string) (calls float64, ranges bool) {
	for _, s := range c.On(t) {
		asks := false
		other := false
		rule.Levels(c.Statements[s], func(q *sql.Query) {
			mine := func(col sql.Column) bool { return col.Name == column }
			rule.EachCond(q.Where, func(cond sql.Cond) {
				switch {
				case mine(cond.Left) && cond.Op == sql.Range && cond.Value < sql.Runtime:
					asks = true
				case mine(cond.Left) || mine(cond.Other) || slices.ContainsFunc(cond.Others, mine):
					other = true
				}
			})
			for _, j := range q.Joins {
				other = other || slices.ContainsFunc(j.On, func(cond sql.Cond) bool { return mine(cond.Left) || mine(cond.Other) })
			}
			other = other || slices.ContainsFunc(q.Sort, func(k sql.Key) bool { return mine(k.Column) }) || slices.ContainsFunc(q.MinMax, func(end sql.MinMax) bool { return mine(end.Column) })
		})
		if other || asks && rule.BlocksPerCall(s) < brinBlocks.In(c) {
			return 0, false
		}
		if asks {
			calls += s.Calls.Or(0)
		}
	}
	return calls, calls > 0
}
