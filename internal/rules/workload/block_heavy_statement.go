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
	perRowBlocks = rule.NewThreshold("blocks_per_row", 1_000, "blocks", "8 MB touched for each row that comes back, or for each call")
	perRowShare  = rule.NewThreshold("share_of_blocks", 0.05, "share", "of all blocks that the exported statements touched")
)

var blockHeavyStatement = rule.Rule{
	ID:     "block-heavy-statement",
	Title:  "A statement touches many blocks for few rows",
	Sees:   "A statement that touches 1,000 blocks or more for each row that it returns or changes, and a twentieth of all blocks.",
	Why:    "The rows are easy to name and dear to find: an index that leads to them is missing, or bloat stands between them.",
	Silent: "Few calls; aggregates, which read many rows for one; a hundredth of the time or less; a statement of which another rule says why, or that is slow enough to be named for that (slow-statement, top-statement).",
	Fix:    "EXPLAIN (ANALYZE, BUFFERS) of it shows the node that touches them.",
	Sources: []string{
		"https://www.postgresql.org/docs/current/pgstatstatements.html",
	},
	Thresholds: []*rule.Threshold{perRowBlocks, perRowShare, rule.SlowCalls, rule.SlowShare},
	Rank:       rule.RankWorkload - 3,
	Needs:      []workload.View{workload.ViewStatements},
	Statement: func(c *rule.Case, s *workload.Statement, q *sql.Query, found func(rule.Found)) {
		blocks, rows, ok := opt.Two(opt.Both(s.SharedHit, s.SharedRead, func(a, b float64) float64 { return a + b }), s.Rows)
		each := blocks / max(rows, s.Calls.Or(0), 1)
		if !ok || each < perRowBlocks.In(c) || s.Calls.Or(0) < rule.SlowCalls.In(c) || q == nil || q.Kind == sql.Insert || gathers(q) || !c.Explainable(s) ||
			blocks < perRowShare.In(c)*allBlocks(c) || c.ShareOf([]*workload.Statement{s}).Or(0) < rule.SlowShare.In(c) {
			return
		}
		f := slowOne(c, s, q)
		e := rule.Evidence(f.Evidence)
		e.Number("blocks for a row or a call", opt.Of(each), "blocks", "pg_stat_statements")
		e.Number("share of all blocks", opt.Of(blocks/allBlocks(c)), "share", "pg_stat_statements")
		f.Evidence = e
		f.Title = redact.Sprintf("%s touches %s for each row", rule.Upper(rule.StatementOn(q)), rule.Counted(each, "block"))
		if rows < s.Calls.Or(0) {
			f.Title = redact.Sprintf("%s touches %s a call and mostly finds no row", rule.Upper(rule.StatementOn(q)), rule.Counted(each, "block"))
		}
		begin(&f, "That is %s of all blocks that the exported statements touched.", figures.Share(blocks/allBlocks(c)))
		found(f)
	},
}

// allBlocks are the blocks that all exported statements touched.
func allBlocks(c *rule.Case) float64 {
	sum := 0.0
	for _, s := range c.Snapshot.Statements {
		if s.TopLevel {
			sum += s.SharedHit.Or(0) + s.SharedRead.Or(0)
		}
	}
	return sum
}
