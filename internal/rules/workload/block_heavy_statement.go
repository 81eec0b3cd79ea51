package workload

import (
	"github.com/pgverdict/pgverdict/internal/figures"
	"github.com/pgverdict/pgverdict/internal/opt"
	"github.com/pgverdict/pgverdict/internal/redact"
	"github.com/pgverdict/pgverdict/internal/rule"
	"github.com/pgverdict/pgverdict/internal/sql"
	"github.com/pgverdict/pgverdict/workload"
)

var (
	perRowBlocks = rule.NewThreshold("blocks_per_row", 1_000, "blocks", "8 MB touched for each row, or for each call")
	perRowShare  = rule.NewThreshold("share_of_blocks", 0.05, "share", "of all blocks that the exported statements touched")
)

var blockHeavyStatement = rule.Rule{
	ID:     "block-heavy-statement",
	Title:  "Statement touches many blocks for few rows",
	Sees:   "A statement that touches 1,000 blocks or more for each row that it returns or changes, and 5% of all blocks.",
	Why:    "The statement needs few rows, but has to read many blocks to find them. Either an index is missing, or the table or index is bloated.",
	Silent: "Few calls. Aggregates, which read many rows for one. 1% of total execution time or less. A statement that another rule explains, or that is slow enough to be reported for that (slow-statement, top-statement).",
	Fix:    "Run EXPLAIN (ANALYZE, BUFFERS) of the statement. It shows which node touches the blocks.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*rule.Threshold{perRowBlocks, perRowShare, rule.SlowCalls, rule.SlowShare},
	Rank:       rule.RankWorkload - 3,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		blocks, rows, ok := opt.Two(opt.Sum(s.SharedHit, s.SharedRead), s.Rows)
		each := blocks / max(rows, s.Calls.Or(0), 1)
		if !ok || each < perRowBlocks.In(c) || s.Calls.Or(0) < rule.SlowCalls.In(c) || q == nil || q.Kind == sql.Insert || aggregates(q) || !c.Explainable(s) ||
			blocks < perRowShare.In(c)*allBlocks.Of(c) || c.ShareOf(s).Or(0) < rule.SlowShare.In(c) {
			return
		}
		f := onStatement(c, s, q)
		f.Number("blocks per row or call", opt.Of(each), "blocks", "pg_stat_statements")
		f.Number("share of all blocks", opt.Of(blocks/allBlocks.Of(c)), "share", "pg_stat_statements")
		f.Title = redact.Sprintf("%s touches %s per row", rule.Upper(rule.StatementOn(q)), rule.Counted(each, "block"))
		if rows < s.Calls.Or(0) {
			f.Title = redact.Sprintf("%s touches %s per call, for less than one row on average", rule.Upper(rule.StatementOn(q)), rule.Counted(each, "block"))
		}
		begin(&f, "The statement accounts for %s of all blocks that the exported statements touched.", figures.Share(blocks/allBlocks.Of(c)))
		found(f)
	},
}

// allBlocks is the number of blocks that all exported statements touched.
var allBlocks = rule.Derive(func(c *rule.Case) float64 {
	sum := 0.0
	for _, s := range c.Snapshot.Statements {
		if s.TopLevel {
			sum += s.SharedHit.Or(0) + s.SharedRead.Or(0)
		}
	}
	return sum
})
