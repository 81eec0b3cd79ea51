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
	queueRows   = rule.NewThreshold("rows", 100_000, "rows", "inserted, and deleted")
	queueLeft   = rule.NewThreshold("left", 0.1, "share", "difference between inserted and deleted rows, at most")
	queueLive   = rule.NewThreshold("live", 0.01, "share", "of the inserted rows present at a time, at most")
	queueBlocks = rule.NewThreshold("blocks_per_call", 100, "blocks", "per call: taking a job needs a handful")
	queueTimes  = rule.NewThreshold("times_needed", 5, "times", "the pages that all its rows need")
)

var queueTable = rule.Rule{
	ID:     "queue-table",
	Title:  "Queue polling scans rows already processed",
	Sees:   "A table with about as many deletes as inserts and 1% of its rows present at a time, and a statement on it that touches five times the pages that all its rows need, 100 or more.",
	Why:    "Processed rows leave dead versions, in the indexes as well, until vacuum runs. Every poll for the next job scans them again.",
	Silent: "A queue that is read in a few blocks. Dead rows that are still counted (dead-tuples). Aggregates over the queue, COPY and cursors. Deletes that have foreign keys to check. Partitioned tables.",
	Fix:    "Vacuum the table often, with its own settings. Use a partial index on open jobs and FOR UPDATE SKIP LOCKED. Or use partitions that are dropped when they are done.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/routine-vacuuming.html", "https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE",
	},
	Thresholds: []*rule.Threshold{queueRows, queueLeft, queueLive, queueBlocks, queueTimes, rule.SlowCalls, rule.SlowShare},
	Rank:       rule.RankTable - 2,
	Needs:      []workload.View{workload.ViewClass, workload.ViewStatements, workload.ViewStats, workload.ViewTables},
	Table: func(c *rule.Case, t *workload.Table, found func(rule.Found)) {
		inserted, deleted, ok := opt.Two(t.Inserted, t.Deleted)
		live, known := liveRows(t).Get()
		if !ok || !known || t.Kind == "p" || min(inserted, deleted) < queueRows.In(c) || math.Abs(inserted-deleted) > queueLeft.In(c)*inserted || live > queueLive.In(c)*inserted {
			return
		}
		width, sized := storedWidth(t).Get()
		if _, _, pile := deadRowsOf(c, t); pile || !sized {
			return
		}
		needs := math.Ceil(max(live, 1) * width / heapRoom)
		s := pollsOn(c, t, max(queueBlocks.In(c), queueTimes.In(c)*needs))
		if s == nil {
			return
		}
		var e rule.Evidence
		e.Number("n_tup_ins", t.Inserted, "rows", "pg_stat_user_tables")
		e.Number("n_tup_del", t.Deleted, "rows", "pg_stat_user_tables")
		e.Number("live rows", liveRows(t), "rows", "pg_stat_user_tables")
		e.Number("pages that the live rows need", opt.Of(needs), "pages", "model")
		e.Number("table size", t.Bytes(), "bytes", "pg_class")
		e.Number("blocks per call", opt.Of(rule.BlocksPerCall(s)), "blocks", "pg_stat_statements")
		e.Number("calls", s.Calls, "calls", "pg_stat_statements")
		e.Text("statement", s.Query, "pg_stat_statements")
		f := rule.OnTable(t)
		f.Aside = true
		f.Tag, f.Severity, f.Evidence = finding.Concern, finding.Low, e
		f.Title = redact.Sprintf("Queue polling on %s: %s rows inserted, %s deleted, and %s touches %s per call", t.QName(), figures.Count(inserted), figures.Count(deleted), rule.StatementOn(c.Statements[s]), rule.Counted(rule.BlocksPerCall(s), "block"))
		f.Detail = redact.Sprintf("The %s need %s. The other blocks are processed rows that vacuum has not removed yet, in the table or in its indexes.", rule.Counted(live, "live row"), rule.Counted(needs, "page"))
		f.Decide("Is the queue always as short as it was at the time of the export?", "the length of the queue over 24 hours", "vacuum the table more often")
		f.Fix = redact.Sprintf("Run ALTER TABLE %s SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000). Create a partial index on the open jobs, and run REINDEX INDEX CONCURRENTLY on an index that has grown. Use FOR UPDATE SKIP LOCKED, so that workers do not wait for each other.", t.QName())
		found(f)
	},
}

// pollsOn returns the most expensive statement on a table that touches that many
// blocks per call for a few rows.
func pollsOn(c *rule.Case, t *workload.Table, blocks float64) *workload.Statement {
	var top *workload.Statement
	for _, s := range c.On(t) {
		q := c.Statements[s]
		if q.Kind == sql.Insert || q.Whole || q.Kind == sql.Delete && len(referencing(c, q.Tables[0])) > 0 || aggregates(q) || len(rule.OwnTables(q)) != 1 || !c.Explainable(s) || s.Calls.Or(0) < rule.SlowCalls.In(c) || rule.BlocksPerCall(s) < blocks || s.Rows.Or(0) > rule.BlocksPerCall(s)*s.Calls.Or(0)/queueTimes.In(c) ||
			c.ShareOf(s).Or(0) < rule.SlowShare.In(c) {
			continue
		}
		if top == nil || s.TotalMs.Or(0) > top.TotalMs.Or(0) {
			top = s
		}
	}
	return top
}
