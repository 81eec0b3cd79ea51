package workload

import (
	"math"

	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/finding"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	queueRows   = rule.NewThreshold("rows", 100_000, "rows", "that came, and that went")
	queueLeft   = rule.NewThreshold("left", 0.1, "share", "by which the two may differ")
	queueLive   = rule.NewThreshold("live", 0.01, "share", "of the rows that came, which may be there at a time")
	queueBlocks = rule.NewThreshold("blocks_per_call", 100, "blocks", "to take a job; one needs a handful")
	queueTimes  = rule.NewThreshold("times_needed", 5, "times", "the pages that all its rows need")
)

var queueTable = rule.Rule{
	ID:     "queue-table",
	Title:  "Taking from a queue wades through what was taken",
	Sees:   "A table into which as many rows came as went, a hundredth of them there at a time, and a statement on it that touches five times the pages that all its rows need, 100 or more.",
	Why:    "Rows that were taken leave dead versions, in the indexes as well, until vacuum was there: whoever looks for the next job passes them all again.",
	Silent: "A queue that is read in a few blocks; dead rows that are still counted (dead-tuples); aggregates over the queue, COPY and cursors; deletes that have foreign keys to check; partitioned tables.",
	Fix:    "Vacuum it often, by its own settings; a partial index on the jobs that are open; FOR UPDATE SKIP LOCKED; or partitions that are dropped when they are done.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html", "https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE",
	},
	Thresholds: []*rule.Threshold{queueRows, queueLeft, queueLive, queueBlocks, queueTimes, rule.SlowCalls, rule.SlowShare},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewClass, workload.ViewStatements, workload.ViewStats, workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		came, went, ok := opt.Two(t.Inserted, t.Deleted)
		live, known := liveRows(t).Get()
		if !ok || !known || t.Kind == "p" || min(came, went) < queueRows.In(c) || math.Abs(came-went) > queueLeft.In(c)*came || live > queueLive.In(c)*came {
			return
		}
		width, told := storedWidth(t).Get()
		if _, _, pile := deadRowsOf(c, t); pile || !told {
			return
		}
		needs := math.Ceil(max(live, 1) * width / heapRoom)
		s := wadesThrough(c, t, max(queueBlocks.In(c), queueTimes.In(c)*needs))
		if s == nil {
			return
		}
		var e rule.Evidence
		e.Number("n_tup_ins", t.Inserted, "rows", "pg_stat_user_tables")
		e.Number("n_tup_del", t.Deleted, "rows", "pg_stat_user_tables")
		e.Number("live rows", liveRows(t), "rows", "pg_stat_user_tables")
		e.Number("pages that they need", opt.Of(needs), "pages", "model")
		e.Number("table size", t.Bytes(), "bytes", "pg_class")
		e.Number("blocks per call of the statement", opt.Of(rule.BlocksPerCall(s)), "blocks", "pg_stat_statements")
		e.Number("calls of the statement", s.Calls, "calls", "pg_stat_statements")
		e.Text("the statement", s.Query, "pg_stat_statements")
		f := rule.OnTable(t)
		f.Aside = true
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		f.Title = redact.Sprintf("%s is a queue: %s rows came, %s went, and %s takes %s a call", t.QName(), figures.Count(came), figures.Count(went), rule.StatementOn(c.Statements[s]), rule.Counted(rule.BlocksPerCall(s), "block"))
		f.Detail = redact.Sprintf("Its %s need %s: the rest is what was taken and not yet vacuumed away, in the table or in its indexes. "+
			"Judgment needed: whether the queue is as short all the time as it was at the export. Its length over a day settles it; without that, vacuum it more often.", rule.Counted(live, "live row"), rule.Counted(needs, "page"))
		f.Fix = redact.Sprintf("ALTER TABLE %s SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000); an index for the next job that is partial on the open ones, and REINDEX INDEX CONCURRENTLY of one that has grown. FOR UPDATE SKIP LOCKED keeps workers from waiting for each other.", t.QName())
		found(f)
	},
}

// wadesThrough is the costliest statement on a table that touches so many
// blocks a call for a few rows.
func wadesThrough(c *rule.Case, t *workload.Table, blocks float64) *workload.Statement {
	var top *workload.Statement
	for _, s := range c.On(t) {
		q := c.Statements[s]
		if q.Kind == sql.Insert || q.Whole || q.Kind == sql.Delete && len(referencing(c, q.Tables[0])) > 0 || gathers(q) || len(rule.OwnTables(q)) != 1 || !c.Explainable(s) || s.Calls.Or(0) < rule.SlowCalls.In(c) || rule.BlocksPerCall(s) < blocks || s.Rows.Or(0) > rule.BlocksPerCall(s)*s.Calls.Or(0)/queueTimes.In(c) ||
			c.ShareOf([]*workload.Statement{s}).Or(0) < rule.SlowShare.In(c) {
			continue
		}
		if top == nil || s.TotalMs.Or(0) > top.TotalMs.Or(0) {
			top = s
		}
	}
	return top
}
